"""A recorder without a GPU, as strict as CUDA's: what is replayed are operations on the very same memory.

Recording leaves every tensor as it was, Python is not asked again, and a number that goes to the host while
work is recorded is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_ASKING = {torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default}


class HostAskedError(RuntimeError):
    """A recorded operation would have made the host wait for a number."""


class Tape:
    """A `tts.indextts2.replay.Record`, which counts."""

    def __init__(self) -> None:
        self.recorded = self.replayed = 0

    def __call__(self, work: Callable[[], None]) -> Callable[[], None]:
        self.recorded += 1
        recording = _Recording()
        with recording:
            work()
        recording.undo()

        def replay() -> None:
            self.replayed += 1
            recording.replay()

        return replay


class _Recording(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._steps: list[tuple[Any, Any, Any, Any]] = []
        self._before: list[tuple[Tensor, Tensor]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in _ASKING:
            raise HostAskedError(str(func))
        for tensor in _written(func, args, kwargs):
            self._before.append((tensor, tensor.clone()))
        out = func(*args, **kwargs)
        self._steps.append((func, args, kwargs, out))
        return out

    def undo(self) -> None:
        for tensor, before in reversed(self._before):
            tensor.copy_(before)
        self._before.clear()

    def replay(self) -> None:
        for func, args, kwargs, out in self._steps:
            again = func(*args, **kwargs)
            for old, new in zip(tree_leaves(out), tree_leaves(again), strict=True):
                if isinstance(old, Tensor) and old.data_ptr() != new.data_ptr():
                    old.copy_(new)


def _written(func: Any, args: Any, kwargs: Any) -> list[Tensor]:
    named = dict(zip((argument.name for argument in func._schema.arguments), args, strict=False)) | kwargs
    return [
        named[argument.name]
        for argument in func._schema.arguments
        if argument.alias_info is not None and argument.alias_info.is_write and argument.name in named
    ]
