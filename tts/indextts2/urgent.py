"""Work that goes before other work on the same GPU: a reply's first sound, while a model still writes it.

A stream of high priority: its kernels get the next free multiprocessors, before those of any other stream
that wait, whichever thread launched them. It does not interrupt kernels that run.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch

HIGH = -5
"""CUDA's numbers fall as urgency grows; torch takes the highest there is for anything lower."""


class Urgent:
    """The stream of one device; elsewhere than on a GPU, nothing."""

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device, priority=HIGH) if device.type == "cuda" else None

    @contextmanager
    def __call__(self, wanted: bool = True) -> Generator[None, None, None]:
        """Launch what the block launches before other work, if `wanted`.

        It waits for what was launched before the block, and what is launched after the block waits for it, so
        that tensors may pass in and out. A generator must not rest within the block.
        """
        if self._stream is None or not wanted:
            yield
            return
        around = torch.cuda.current_stream()
        self._stream.wait_stream(around)
        try:
            with torch.cuda.stream(self._stream):
                yield
        finally:
            around.wait_stream(self._stream)
