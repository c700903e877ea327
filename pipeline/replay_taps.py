"""The taps of a replay: what was recorded of everything that reached a session from outside.

The counterpart of pipeline/recording_taps.py, class by class.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource, Deliver, Finished, Lost, Pull
from core import wire
from core.clock import Clock
from core.commands import Command
from core.errors import EngineError, OutputError, VoiceError
from emotion_policy.decision import Scenario
from emotion_policy.policy import Policy, packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.policy_keeper import Look
from pipeline.assembly import Engines
from pipeline.crew import Loudspeaker
from pipeline.desk import not_recorded
from pipeline.journal import Entry, value_of
from pipeline.lane import Lane
from pipeline.replay_agenda import Agenda
from pipeline.replay_engines import ReplayLane, ReplayLoudspeaker, by
from pipeline.replay_outputs import Outputs
from pipeline.scene import Direct, Directed
from pipeline.taps import Abort

if TYPE_CHECKING:
    from audio.vad import VoiceGate

T = TypeVar("T")


class ReplayTaps:
    """`pipeline.taps.Taps`. What it is given is left alone: the devices are not started."""

    def __init__(self, agenda: Agenda, entries: Sequence[Entry], outputs: Outputs) -> None:
        self.clock: Clock = ReplayClock(agenda, by(entries, "woke", "seconds", "nth"))
        self._agenda = agenda
        self._outputs = outputs
        self._doors = Doors(agenda, entries)
        self._entries = entries

    def engines(self, engines: Engines) -> Engines:
        return replace(engines, policy=ReplayKeeper(self._agenda, engines.policy.current))

    def lane(self, name: str, failure: type[EngineError]) -> Lane:
        return ReplayLane(self._agenda, self._outputs, name, failure)

    def loudspeaker(self, playout: Playout) -> Loudspeaker:
        return ReplayLoudspeaker(self._agenda, playout, self._entries)

    def source(self, source: AudioSource) -> AudioSource:
        return ReplaySource(self._agenda, self._doors, source.name)

    def sink(self, sink: AudioSink) -> AudioSink:
        return ReplaySink(self._doors, sink)

    def gate(self, build: Callable[[], VoiceGate]) -> VoiceGate:
        del build
        return ReplayGate(self._agenda)

    def minute(self) -> int:
        minute: int | None = self._agenda.reading("minute")
        return 0 if minute is None else minute

    def direct(self, direct: Direct | None) -> Direct | None:
        """Somebody who asks what was asked, if somebody asked."""
        del direct
        return self._doors.direct if self._doors.directed else None

    def abort(self, abort: Abort | None) -> Abort | None:
        del abort
        return self._doors.abort

    def save(self) -> str:
        saved: str | None = self._agenda.reading("saved")
        return not_recorded() if saved is None else saved


class Doors:
    """Where entries of the journal enter the session by themselves, whatever it is doing."""

    def __init__(self, agenda: Agenda, entries: Sequence[Entry]) -> None:
        self.deliver: Deliver = lambda _: None
        self.finished: Finished = lambda _: None
        self.pull: Pull = lambda count: np.zeros(count, np.float32)
        self.lost: Lost = lambda _: None
        self.directed = any(entry.kind in ("directed", "command") for entry in entries)
        loop = asyncio.get_running_loop()
        self.abort: Abort = loop.create_future()
        self._asked: asyncio.Future[None] = loop.create_future()
        self._session: Directed | None = None
        acts: dict[str, Callable[[Entry], None]] = {
            "frame": self._frame,
            "over": lambda entry: self.finished(_error(entry)),
            "pull": self._pull,
            "lost": lambda entry: self.lost(cast("VoiceError", _error(entry))),
            "command": self._command,
            "directed": lambda _: self._asked.set_result(None),
            "aborted": lambda _: self.abort.set_result(OutputError("a file could not be written")),
        }
        for entry in entries:
            act = acts.get(entry.kind)
            if act is not None:
                stimulus = None if entry.kind == "pull" else entry
                agenda.put(entry.at, entry.number, partial(act, entry), stimulus)

    async def direct(self, session: Directed) -> None:
        self._session = session
        await self._asked

    def _frame(self, entry: Entry) -> None:
        self.deliver(cast("bytes", entry.sound))

    def _pull(self, entry: Entry) -> None:
        self.pull(int(entry.fields["samples"]))

    def _command(self, entry: Entry) -> None:
        assert self._session is not None
        self._session.obey(cast("Command", wire.decode(entry.fields["command"])))


class ReplayClock:
    """`core.clock.Clock`: the readings that were made, and between unknown ones no time passes."""

    def __init__(self, agenda: Agenda, woke: dict[tuple[Any, ...], Entry]) -> None:
        self._agenda = agenda
        self._woke = woke
        self._slept: Counter[float] = Counter()
        self._last = 0.0

    def now(self) -> float:
        now: float | None = self._agenda.reading("now")
        self._last = max(self._last, self._agenda.at if now is None else now)
        return self._last

    async def sleep(self, seconds: float) -> None:
        nth, began = self._slept[seconds], self._agenda.at
        self._slept[seconds] += 1
        entry = self._woke.get((seconds, nth))
        if entry is None:
            await self._agenda.never()
        else:
            await self._agenda.wait(self._agenda.moved(entry.at, entry.fields["since"], began), entry)


class ReplaySource:
    """`audio.ports.AudioSource`."""

    def __init__(self, agenda: Agenda, doors: Doors, name: str) -> None:
        self.name = name
        self._agenda = agenda
        self._doors = doors
        self._overruns = 0

    @property
    def overruns(self) -> int:
        self._overruns = self._agenda.reading("overruns") or self._overruns
        return self._overruns

    def start(self, deliver: Deliver, finished: Finished) -> None:
        self._doors.deliver, self._doors.finished = deliver, finished

    def stop(self) -> None:
        self._doors.deliver = lambda _: None


class ReplaySink:
    """`audio.ports.AudioSink`."""

    def __init__(self, doors: Doors, sink: AudioSink) -> None:
        self.name = sink.name
        self.rate = sink.rate
        self._doors = doors

    def start(self, pull: Pull, lost: Lost) -> None:
        self._doors.pull, self._doors.lost = pull, lost

    def stop(self) -> None:
        pass


class ReplayGate:
    """`audio.vad.VoiceGate`; of a frame that nobody judged then, it says that nobody speaks."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda

    def voiced(self, pcm: bytes) -> bool:
        del pcm
        return bool(self._agenda.reading("voiced"))

    @property
    def suspicious(self) -> bool:
        return bool(self._agenda.reading("suspicious"))


class ReplayKeeper:
    """`pipeline.tone.PolicyKeeper`: edits of the policy file come when they came."""

    def __init__(self, agenda: Agenda, policy: Policy) -> None:
        self._agenda = agenda
        self._site = self._current = policy

    @property
    def current(self) -> Policy:
        return self._current

    def look(self, *, anew: bool = False) -> Look | None:
        del anew
        edit: dict[str, str] | None = self._agenda.reading("policy")
        if edit is None:
            return None
        if "text" in edit:
            self._site = self._current = compile_text(edit["text"], "the recorded policy")
        return Look(policy=edit["policy"], error=edit["error"])

    def switch(self, scenario: Scenario) -> None:
        self._current = self._site if self._site.scenario == scenario else packaged(scenario)


def _error(entry: Entry) -> VoiceError | None:
    fields = entry.fields["error"]
    return None if fields is None else cast("VoiceError", value_of({"error": fields}, None, 0))
