"""torch.cuda as far as the voice launches things, on a processor: streams that remember whom they wait for."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch


class FakeCuda:
    """What streams, marks and recorders ask of torch.cuda, written down; the work is done at once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.said: list[tuple[object, ...]] = []
        self.events: list[FakeCuda.Event] = []
        self.current = self.Stream(0)
        patch.setattr(torch.cuda, "graph_pool_handle", lambda: "pool")
        patch.setattr(torch.cuda, "current_stream", lambda: self.current)
        patch.setattr(torch.cuda, "Stream", lambda device=None, priority=0: self.Stream(priority))
        patch.setattr(
            torch.cuda, "CUDAGraph", lambda: SimpleNamespace(replay=lambda: self.said.append(("replay",)))
        )
        patch.setattr(torch.cuda, "graph", self.graph)
        patch.setattr(torch.cuda, "stream", self.stream)
        patch.setattr(torch.cuda, "Event", lambda: self.Event(self))

    class Stream:
        def __init__(self, priority: int) -> None:
            self.priority = priority
            self.waited: list[object] = []

        def wait_stream(self, other: object) -> None:
            self.waited.append(other)

    class Event:
        """Reached when the test says so, or when somebody waits for it."""

        def __init__(self, cuda: FakeCuda) -> None:
            self._cuda = cuda
            self.reached = False

        def record(self) -> None:
            self.stream = self._cuda.current
            self._cuda.events.append(self)

        def query(self) -> bool:
            return self.reached

        def synchronize(self) -> None:
            for event in self._cuda.events:
                event.reached |= event.stream is self.stream
                if event is self:
                    return

    @contextmanager
    def graph(self, graph: object, **how: object) -> Generator[None, None, None]:
        assert (how["pool"], how["capture_error_mode"]) == ("pool", "thread_local")
        self.said.append(("record", how["stream"]))
        yield

    @contextmanager
    def stream(self, stream: Stream) -> Generator[None, None, None]:
        before, self.current = self.current, stream
        yield
        self.current = before
