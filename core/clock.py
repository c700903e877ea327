"""Time, injected: the real clock, and an event loop that skips waiting.

A session reads time and sleeps through a `Clock` only. `SkippingLoop` is an asyncio loop that jumps
over idle waiting instead of sitting through it; while an engine works (between `hold` and `release`)
it never jumps. `frozen` decides whether work takes the time it really took (a recording processed
faster than life) or none at all (tests and replay: the same run, the same times). What is in its `at_rest`
is called one by one, each when nothing else is left to do: so stimuli come in an order that can be repeated.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


class Clock(Protocol):
    """Seconds since the session began."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class WorkClock(Clock, Protocol):
    """One that knows when somebody works beside the loop."""

    def hold(self) -> None:
        """Work outside the loop has begun; waiting must not be skipped until `release`."""
        ...

    def release(self) -> None: ...


def minute_of_day() -> int:
    """Minutes after midnight by the clock on the wall, local time."""
    now = time.localtime()
    return now.tm_hour * 60 + now.tm_min


def moment() -> str:
    """Date and time by the clock on the wall, local time, as a part of a file's name."""
    return time.strftime("%Y-%m-%dT%H-%M-%S")


def age(seconds_since_epoch: float) -> float:
    """Seconds since a moment that a file system tells of."""
    return time.time() - seconds_since_epoch


def today() -> date:
    """The date by the calendar on the wall, local time."""
    from datetime import date  # a session needs none

    return date.today()


class LoopClock:
    """The running loop's time, counted from construction. Works on any asyncio loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._origin = self._loop.time()
        self._skipping = self._loop if isinstance(self._loop, SkippingLoop) else None

    def now(self) -> float:
        return self._loop.time() - self._origin

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def hold(self) -> None:
        if self._skipping is not None:
            self._skipping.held += 1

    def release(self) -> None:
        if self._skipping is not None:
            self._skipping.held -= 1


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose idle waiting takes no real time; held for good, it takes the time it takes.

    `at_rest` is filled and called on the loop's thread.
    """

    def __init__(self, *, frozen: bool) -> None:
        self.held = 0
        self.at_rest: deque[Callable[[], None]] = deque()
        self._frozen = frozen
        self._skipped = 0.0
        super().__init__(_SkippingSelector(self))

    def time(self) -> float:
        return self._skipped if self._frozen else time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Called by the selector: move time forward."""
        self._skipped += seconds

    @property
    def frozen(self) -> bool:
        return self._frozen


def patient_loop() -> SkippingLoop:
    """A loop in real time that calls what is in its `at_rest`."""
    loop = SkippingLoop(frozen=False)
    loop.held += 1
    return loop


class _SkippingSelector(selectors.DefaultSelector):
    def __init__(self, loop: SkippingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.at_rest and (timeout is None or timeout > 0):
            self._loop.call_soon(self._loop.at_rest.popleft())
            return super().select(0)
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop.held:
            return super().select(None if self._loop.frozen else timeout)
        ready = super().select(0)
        if not ready:
            self._loop.skip(timeout)
        return ready
