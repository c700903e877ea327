"""Work done again and again on the same tensors: on a GPU recorded once, then replayed as a CUDA graph.

A replay costs one launch where the work costs hundreds, and reads and writes the very tensors that it was
recorded with. So the work must find all that it needs in tensors that stay, leave its results in such, ask
nothing of the host and have fixed shapes. Its first run is an ordinary one, since that may still make tables
and workspaces; its second is recorded. Without a recorder every run is an ordinary one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import torch

Work = Callable[[], None]
Record = Callable[[Work], Work]
"""Takes work and gives what replays it; it is recorded no later than at the first replay."""
Kind = TypeVar("Kind", bound=Hashable)
Thing = TypeVar("Thing")


class Replay:
    """One piece of work, called as often as it is to be done."""

    def __init__(self, work: Work, record: Record | None) -> None:
        self._work, self._record = work, record
        self._replayed: Work | None = None
        self._ran = False

    def __call__(self) -> None:
        if self._record is None or not self._ran:
            self._work()
            self._ran = True
            return
        if self._replayed is None:
            self._replayed = self._record(self._work)
        self._replayed()


class Shelf(Generic[Kind, Thing]):
    """Things that are not in use, by kind; beyond `most`, what lay there longest is dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[Kind, Thing] = OrderedDict()

    def take(self, kind: Kind, make: Callable[[], Thing]) -> Thing:
        """What lies there, which then belongs to the caller, or a new one."""
        found = self._things.pop(kind, None)
        return make() if found is None else found

    def put(self, kind: Kind, thing: Thing) -> None:
        """Give it back; one of the same kind that came earlier is dropped."""
        self._things.pop(kind, None)
        self._things[kind] = thing
        while len(self._things) > self._most:
            self._things.popitem(last=False)

    def __len__(self) -> int:
        return len(self._things)


def recorder(device: torch.device) -> Record | None:
    """What records work on a device; None where nothing is gained.

    All that one recorder records must be done by one thread after another, since it shares its memory.
    """
    return _Recorder() if device.type == "cuda" else None


class _Recorder:
    """CUDA graphs that share memory: as much as the largest needs, not as all need together."""

    def __init__(self) -> None:
        self.pool: Any = torch.cuda.graph_pool_handle()
        self._streams: dict[int, torch.cuda.Stream] = {}

    def __call__(self, work: Work) -> Work:
        return _Graphs(work, self)

    def stream(self, priority: int) -> torch.cuda.Stream:
        """The one that is recorded on: memory of a pool is shared by what was recorded on the same stream."""
        if priority not in self._streams:
            self._streams[priority] = torch.cuda.Stream(priority=priority)
        return self._streams[priority]


class _Graphs:
    """The same work, recorded once for each priority: a graph's kernels keep that of their recording."""

    def __init__(self, work: Work, recorder: _Recorder) -> None:
        self._work, self._recorder = work, recorder
        self._recorded: dict[int, torch.cuda.CUDAGraph] = {}

    def __call__(self) -> None:
        priority: int = torch.cuda.current_stream().priority
        if priority not in self._recorded:
            self._recorded[priority] = self._record(priority)
        self._recorded[priority].replay()

    def _record(self, priority: int) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the GPU meanwhile, a language model's for example: only this one is watched.
        with torch.cuda.graph(
            graph,
            pool=self._recorder.pool,
            stream=self._recorder.stream(priority),
            capture_error_mode="thread_local",
        ):
            self._work()
        return graph
