"""A replay: the real session once more, on virtual time, with its recording in the place of the world.

The same build gives the same events, byte for byte. Another one shows what it does otherwise.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from audio.recorded import WavSink, WavSource
from core import wire
from core.audio import HEARING_RATE, Waveform
from core.clock import LoopClock, SkippingLoop
from core.errors import VoiceError
from core.events import Event, Recording
from emotion_policy.policy_keeper import Keeper
from llm.knowledge import Knowledge
from pipeline.assembly import Engines
from pipeline.bus import Bus
from pipeline.journal import Entry, Session, session_of
from pipeline.replay_agenda import Agenda
from pipeline.replay_engines import RecordedModel, RecordedRecognizer, RecordedVoice
from pipeline.replay_outputs import Outputs
from pipeline.replay_taps import ReplayTaps
from pipeline.session_file import cut_short, damaged, read_parts
from pipeline.session_header import Setting, setting_of
from pipeline.staging import stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of it."""

    events: tuple[str, ...]
    """As on the wire, one line each."""
    made_up: int
    """Engine outputs that this build asked for and the recording does not hold."""
    unused: int
    """Engine outputs that the recording holds and this build did not ask for."""


def read_session(path: Path) -> Session:
    """A session file, as far as it is whole.

    Raises:
        InputError: see `pipeline.session_file.read_parts`.
    """
    return session_of(path, read_parts(path))


def replay(session: Session) -> Replayed:
    """Run a recorded session again.

    Raises:
        InputError: it cannot be run: it begins nowhere, or was recorded with other settings.
    """
    setting = setting_of(session.path, session.header)
    if not session.entries:
        raise cut_short(session.path)
    if session.entries[0].kind != "begin":
        raise damaged(session.path, "has no beginning")
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(_replay(session, setting))


async def _replay(session: Session, setting: Setting) -> Replayed:
    agenda = Agenda(session.entries[0], cut=not session.complete)
    outputs = Outputs(session.entries, setting.voice_rate, cut=not session.complete)
    taps = ReplayTaps(agenda, session.entries, outputs)
    events: list[str] = []
    stopped = False

    def note(event: Event) -> None:
        if not stopped:
            events.append(wire.encode(event))

    bus, clock = Bus(note), LoopClock()
    for entry in session.entries:
        if entry.kind == "told":
            agenda.put(entry.at, entry.number, partial(_tell, bus, taps, entry), entry)
    engines = _engines(setting)
    nothing = Waveform(np.zeros(0, np.float32), HEARING_RATE)
    playing = stage(
        setting.config,
        engines,
        source=WavSource(nothing, clock, name=setting.source),
        sink=WavSink(setting.sink_rate, clock, name=setting.sink),
        clock=clock,
        bus=bus,
        taps=taps,
    )
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(playing)
            agenda.start()
            await asyncio.wait((task, agenda.over), return_when=asyncio.FIRST_COMPLETED)
            stopped = not session.complete
            task.cancel()
    except* VoiceError:
        pass  # the session has said it
    finally:
        engines.close()
    return Replayed(events=tuple(events), made_up=outputs.made_up, unused=outputs.unused)


def _tell(bus: Bus, taps: ReplayTaps, entry: Entry) -> None:
    bus.say(Recording(at=taps.clock.now(), on=True, until=0.0, file=entry.fields["file"]))


def _engines(setting: Setting) -> Engines:
    policy = Keeper(None, scenario=setting.config.emotion.scenario)
    policy.current = setting.policy or policy.current
    return Engines(
        recognizer=RecordedRecognizer(setting.recognizer),
        model=RecordedModel(setting.model),
        voice=RecordedVoice(setting.voice, setting.voice_rate, setting.voices),
        knowledge=Knowledge(setting.knowledge, setting.config.knowledge),
        demo=setting.demo,
        policy=policy,
    )
