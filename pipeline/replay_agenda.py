"""The agenda of a replay: what reaches the session next, and what time it is.

Runs on a frozen `SkippingLoop`: each stimulus comes when what followed from the one before is over, as it did
when the session was recorded, and brings along what was read off the instruments then.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import Callable
from typing import Any

from core.clock import SkippingLoop
from pipeline.journal import Entry

Act = Callable[[], None]


class Agenda:
    """Stimuli by time and, at one time, in the order in which they were recorded.

    Args:
        begin: the session's own beginning.
        cut: see below.
    """

    def __init__(self, begin: Entry, *, cut: bool = False) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SkippingLoop)
        assert loop.frozen, "a replay takes no time"
        self._loop = loop
        self._heap: list[tuple[float, int, int, Entry | None, Act]] = []
        self._put = 0
        self._current = begin
        self._given: Counter[str] = Counter()  # readings of the present stimulus
        self.cut = cut
        """The recording ends before the session did: what it does not hold may have come later."""
        self.at = begin.at
        """Session seconds of the present stimulus."""
        self.over: asyncio.Future[None] = loop.create_future()
        """Nothing more will reach the session."""

    def start(self) -> None:
        """Let stimuli in from now on."""
        self._loop.at_rest.append(self._next)

    def put(self, at: float, number: int, act: Act, entry: Entry | None = None) -> None:
        """Do something at a time, or now if that is over.

        Args:
            number: decides between stimuli of one time.
            entry: the stimulus, whose readings are the session's from then on; None: it is none.
        """
        self._put += 1
        heapq.heappush(self._heap, (max(at, self.at), number, self._put, entry, act))

    async def wait(self, at: float, entry: Entry) -> None:
        """Come back as a stimulus."""
        come: asyncio.Future[None] = self._loop.create_future()

        def wake() -> None:
            if not come.done():
                come.set_result(None)

        self.put(at, entry.number, wake, entry)
        await come

    async def never(self) -> Any:
        """Wait for what was not recorded, because it never came: until somebody cancels it."""
        return await self._loop.create_future()

    def reading(self, instrument: str) -> Any:
        """The next recorded reading; None if there is none."""
        readings = self._current.readings.get(instrument, ())
        given = self._given[instrument]
        if given >= len(readings):
            return None
        self._given[instrument] += 1
        return readings[given]

    def moved(self, recorded: float, since: float, began: float) -> float:
        """When something comes that took from `since` to `recorded` then, and began at `began` now."""
        return recorded if began == since else began + (recorded - since)

    def _next(self) -> None:
        if not self._heap:
            self.over.set_result(None)
            return
        at, _, _, entry, act = heapq.heappop(self._heap)
        if entry is not None:
            self.at, self._current = at, entry
            self._given.clear()
        self._loop.at_rest.append(self._next)  # also where the act fails, as a session goes on then
        act()
