"""A lane: the one thread an engine runs on, and how its output reaches the event loop.

In: a function that starts a blocking generator. Out: an async iterator over what it yields. The
thread runs ahead of the consumer by a bounded number of steps, so a fast engine costs one wake-up of
the loop for many steps instead of a hand-shake for each (docs/decisions/0002-lanes-run-ahead.md). Two
bells wake them: the loop rings for each walk, the thread when there is news of one.
Closing a walk takes effect behind the step in flight and never waits for it. Knows nothing of speech.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Generator, Sized
from queue import SimpleQueue
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

from core.clock import Clock, WorkClock
from core.errors import EngineError, VoiceError
from pipeline.bell import Bell

BREATH = 16
"""Values taken in a row before the loop turns once: other tasks run, and other lanes' threads get the
interpreter lock, which the loop lets go of only there."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Start = Callable[[], Generator[T | None, None, None]]
"""Makes a generator. A None among its values is a chance to be closed and reaches nobody."""


class Steps(Protocol[T_co]):
    """An async iterator that can be let go of at once, from the loop's thread."""

    def __aiter__(self) -> Steps[T_co]: ...

    async def __anext__(self) -> T_co: ...

    def close(self) -> None: ...


class Load:
    """How much a lane has worked, and what waits behind it. Written by its thread, read by the loop."""

    __slots__ = ("_ahead", "_ready", "_seconds", "_since")

    def __init__(self) -> None:
        self._seconds = 0.0
        self._since: float | None = None
        self._ready: Sized = ()
        self._ahead = 0

    @property
    def seconds(self) -> float:
        """Worked so far, the step in flight included."""
        since = self._since
        return self._seconds + (0.0 if since is None else perf_counter() - since)

    @property
    def depth(self) -> int:
        """Values of the newest walk that nobody has taken yet."""
        return len(self._ready)

    @property
    def capacity(self) -> int:
        """Values of the newest walk that may wait; 0 before the first."""
        return self._ahead

    def fill(self, ready: Sized, ahead: int) -> None:
        """A walk begins, and this is where its values wait."""
        self._ready, self._ahead = ready, ahead

    def work(self) -> None:
        self._since = perf_counter()

    def rest(self) -> None:
        since, self._since = self._since, None
        if since is not None:
            self._seconds += perf_counter() - since


class Lane(Protocol):
    """Where an engine's generators are walked, one after the other."""

    name: str
    load: Load

    def walk(self, start: Start[T], *, ahead: int = 8) -> Steps[T]: ...

    def close(self) -> None: ...


class Given(Generic[T]):
    """Steps that are known already: no lane, no thread."""

    def __init__(self, *values: T) -> None:
        self._values = iter(values)

    def __aiter__(self) -> Given[T]:
        return self

    async def __anext__(self) -> T:
        for value in self._values:
            return value
        raise StopAsyncIteration

    def close(self) -> None:
        self._values = iter(())


class ThreadLane:
    """A lane on a thread of its own, started at the first walk and ended by `close`.

    Args:
        failure: what an engine's unexpected exception is raised as, so that the turn knows whose it was.
    """

    def __init__(self, name: str, clock: WorkClock, failure: type[EngineError] = EngineError) -> None:
        self.name = name
        self.load = Load()
        self._clock = clock
        self._failure = failure
        self._work, self._news = Bell(), Bell()
        self._told = False
        self._waiting: deque[_Walk[Any] | None] = deque()
        self._current: _Walk[Any] | None = None
        self._under_way: list[_Walk[Any]] = []
        self._loop = asyncio.get_running_loop()
        self._thread: threading.Thread | None = None

    def walk(self, start: Start[T], *, ahead: int = 8) -> Steps[T]:
        """Queue a generator. Call on the event loop.

        Args:
            start: called on the lane's thread; the generator it returns is closed there too.
            ahead: how many values may wait for the consumer before the thread pauses.
        """
        if self._thread is None:
            self._loop.add_reader(self._news, self._look)
            self._thread = threading.Thread(target=self._run, name=f"lane-{self.name}", daemon=True)
            self._thread.start()
        steps = _Walk(start, ahead, self._clock, self._failure, self._tell, self.load)
        self._under_way.append(steps)
        self._waiting.append(steps)
        self._work.ring()
        return steps

    def close(self, timeout: float = 5.0) -> None:
        """Let go of the walk under way, end the thread behind its step, and wait for it (seconds).

        A thread that does not end in time keeps its bells. No walk may follow.
        """
        if self._thread is not None:
            if self._current is not None:
                self._current.close()
            self._waiting.append(None)
            self._work.ring()
            self._thread.join(timeout)
            if self._thread.is_alive():
                return
            self._thread = None
            if not self._loop.is_closed():
                self._loop.remove_reader(self._news)
                self._catch_up()
        self._work.close()
        self._news.close()

    def _run(self) -> None:
        while (walk := self._next()) is not None:
            self._current = walk
            walk.run()
            self._current = None
            del walk

    def _next(self) -> _Walk[Any] | None:
        self._work.wait()
        return self._waiting.popleft()

    def _tell(self) -> None:
        """On the thread: there is news of a walk. Rings once until the loop has looked."""
        if not self._told:
            self._told = True
            self._news.ring()

    def _look(self) -> None:
        self._news.hush()
        self._catch_up()

    def _catch_up(self) -> None:
        """Take note of all news. What the thread tells from here on, it rings for again."""
        self._told = False
        self._under_way = [walk for walk in self._under_way if walk.look()]


