"""The taps of a recording: each thing that a session is made of, written down as it is used.

One small class for each protocol, around the real thing. All on the loop, but for `TappedSink`'s pulls.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from audio.playout import Playout
from audio.ports import AudioSink, AudioSource, Deliver, Finished, Lost, Pull
from core import wire
from core.audio import Samples
from core.clock import Clock, WorkClock, minute_of_day
from core.commands import Command
from core.errors import ConfigError, EngineError, VoiceError
from emotion_policy.decision import Scenario
from emotion_policy.policy import Policy
from emotion_policy.policy_file import read
from emotion_policy.policy_keeper import Look
from pipeline.assembly import Engines
from pipeline.config import Config, locate
from pipeline.crew import Loudspeaker
from pipeline.journal import written
from pipeline.keyed import KeyedModel, KeyedRecognizer, KeyedVoice
from pipeline.lane import Lane, ThreadLane
from pipeline.recording import Recording
from pipeline.recording_engines import TappedLane, TappedLoudspeaker
from pipeline.scene import Direct, Directed
from pipeline.taps import Abort
from pipeline.tone import PolicyKeeper

if TYPE_CHECKING:
    from audio.vad import VoiceGate

T = TypeVar("T")
LaneOf = Callable[[str, WorkClock, type[EngineError]], Lane]


class RecordingTaps:
    """`pipeline.taps.Taps`.

    Args:
        clock: the conversation's own.
        lane: makes the lane beneath a tapped one.
    """

    def __init__(
        self, recording: Recording, clock: WorkClock, config: Config, lane: LaneOf = ThreadLane
    ) -> None:
        self.clock: Clock = TappedClock(recording, clock)
        self._recording = recording
        self._inner = clock
        self._config = config
        self._lane = lane

    def engines(self, engines: Engines) -> Engines:
        return replace(
            engines,
            recognizer=KeyedRecognizer(engines.recognizer),
            model=KeyedModel(engines.model),
            voice=KeyedVoice(engines.voice),
            policy=TappedKeeper(self._recording, engines.policy, self._config),
        )

    def lane(self, name: str, failure: type[EngineError]) -> Lane:
        return TappedLane(self._recording, self._lane(name, self._inner, failure))

    def loudspeaker(self, playout: Playout) -> Loudspeaker:
        return TappedLoudspeaker(self._recording, playout)

    def source(self, source: AudioSource) -> AudioSource:
        return TappedSource(self._recording, source)

    def sink(self, sink: AudioSink) -> AudioSink:
        return TappedSink(self._recording, sink)

    def gate(self, build: Callable[[], VoiceGate]) -> VoiceGate:
        return TappedGate(self._recording, build())

    def minute(self) -> int:
        minute = minute_of_day()
        self._recording.read("minute", minute)
        return minute

    def direct(self, direct: Direct | None) -> Direct | None:
        if direct is None:
            return None

        async def directed(session: Directed) -> None:
            await direct(TappedSession(self._recording, session))
            await self._recording.admitted("directed", {})

        return directed

    def abort(self, abort: Abort | None) -> Abort | None:
        if abort is None:
            return None
        heard: Abort = asyncio.get_running_loop().create_future()

        def pass_on(failed: Abort) -> None:
            self._recording.admit("aborted", {}, lambda: heard.set_result(failed.result()))

        abort.add_done_callback(pass_on)
        return heard

    def save(self) -> str:
        file = self._recording.save()
        self._recording.read("saved", file)
        return file


class TappedClock:
    """`core.clock.Clock`."""

    def __init__(self, recording: Recording, clock: Clock) -> None:
        self._recording = recording
        self._clock = clock
        self._slept: Counter[float] = Counter()

    def now(self) -> float:
        now = self._recording.now()
        self._recording.read("now", now)
        return now

    async def sleep(self, seconds: float) -> None:
        nth, since = self._slept[seconds], self._recording.at
        self._slept[seconds] += 1
        await self._clock.sleep(seconds)
        await self._recording.admitted("woke", {"seconds": seconds, "nth": nth, "since": since})


class TappedSource:
    """`audio.ports.AudioSource`."""

    def __init__(self, recording: Recording, source: AudioSource) -> None:
        self.name = source.name
        self._recording = recording
        self._source = source

    @property
    def overruns(self) -> int:
        overruns = self._source.overruns
        if overruns:
            self._recording.read("overruns", overruns)
        return overruns

    def start(self, deliver: Deliver, finished: Finished) -> None:
        recording = self._recording

        def heard(pcm: bytes) -> None:
            recording.admit("frame", {}, lambda: deliver(pcm), sound=pcm)

        def over(error: VoiceError | None) -> None:
            recording.admit("over", _of(error), lambda: finished(error))

        self._source.start(heard, over)

    def stop(self) -> None:
        self._source.stop()


class TappedSink:
    """`audio.ports.AudioSink`."""

    def __init__(self, recording: Recording, sink: AudioSink) -> None:
        self.name = sink.name
        self.rate = sink.rate
        self._recording = recording
        self._sink = sink

    def start(self, pull: Pull, lost: Lost) -> None:
        recording = self._recording

        def pulled(count: int) -> Samples:
            block = pull(count)
            recording.pulled(count, block)
            return block

        def gone(error: VoiceError) -> None:
            recording.admit("lost", _of(error), lambda: lost(error))

        self._sink.start(pulled, gone)

    def stop(self) -> None:
        self._sink.stop()


class TappedGate:
    """`audio.vad.VoiceGate`."""

    def __init__(self, recording: Recording, gate: VoiceGate) -> None:
        self._recording = recording
        self._gate = gate

    def voiced(self, pcm: bytes) -> bool:
        voiced = self._gate.voiced(pcm)
        self._recording.read("voiced", voiced)
        return voiced

    @property
    def suspicious(self) -> bool:
        suspicious = self._gate.suspicious
        if suspicious:
            self._recording.read("suspicious", suspicious)
        return suspicious


class TappedKeeper:
    """`pipeline.tone.PolicyKeeper`."""

    def __init__(self, recording: Recording, keeper: PolicyKeeper, config: Config) -> None:
        self._recording = recording
        self._keeper = keeper
        self._path = config.emotion.policy

    @property
    def current(self) -> Policy:
        return self._keeper.current

    def look(self, *, anew: bool = False) -> Look | None:
        look = self._keeper.look(anew=anew)
        self._recording.read("policy", None if look is None else self._edit(look))
        return look

    def switch(self, scenario: Scenario) -> None:
        self._keeper.switch(scenario)

    def _edit(self, look: Look) -> dict[str, Any]:
        edit = {"policy": look.policy, "error": look.error}
        if not look.error and self._path is not None:
            with suppress(ConfigError):  # it has gone since
                edit["text"] = read(locate(self._path))
        return edit


class TappedSession:
    """`pipeline.scene.Directed`: busy also while a command waits to be let in."""

    def __init__(self, recording: Recording, session: Directed) -> None:
        self._recording = recording
        self._session = session
        self._waiting = 0

    @property
    def busy(self) -> bool:
        return self._waiting > 0 or self._session.busy

    def obey(self, command: Command) -> None:
        self._waiting += 1

        def obeyed() -> None:
            self._waiting -= 1
            self._session.obey(command)

        self._recording.admit("command", {"command": wire.encode(command)}, obeyed)


def _of(error: VoiceError | None) -> dict[str, Any]:
    return {"error": None if error is None else written(error)["error"]}
