"""Conversations without a sound card: recorded customers in, a stereo recording and an event log out.

Runs on `core.clock.SkippingLoop`: engines take the time they take, waiting takes none. Both sides are written
in session time, so the recording has the conversation's real timing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from audio.playout import Playout
from audio.recorder import ConversationRecorder
from audio.resample import resample
from audio.wavfile import ScriptedSource, WavSink
from core import events as e
from core import wire
from core.audio import HEARING_RATE, Samples, Waveform, from_pcm
from core.clock import LoopClock, SkippingLoop
from core.errors import OutputError
from pipeline import assembly
from pipeline.assembly import Engines
from pipeline.bus import Bus, Listener
from pipeline.config import Config
from pipeline.scene import perform
from pipeline.session import Session

RATE = 22_050
"""Hz of the recording: the embedded voice's own rate, so that its sound is written as it was made."""
LEAD_IN = 0.6
"""Seconds before the first word of a recording, so that voice detection has heard the room."""
PAUSE = 0.7
"""Seconds a scripted customer waits after a reply."""
SETTLE = 1.0
"""Seconds after a line in which its endpoint must have come; longer than any hangover but the longest."""
LOOK = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a scripted customer says, and when."""

    waveform: Waveform
    """At any rate."""
    barge_in: float | None = None
    """Seconds into the previous line's reply at which it begins; None waits for the reply to end."""


@dataclass(slots=True)
class _Watch:
    """What a director has to know of a session."""

    speaking: bool = False
    """Somebody is in mid-utterance."""
    replies: int = 0
    """Replies that have begun to sound."""
    failed: list[str] = field(default_factory=list[str])

    def feed(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted():
                self.speaking = True
            case e.SpeechEnded():
                self.speaking = False
            case e.PlaybackStarted():
                self.replies += 1
            case _:
                pass


def hold(
    config: Config,
    engines: Engines,
    lines: Sequence[Line],
    *,
    recording: Path,
    log: Path | None = None,
    listeners: Sequence[Listener] = (),
    realtime: bool = False,
) -> list[e.Event]:
    """Hold a conversation with scripted customers.

    Args:
        lines: said in order; each after the reply to the one before, or over it.
        recording: stereo WAV to write: customer left, agent right.
        log: JSON lines of all events, written as they happen.
        listeners: told every event.
        realtime: sit through the waiting.

    Returns:
        Every event.

    Raises:
        VoiceError: a file cannot be written.
    """
    with asyncio.Runner(loop_factory=None if realtime else _skipping) as runner:
        return runner.run(_hold(config, engines, lines, recording, log, listeners))


def _skipping() -> asyncio.AbstractEventLoop:
    return SkippingLoop(frozen=False)


async def _hold(
    config: Config,
    engines: Engines,
    lines: Sequence[Line],
    recording: Path,
    log: Path | None,
    listeners: Sequence[Listener],
) -> list[e.Event]:
    clock, events, watch = LoopClock(), [], _Watch()
    bus = Bus(events.append, watch.feed, *listeners)
    with ExitStack() as opened:
        if log is not None:
            bus.listen(_Log(opened.enter_context(_open(log)), log).feed)
        recorder = opened.enter_context(ConversationRecorder(recording, RATE))
        playout = Playout(RATE, config.audio.playout_capacity)
        source = ScriptedSource(clock, on_frame=lambda pcm, at: recorder.customer(_at_rate(pcm), at))
        sink = WavSink(RATE, clock, on_block=lambda block, at: recorder.agent(block, at))
        await perform(
            crew=assembly.build_crew(engines, clock, playout),
            playout=playout,
            source=source,
            sink=sink,
            listen=assembly.build_listener(config),
            clock=clock,
            bus=bus,
            settings=assembly.turn_settings(config),
            started=engines.started(clock),
            barge_in=config.session.barge_in,
            direct=_customer(lines, source, watch, clock),
        )
    return events


def _at_rate(pcm: bytes) -> Samples:
    return resample(from_pcm(pcm), RATE).samples


def _customer(
    lines: Sequence[Line], source: ScriptedSource, watch: _Watch, clock: LoopClock
) -> Callable[[Session], Awaitable[None]]:
    """The director that says the lines."""

    async def direct(session: Session) -> None:
        await clock.sleep(LEAD_IN)
        for line in lines:
            replies = watch.replies
            if line.barge_in is not None:
                while watch.replies == replies and session.busy:
                    await clock.sleep(LOOK)
                await clock.sleep(line.barge_in)
            else:
                await _quiet(session, source, watch, clock)
            source.say(resample(line.waveform, HEARING_RATE))
            while source.speaking:
                await clock.sleep(LOOK)
        await _quiet(session, source, watch, clock)

    return direct


async def _quiet(session: Session, source: ScriptedSource, watch: _Watch, clock: LoopClock) -> None:
    """Wait until nobody has spoken for a moment and nothing is being answered."""
    still = 0.0
    while still < SETTLE + PAUSE:
        await clock.sleep(LOOK)
        still = 0.0 if session.busy or watch.speaking or source.speaking else still + LOOK


def _open(log: Path) -> TextIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("w", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {log}: {error.strerror}", hint="choose another folder") from error


class _Log:
    """Events as JSON lines in a file."""

    def __init__(self, file: TextIO, path: Path) -> None:
        self._file = file
        self._path = path

    def feed(self, event: e.Event) -> None:
        try:
            self._file.write(wire.encode(event) + "\n")
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}", code="disk", hint="free some space") from error