class _Walk(Generic[T]):
    """One generator on its way through a lane.

    `_ready`, `_error` and `_ended` are written by the thread and read by the loop; a deque append and
    an attribute store are atomic. Everything else belongs to the loop's thread.
    """

    def __init__(
        self,
        start: Start[T],
        ahead: int,
        clock: WorkClock,
        failure: type[EngineError],
        tell: Callable[[], None],
        load: Load,
    ) -> None:
        self._start = start
        self._load = load
        self._failure = failure
        self._ahead = ahead
        self._clock = clock
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._ready: deque[T] = deque()
        self._room: SimpleQueue[None] = SimpleQueue()
        self._error: BaseException | None = None
        self._ended = False
        self._closed = False
        self._waiter: asyncio.Future[None] | None = None
        self._taken = 0
        self._holding = True
        load.fill(self._ready, ahead)
        clock.hold()

    def run(self) -> None:
        """The thread's side: step until the end, an error, or a close."""
        generator: Generator[T | None, None, None] | None = None
        self._load.work()
        try:
            if not self._closed:
                generator = self._start()
                for value in generator:
                    if self._closed:
                        break
                    if value is None:
                        continue
                    self._ready.append(value)
                    self._tell()
                    while len(self._ready) >= self._ahead and not self._closed:
                        self._load.rest()
                        self._room.get()
                        self._load.work()
                    if self._closed:
                        break
        except BaseException as error:  # noqa: BLE001 - it is carried to the consumer, whatever it is
            self._error = error
        finally:
            self._end(generator)

    def _end(self, generator: Generator[T | None, None, None] | None) -> None:
        try:
            if generator is not None:
                generator.close()
        except BaseException as error:  # noqa: BLE001 - carried to the consumer, unless one already is
            self._error = self._error or error
        self._load.rest()
        self._ended = True
        self._tell()

    def look(self) -> bool:
        """Wake the consumer; there may be something for it. False once there will be nothing more."""
        ended = self._ended
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._settle()
        return not ended

    def _settle(self) -> None:
        """Hold the clock exactly while the thread is computing."""
        computing = not self._ended and len(self._ready) < self._ahead
        if computing != self._holding:
            self._holding = computing
            if computing:
                self._clock.hold()
            else:
                self._clock.release()

    def __aiter__(self) -> _Walk[T]:
        return self

    async def __anext__(self) -> T:
        self._taken += 1
        if self._taken % BREATH == 0:
            await asyncio.sleep(0)
        while not self._ready:
            if self._ended and not self._ready:
                self._settle()
                raise self._finish()
            self._waiter = self._loop.create_future()
            await self._waiter
        full = len(self._ready) >= self._ahead
        value = self._ready.popleft()
        if full:
            self._room.put(None)
        self._settle()
        return value

    def _finish(self) -> BaseException:
        match self._error:
            case None:
                return StopAsyncIteration()
            case VoiceError() as error:
                return error
            case error:
                failure = self._failure(f"the engine failed: {error!r}", code="unexpected")
                failure.__cause__ = error
                return failure

    def close(self) -> None:
        """Let go. The generator is closed on its lane, behind the step in flight."""
        self._closed = True
        self._ready.clear()
        self._room.put(None)


class InlineLane:
    """A lane without a thread: steps run on the loop. For tests, and for engines that cost nothing.

    Args:
        step: seconds on the clock that each step is made to take; a function of the step's number
            scripts a slow engine.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        failure: type[EngineError] = EngineError,
        *,
        step: float | Callable[[int], float] = 0.0,
    ) -> None:
        self.name = name
        self.load = Load()
        self._clock = clock
        self._failure = failure
        self._step = step

    def walk(self, start: Start[T], *, ahead: int = 8) -> Steps[T]:
        del ahead
        return _InlineWalk(start, self._clock, self._step, self._failure)

    def close(self) -> None:
        pass


class _InlineWalk(Generic[T]):
    def __init__(
        self, start: Start[T], clock: Clock, step: float | Callable[[int], float], failure: type[EngineError]
    ) -> None:
        self._start = start
        self._failure = failure
        self._clock = clock
        self._step = step
        self._number = 0
        self._generator: Generator[T | None, None, None] | None = None
        self._closed = False

    def __aiter__(self) -> _InlineWalk[T]:
        return self

    async def __anext__(self) -> T:
        while (value := await self._next()) is None:
            pass
        return value

    async def _next(self) -> T | None:
        seconds = self._step if isinstance(self._step, float | int) else self._step(self._number)
        self._number += 1
        await self._clock.sleep(seconds)
        if self._closed:
            raise StopAsyncIteration
        if self._generator is None:
            self._generator = self._start()
        try:
            return next(self._generator)
        except StopIteration:
            raise StopAsyncIteration from None
        except VoiceError:
            raise
        except Exception as error:  # whatever an engine raises ends the turn, as the engine's failure
            raise self._failure(f"the engine failed: {error!r}", code="unexpected") from error

    def close(self) -> None:
        self._closed = True
        if self._generator is not None:
            self._generator.close()
