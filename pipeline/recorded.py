"""Conversations without a sound card: recorded customers in, a stereo recording and an event log out.

Runs on `core.clock.SkippingLoop`: engines take the time they take, waiting takes none. Both sides are
written in session time, so the recording has the conversation's real timing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from audio.ports import AudioSource, Deliver, Finished
from audio.recorded import ScriptedSource, WavSink, WavSource
from core import events as e
from core.audio import Waveform
from core.clock import LoopClock, SkippingLoop, patient_loop
from core.commands import Reset
from pipeline.assembly import Engines
from pipeline.bus import Bus, Listener
from pipeline.config import Config
from pipeline.keeper import Files, Keeper
from pipeline.scene import Direct, Directed
from pipeline.staging import stage
from pipeline.taps import taps_for

RATE = 22_050
"""Hz of the recording: the embedded voice's own rate, so that its sound is written as it was made."""
LEAD_IN = 0.6
"""Seconds before the first word of a recording, so that voice detection has heard the room."""
PAUSE = 1.3
"""Seconds of quiet after which a scripted customer takes the word; longer than the longest hangover, so that
an utterance still waiting for its endpoint is not mistaken for silence."""
PATIENCE = 15.0
"""Seconds that a customer who means to interrupt waits for a reply to begin."""
LOOK = 0.02
"""Seconds between two looks at the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a scripted customer says, and when."""

    waveform: Waveform
    """At any rate."""
    barge_in: float | None = None
    """Seconds into the previous line's reply at which it begins; None waits for the reply to end."""
    new_customer: bool = False
    """Somebody else stands there now; what was said before is forgotten."""
    shows: str = ""
    """What there is to notice, for the people who watch."""


class _Watch:
    """What a director has to know of a session."""

    def __init__(self) -> None:
        self.speaking = False
        """Somebody is in mid-utterance."""
        self.replying = False
        """A reply has begun to sound since the last line."""

    def feed(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted():
                self.speaking = True
            case e.SpeechEnded():
                self.speaking = False
            case e.PlaybackStarted():
                self.replying = True
            case _:
                pass


def hold(
    config: Config,
    engines: Engines,
    lines: Sequence[Line],
    files: Files,
    *listeners: Listener,
    announce: Callable[[Line], None] = lambda _: None,
    realtime: bool = False,
) -> list[e.Event]:
    """Hold a conversation with scripted customers; returns every event.

    Args:
        lines: said in order; each after the reply to the one before, or over it.
        listeners: told every event as it happens.
        announce: told each line just before it is said.
        realtime: sit through the waiting.

    Raises:
        VoiceError: a file cannot be written.
    """

    async def main() -> list[e.Event]:
        clock, watch = LoopClock(), _Watch()
        source = ScriptedSource(clock)
        direct = _customer(lines, announce, source, watch, clock)
        return await _perform(config, engines, source, files, clock, Bus(watch.feed, *listeners), direct)

    return _run(main, realtime=realtime)


def answer(
    config: Config,
    engines: Engines,
    customer: Waveform,
    files: Files,
    *listeners: Listener,
    realtime: bool = False,
) -> list[e.Event]:
    """Answer a recording as if the customer stood there; returns every event.

    Raises:
        VoiceError: a file cannot be written.
    """

    async def main() -> list[e.Event]:
        clock = LoopClock()
        return await _perform(
            config, engines, WavSource(customer, clock), files, clock, Bus(*listeners), None
        )

    return _run(main, realtime=realtime)


def _run(main: Callable[[], Coroutine[None, None, list[e.Event]]], *, realtime: bool) -> list[e.Event]:
    with asyncio.Runner(
        loop_factory=patient_loop if realtime else lambda: SkippingLoop(frozen=False)
    ) as runner:
        return runner.run(main())


async def _perform(
    config: Config,
    engines: Engines,
    source: AudioSource,
    files: Files,
    clock: LoopClock,
    bus: Bus,
    direct: Direct | None,
) -> list[e.Event]:
    events: list[e.Event] = []
    keeper = Keeper(files, RATE, clock)
    bus.listen(events.append)
    bus.listen(keeper.note)
    tapped, sink = _Tapped(source, keeper.customer), WavSink(RATE, clock, keeper.agent)
    try:
        with taps_for(files.session, config, engines, source=tapped, sink=sink, clock=clock, bus=bus) as taps:
            await stage(
                config,
                engines,
                source=tapped,
                sink=sink,
                clock=clock,
                bus=bus,
                taps=taps,
                direct=direct,
                abort=keeper.failed,
            )
    finally:
        keeper.close()
    if keeper.failed.done():
        raise keeper.failed.result()
    return events


class _Tapped:
    """A source whose frames somebody else sees too."""

    def __init__(self, source: AudioSource, tap: Deliver) -> None:
        self._source = source
        self._tap = tap

    @property
    def name(self) -> str:
        return self._source.name

    @property
    def overruns(self) -> int:
        return self._source.overruns

    def start(self, deliver: Deliver, finished: Finished) -> None:
        def both(pcm: bytes) -> None:
            self._tap(pcm)
            deliver(pcm)

        self._source.start(both, finished)

    def stop(self) -> None:
        self._source.stop()


def _customer(
    lines: Sequence[Line],
    announce: Callable[[Line], None],
    source: ScriptedSource,
    watch: _Watch,
    clock: LoopClock,
) -> Direct:
    """The director that says the lines."""

    async def direct(session: Directed) -> None:
        await clock.sleep(LEAD_IN)
        for line in lines:
            if line.barge_in is None:
                await _quiet(session, source, watch, clock)
            else:
                await _reply_began(watch, clock)
                await clock.sleep(line.barge_in)
            if line.new_customer:
                session.obey(Reset())
            watch.replying = False
            announce(line)
            source.say(line.waveform)
            while source.speaking:
                await clock.sleep(LOOK)
        await _quiet(session, source, watch, clock)

    return direct


async def _quiet(session: Directed, source: ScriptedSource, watch: _Watch, clock: LoopClock) -> None:
    """Wait until nobody has spoken for a moment and nothing is being answered."""
    still = 0.0
    while still < PAUSE:
        await clock.sleep(LOOK)
        still = 0.0 if session.busy or watch.speaking or source.speaking else still + LOOK


async def _reply_began(watch: _Watch, clock: LoopClock) -> None:
    """Wait for the first sound of the reply to the line just said, but not for ever."""
    deadline = clock.now() + PATIENCE
    while not watch.replying and clock.now() < deadline:
        await clock.sleep(LOOK)
