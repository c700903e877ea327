"""Work beside the current stream of a GPU: a portion becomes sound while the next one's codes are decoded.

Two streams, one of high priority, which take turns in the order of their launches: what is done here is done
one after the other, since it shares buffers and recordings. Elsewhere than on a GPU the work is done where
it stands.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

from tts.indextts2.reading import Mark
from tts.indextts2.urgent import HIGH


class Beside:
    """The streams of one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._last: torch.cuda.Stream | None = None
        self._streams: tuple[torch.cuda.Stream, torch.cuda.Stream] | None = None
        if device.type == "cuda":
            self._streams = torch.cuda.Stream(device), torch.cuda.Stream(device, priority=HIGH)

    @property
    def apart(self) -> bool:
        """Whether what is launched here goes on while the host does something else."""
        return self._streams is not None

    @contextmanager
    def __call__(self, *, urgent: bool, follow: bool = False) -> Generator[None, None, None]:
        """Launch here what the block launches. A generator must not rest within the block.

        Args:
            urgent: before other work on the GPU.
            follow: after all that was launched on the current stream, whose tensors it may then read as
                long as somebody keeps them.
        """
        if self._streams is None:
            yield
            return
        stream = self._streams[urgent]
        if follow:
            stream.wait_stream(torch.cuda.current_stream())
        if self._last not in (None, stream):
            stream.wait_stream(self._last)
        self._last = stream
        with torch.cuda.stream(stream):
            yield

    def mark(self) -> Mark:
        """Behind what was launched last; within the block."""
        return Mark(self.device)

    def join(self) -> None:
        """Let the current stream wait for what was launched here, so that tensors may be let go of."""
        if self._last is not None:
            torch.cuda.current_stream().wait_stream(self._last)
