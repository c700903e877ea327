"""Taps: where everything passes that reaches a session from outside.

`Untapped` lets it pass. A recording (pipeline/recording.py) writes it down; a replay (pipeline/replay.py) is
where it comes from instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource
from core.clock import Clock, WorkClock, minute_of_day
from core.errors import EngineError, OutputError
from pipeline.assembly import Engines
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.crew import Loudspeaker
from pipeline.desk import not_recorded
from pipeline.lane import Lane, ThreadLane
from pipeline.scene import Direct

if TYPE_CHECKING:
    from audio.vad import VoiceGate


Abort = asyncio.Future[OutputError]


class Taps(Protocol):
    """For one session. Each is asked for once, on the loop."""

    clock: Clock

    def engines(self, engines: Engines) -> Engines: ...

    def lane(self, name: str, failure: type[EngineError]) -> Lane: ...

    def loudspeaker(self, playout: Playout) -> Loudspeaker: ...

    def source(self, source: AudioSource) -> AudioSource: ...

    def sink(self, sink: AudioSink) -> AudioSink:
        """Asked for twice: of the loudspeaker, and of the silence that takes the place of a lost one."""
        ...

    def gate(self, build: Callable[[], VoiceGate]) -> VoiceGate: ...

    def minute(self) -> int:
        """Of the day; asked for in every turn."""
        ...

    def direct(self, direct: Direct | None) -> Direct | None: ...

    def abort(self, abort: Abort | None) -> Abort | None: ...

    def save(self) -> str:
        """Write what is recorded so far; names the file. Asked for at any time.

        Raises:
            OutputError: nothing is being recorded, or it cannot be written.
        """
        ...


class Untapped:
    """Nothing is looked at."""

    def __init__(self, clock: WorkClock) -> None:
        self.clock: Clock = clock
        self._clock = clock

    def engines(self, engines: Engines) -> Engines:
        return engines

    def lane(self, name: str, failure: type[EngineError]) -> Lane:
        return ThreadLane(name, self._clock, failure)

    def loudspeaker(self, playout: Playout) -> Loudspeaker:
        return playout

    def source(self, source: AudioSource) -> AudioSource:
        return source

    def sink(self, sink: AudioSink) -> AudioSink:
        return sink

    def gate(self, build: Callable[[], VoiceGate]) -> VoiceGate:
        return build()

    def minute(self) -> int:
        return minute_of_day()

    def direct(self, direct: Direct | None) -> Direct | None:
        return direct

    def abort(self, abort: Abort | None) -> Abort | None:
        return abort

    def save(self) -> str:
        return not_recorded()


@contextmanager
def taps_for(
    file: Path | None,
    config: Config,
    engines: Engines,
    *,
    source: AudioSource,
    sink: AudioSink,
    clock: WorkClock,
    bus: Bus,
) -> Generator[Taps]:
    """Those of a recording into a session file, which ends with the context; or of none. On the loop.

    Raises:
        OutputError: the file cannot be written.
    """
    if file is None:
        yield Untapped(clock)
        return
    from pipeline.recording import Recording
    from pipeline.recording_taps import RecordingTaps
    from pipeline.session_file import SessionWriter
    from pipeline.session_header import header_of

    writer = SessionWriter(file, header_of(config, engines, source, sink))
    lane, rates = ThreadLane("recording", clock), (sink.rate, engines.voice.rate)
    recording = Recording(clock=clock, bus=bus, writer=writer, lane=lane, rates=rates)
    try:
        yield RecordingTaps(recording, clock, config)
    finally:
        recording.close()
