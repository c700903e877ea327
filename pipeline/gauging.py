"""Gauging: how loud, how full, how busy, how late, how large; told as `Gauge` events while somebody is here.

Runs on the loop, beside a live session, by the conversation's own clock. What it tells goes to whoever
watches and into no recording: nothing that a session does follows from it. Names and units: core/gauges.py.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from audio.ports import AudioSink, AudioSource, Deliver, Finished, Lost, Pull
from core import gauges as g
from core.audio import Samples
from core.clock import Clock
from core.events import Gauge
from core.timeline import percentile
from pipeline.crew import Crew
from pipeline.lane import Lane
from pipeline.link import Link
from pipeline.loudness import Loudness

LOOK = 0.1
"""Seconds between two looks at the levels and at how late the loop is."""
SECOND = 10
"""Looks between two tellings of everything else."""
LAGS = 600
"""Looks that `LOOP_LAG_P99` is taken of: one minute."""
QUIET = -60.0
"""dBFS. What is softer is told once a second."""
STATM = Path("/proc/self/statm")
_AHEAD_OF = {"llm": "deltas", "tts": "waveforms"}
"""The link that a lane's values wait in."""


class Ring(Protocol):
    """Where sound waits for the loudspeaker; `audio.playout.Playout` is the real one."""

    rate: int

    @property
    def waiting_samples(self) -> int: ...

    @property
    def capacity(self) -> float: ...


class Linked(Protocol):
    """`pipeline.session.Session` as far as it is measured."""

    @property
    def links(self) -> tuple[Link[Any], ...]: ...


@runtime_checkable
class Backlogged(Protocol):
    """A source that holds frames for a busy loop."""

    backlog: int
    """Frames that may wait."""

    @property
    def waiting(self) -> int: ...


class Gauging:
    """For one session.

    Args:
        clock: the conversation's own, not a recording's.
        tell: whoever watches.
    """

    def __init__(self, clock: Clock, tell: Callable[[Gauge], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._source: AudioSource | None = None
        self._heard, self._said = Loudness(), Loudness()
        self._loud: set[str] = set()
        self._lags: deque[float] = deque(maxlen=LAGS)
        self._worked: dict[str, tuple[float, float]] = {}

    def source(self, source: AudioSource) -> AudioSource:
        """The same source, measured."""
        self._source = source
        return _MeasuredSource(source, self._heard)

    def sink(self, sink: AudioSink) -> AudioSink:
        """The same sink, measured."""
        return _MeasuredSink(sink, self._said)

    async def run(self, session: Linked, crew: Crew, playout: Ring) -> None:
        """Look and tell until cancelled."""
        looks = 0
        while True:
            due = self._clock.now() + LOOK
            await self._clock.sleep(LOOK)
            self._lags.append(max(0.0, self._clock.now() - due))
            looks += 1
            whole = looks % SECOND == 0
            for name, value in self._levels(whole=whole):
                self._say(name, value)
            if whole:
                for name, value in self._everything(session, crew, playout):
                    self._say(name, value)

    def _say(self, name: str, value: float) -> None:
        self._tell(Gauge(at=self._clock.now(), name=name, value=value))

    def _levels(self, *, whole: bool) -> Iterator[tuple[str, float]]:
        """Ten times a second while there is sound, and once when it ends."""
        for name, loudness in ((g.MICROPHONE_LEVEL, self._heard), (g.SPEAKER_LEVEL, self._said)):
            level = loudness.level()
            if level is None:
                continue
            loud = level > QUIET
            if whole or loud or name in self._loud:
                yield name, round(level, 1)
            (self._loud.add if loud else self._loud.discard)(name)

    def _everything(self, session: Linked, crew: Crew, playout: Ring) -> Iterator[tuple[str, float]]:
        yield g.LOOP_LAG, self._lags[-1]
        yield g.LOOP_LAG_P99, percentile(list(self._lags), 0.99) or 0.0
        if isinstance(self._source, Backlogged):
            yield from _fullness("microphone", self._source.waiting, self._source.backlog)
        for link in session.links:
            yield from _fullness(link.name, link.depth, link.capacity)
        for lane in (crew.hearing, crew.thinking, crew.speaking):
            yield from self._lane(lane)
        yield g.PLAYOUT_DEPTH, playout.waiting_samples / playout.rate
        yield g.PLAYOUT_CAPACITY, playout.capacity
        yield from memory()
        yield from vram()

    def _lane(self, lane: Lane) -> Iterator[tuple[str, float]]:
        """Of an engine, how much it worked since the last look, and what it has made that nobody took."""
        now, worked = self._clock.now(), lane.load.seconds
        then, before = self._worked.get(lane.name, (now, worked))
        self._worked[lane.name] = now, worked
        if now > then:
            yield g.lane_busy(lane.name), min(max((worked - before) / (now - then), 0.0), 1.0)
        if lane.name in _AHEAD_OF and lane.load.capacity:
            yield from _fullness(_AHEAD_OF[lane.name], lane.load.depth, lane.load.capacity)


def memory(statm: Path = STATM) -> Iterator[tuple[str, float]]:
    """What the process holds, where the system tells."""
    try:
        pages = int(statm.read_bytes().split()[1])
    except (OSError, IndexError, ValueError):
        return
    yield g.MEMORY, float(pages * os.sysconf("SC_PAGE_SIZE"))


def vram() -> Iterator[tuple[str, float]]:
    """What the GPU holds, if an engine of this process uses it through torch; nothing is imported to know."""
    torch: Any = sys.modules.get("torch")
    cuda: Any = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    free, total = cuda.mem_get_info()
    yield g.VRAM_USED, float(total - free)
    yield g.VRAM_TOTAL, float(total)


def _fullness(link: str, depth: int, capacity: int) -> Iterator[tuple[str, float]]:
    yield g.link_depth(link), float(depth)
    yield g.link_capacity(link), float(capacity)


class _MeasuredSource:
    """`audio.ports.AudioSource`."""

    def __init__(self, source: AudioSource, heard: Loudness) -> None:
        self._source = source
        self._heard = heard

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def overruns(self) -> int:
        return self._source.overruns

    def start(self, deliver: Deliver, finished: Finished) -> None:
        take = self._heard.take

        def heard(pcm: bytes) -> None:
            take(pcm)
            deliver(pcm)

        self._source.start(heard, finished)

    def stop(self) -> None:
        self._source.stop()


class _MeasuredSink:
    """`audio.ports.AudioSink`."""

    def __init__(self, sink: AudioSink, said: Loudness) -> None:
        self._sink = sink
        self._said = said

    @property
    def name(self) -> str:
        return self._sink.name

    @property
    def rate(self) -> int:
        return self._sink.rate

    def start(self, pull: Pull, lost: Lost) -> None:
        take = self._said.take

        def pulled(count: int) -> Samples:
            block = pull(count)
            take(block)
            return block

        self._sink.start(pulled, lost)

    def stop(self) -> None:
        self._sink.stop()
