"""Sessions that hear but never think: customers and noises over an announcement, rooms where nobody speaks.

The voice detection, endpointing, session, playout and clock are the product's; the voice is a tone that goes
on until it is stopped, and the recogniser understands nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from audio.playout import Playout
from audio.recorded import ScriptedSource, WavSink, WavSource
from audio.vad import EnergyGate
from core import commands as c
from core import events as e
from core.audio import FRAME_SAMPLES, FRAME_SECONDS, Samples, Waveform
from core.clock import LoopClock
from core.text import Transcript
from emotion_policy.decide import decide
from llm.knowledge_entry import Advice
from pipeline import assembly
from pipeline.assembly import Progress
from pipeline.bus import Bus, Listener
from pipeline.config import Config
from pipeline.crew import Crew
from pipeline.lane import ThreadLane
from pipeline.scene import Direct, perform
from pipeline.session import Session

LOUD = 0.25
"""A frame is loud from this share of its recording's loudest frame on (root mean square): 12 dB below. The
consonant before it, audible but with no voice in it, is the second row."""
AUDIBLE = 0.02
"""Root mean square, as a share of full scale: -34 dBFS."""
REPLY_SECONDS = 20.0
"""Of the announcement: longer than anybody waits before speaking."""
PAUSE = 1.2
"""Seconds between two interruptions: longer than any hangover."""


class _Announcer:
    """A voice that never stops by itself, and ears that understand nothing."""

    name, rate = "announcer", 22_050

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def transcribe(self, speech: Waveform) -> Generator[Transcript, None, None]:
        del speech
        yield Transcript(text="", final=True, language="zh")

    def reply(self, messages: object) -> Generator[str, None, None]:
        del messages
        yield ""

    def synthesize(self, sentence: object) -> Generator[Waveform, None, None]:
        del sentence
        tone = np.sin(np.arange(self.rate // 10) * (2 * np.pi * 200 / self.rate)).astype(np.float32) * 0.3
        for _ in range(round(REPLY_SECONDS * 10)):
            yield Waveform(tone, self.rate)


class _Watch:
    """When the customer was first loud, and until when the loudspeaker sounded."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self._audible = EnergyGate(AUDIBLE)
        self._loud = EnergyGate(1.0)
        self.armed = False
        self.audible_from: float | None = None
        self.loud_from: float | None = None
        self.sounding_until = 0.0
        self.sounding = False
        self.ended = False
        self.listener: Listener | None = None

    def arm(self, clip: Waveform) -> None:
        """From now on the customer may be heard."""
        frames = np.square(clip.samples[: len(clip.samples) // FRAME_SAMPLES * FRAME_SAMPLES])
        loudest = float(np.sqrt(frames.reshape(-1, FRAME_SAMPLES).mean(axis=1).max()))
        self._loud = EnergyGate(LOUD * loudest)
        self.armed, self.ended, self.audible_from, self.loud_from = True, False, None, None

    def frame(self, pcm: bytes) -> None:
        if not self.armed or self.loud_from is not None:
            return
        begun = self._clock.now() - FRAME_SECONDS
        if self.audible_from is None and self._audible.voiced(pcm):
            self.audible_from = begun
        if self._loud.voiced(pcm):
            self.loud_from = begun

    def block(self, block: Samples) -> None:
        sound = np.flatnonzero(np.abs(block) > 1e-4)
        self.sounding = len(sound) > 0
        if self.sounding:
            self.sounding_until = self._clock.now() + float(sound[-1] + 1) / len(block) * FRAME_SECONDS

    def feed(self, event: e.Event) -> None:
        if self.listener is not None:
            self.listener(event)
        if isinstance(event, e.TurnEnded):
            self.ended = True


async def interrupt(
    config: Config, clips: Sequence[Waveform], count: int, progress: Progress
) -> list[tuple[float, float]]:
    """(from the first loud frame, from the first audible one) to silence."""
    clock, dice, found = LoopClock(), random.Random(7), list[tuple[float, float]]()
    source, watch = ScriptedSource(clock), _Watch(clock)

    async def direct(session: Session) -> None:
        for number in range(count):
            if number % 10 == 0:
                progress(f"interruption {number + 1}/{count}")
            watch.armed = False
            session.obey(c.Say(text="请注意。"))
            while not watch.sounding:
                await clock.sleep(FRAME_SECONDS)
            await clock.sleep(0.5 + dice.random() * 3.0)
            clip = clips[number % len(clips)]
            watch.arm(clip)
            source.say(clip)
            while source.speaking:
                await clock.sleep(FRAME_SECONDS)
            loud = watch.loud_from
            if watch.ended and not watch.sounding and loud is not None:
                silent = watch.sounding_until
                found.append((silent - loud, silent - (watch.audible_from or loud)))
            session.obey(c.Interrupt())
            await clock.sleep(PAUSE)

    await _perform(config, clock, source, watch, direct)
    return found


async def endure(config: Config, noise: Waveform) -> tuple[list[float], int]:
    """Announcements over a noise: seconds of each pause that it made in them, and how many it cut off."""
    clock, told = LoopClock(), list[e.Event]()
    source, watch = ScriptedSource(clock), _Watch(clock)

    async def direct(session: Session) -> None:
        source.say(noise)
        while source.speaking:
            if not session.busy:
                session.obey(c.Say(text="请注意。"))
            await clock.sleep(FRAME_SECONDS)
        watch.listener = None
        session.obey(c.Interrupt())

    watch.listener = told.append
    await _perform(config, clock, source, watch, direct)
    return _pauses(told), sum(isinstance(event, e.BargeIn) for event in told)


def _pauses(told: Sequence[e.Event]) -> list[float]:
    """Seconds from each pause to what ended it."""
    lengths: list[float] = []
    since: float | None = None
    for event in told:
        match event:
            case e.ReplyPaused():
                since = event.at
            case e.ReplyResumed() | e.TurnEnded() if since is not None:
                lengths.append(event.at - since)
                since = None
            case _:
                pass
    return lengths


async def listen(config: Config, room: Waveform) -> float:
    """CPU seconds per second of a room."""
    clock = LoopClock()
    source, watch = WavSource(room, clock, tail=0.0), _Watch(clock)
    listener = assembly.build_listener(config).hear
    cpu = time.process_time()
    await _perform(config, clock, source, watch, None, listener)
    return (time.process_time() - cpu) / room.seconds


async def _perform(
    config: Config,
    clock: LoopClock,
    source: ScriptedSource | WavSource,
    watch: _Watch,
    direct: Direct | None,
    listen: Any = None,
) -> None:
    announcer, playout = _Announcer(), Playout(_Announcer.rate, config.audio.playout_capacity)
    hear = listen or assembly.build_listener(config).hear

    def heard(frame: Any) -> Any:
        watch.frame(frame.pcm)
        return hear(frame)

    crew = Crew(
        recognizer=announcer,
        hearing=ThreadLane("asr", clock),
        model=announcer,
        thinking=ThreadLane("llm", clock),
        voice=announcer,
        speaking=ThreadLane("tts", clock),
        loudspeaker=playout,
        decide=decide,
        consult=lambda _text, _language: Advice(kind="none"),
    )
    await perform(
        crew=crew,
        playout=playout,
        source=source,
        sink=WavSink(playout.rate, clock, watch.block if direct else None),
        listen=heard if direct else hear,
        clock=clock,
        bus=Bus(watch.feed),
        settings=assembly.turn_settings(config),
        started=e.SessionStarted(
            at=0.0, recognizer="none", model="none", voice="announcer", knowledge=0, demo=False
        ),
        direct=direct,
    )
