"""A tensor on its way from the device to the host, and marks that tell how far a device has come.

On a processor everything is there at once.
"""

from __future__ import annotations

import torch
from torch import Tensor


class Mark:
    """A place in the work of the current stream: all that was launched before it."""

    def __init__(self, device: torch.device) -> None:
        """Set it behind what was launched last."""
        self._event = torch.cuda.Event() if device.type == "cuda" else None
        if self._event is not None:
            self._event.record()

    @property
    def reached(self) -> bool:
        """Whether the device has done it all; asks without waiting."""
        return self._event is None or self._event.query()

    def wait(self) -> None:
        """Wait until it has."""
        if self._event is not None:
            self._event.synchronize()


class Reading:
    """What a tensor holds, brought to the host."""

    def __init__(self, value: Tensor) -> None:
        """Set out: the tensor may be written over by work that the same stream does later."""
        if value.is_cuda:
            self._copy = torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
            self._copy.copy_(value, non_blocking=True)
        else:
            self._copy = value.clone()
        self._mark = Mark(value.device)

    def tensor(self) -> Tensor:
        """Wait for it; on the host."""
        self._mark.wait()
        return self._copy

    def __int__(self) -> int:
        """The same of a single number."""
        return int(self.tensor())
