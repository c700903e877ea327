"""Conversations that are recorded: the real session, fake engines, virtual time, no threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from asr.fake import FakeRecognizer
from audio.ports import AudioSink, Lost, Pull
from audio.recorded import ScriptedSource, WavSink
from audio.wavfile import read_wav
from core import events as e
from core import wire
from core.clock import LoopClock, SkippingLoop
from core.errors import DeviceError, OutputError, VoiceError
from llm.fake import FakeModel
from llm.knowledge import Knowledge
from llm.knowledge_entry import Entry
from pipeline.assembly import Engines, build_policy
from pipeline.bus import Bus
from pipeline.config import Config
from pipeline.lane import InlineLane
from pipeline.recording import Recording
from pipeline.recording_taps import RecordingTaps
from pipeline.replay import read_session, replay
from pipeline.session_file import SessionWriter
from pipeline.session_header import header_of
from pipeline.staging import stage
from tts.fake import FakeSynthesizer

RATE = 16_000
VOICE = read_wav(Path(__file__).parents[1] / "models" / "demo" / "conversation" / "01-inquiry.wav")
HOURS = Entry(id="hours", language="zh", questions=("你们几点上班",), answer="九点上班，五点下班，周末休息。")
QUICK = Config.model_validate({"audio": {"silero": False}})


class LosableSink:
    """A loudspeaker in clock time that can be unplugged."""

    def __init__(self, clock: LoopClock) -> None:
        self._sink: AudioSink = WavSink(RATE, clock)
        self._lost: Lost = lambda _: None
        self.name, self.rate = "cable", RATE

    def start(self, pull: Pull, lost: Lost) -> None:
        self._lost = lost
        self._sink.start(pull, lost)

    def stop(self) -> None:
        self._sink.stop()

    def lose(self) -> None:
        self._sink.stop()
        self._lost(DeviceError("the loudspeaker is gone", code="lost", hint="plug it in"))


class LosableSource(ScriptedSource):
    """A microphone that plays a script and can be unplugged."""

    def start(self, deliver, finished) -> None:
        self._gone = finished
        super().start(deliver, finished)

    def lose(self) -> None:
        self.stop()
        self._gone(DeviceError("the microphone is gone", code="lost", hint="plug it in"))


@dataclass
class Talk:
    """What a script has in its hands."""

    session: object
    source: LosableSource
    sink: LosableSink
    clock: LoopClock
    events: list[e.Event]
    abort: asyncio.Future[OutputError]

    async def until(self, kind: type, count: int = 1) -> None:
        limit = self.clock.now() + 60
        while sum(isinstance(event, kind) for event in self.events) < count:
            assert self.clock.now() < limit, f"no {kind.__name__} number {count}: {self.events}"
            await self.clock.sleep(0.01)

    async def customer(self) -> None:
        """Somebody speaks, from now on."""
        self.source.say(VOICE)
        await self.clock.sleep(VOICE.seconds)


@dataclass
class Cast:
    """Engines of a conversation and how long each step of theirs takes, in seconds."""

    texts: list = field(default_factory=lambda: ["你们几点上班", "我等了两个小时", "谢谢"])
    model: FakeModel = field(default_factory=lambda: FakeModel(("好的，我来帮您看一下。请稍等。",)))
    voice: FakeSynthesizer = field(default_factory=FakeSynthesizer)
    step: float = 0.02

    def engines(self, config: Config) -> Engines:
        return Engines(
            recognizer=FakeRecognizer(self.texts, partials=("你",)),
            model=self.model,
            voice=self.voice,
            knowledge=Knowledge([HOURS]),
            demo=True,
            policy=build_policy(config),
        )


def record(
    path: Path,
    script: Callable | None,
    cast: Cast | None = None,
    *,
    config: Config = QUICK,
    close: bool = True,
    frozen: bool = True,
    lost: bool = False,
) -> list[str]:
    """Hold and record a conversation; its events as on the wire.

    Args:
        script: `script(talk)`, an async function; None: one customer speaks and the source ends.
        close: otherwise the recording is left as by a process that was killed.
        frozen: work takes no time.
        lost: the source that ends is a microphone that was unplugged.
    """
    cast = cast or Cast()
    engines, events = cast.engines(config), []

    async def main() -> None:
        clock, bus = LoopClock(), Bus(events.append)
        source, sink, abort = LosableSource(clock), LosableSink(clock), asyncio.Future()
        writer = SessionWriter(path, header_of(config, engines, source, sink))
        recording = Recording(clock=clock, bus=bus, writer=writer, lane=None, rates=(RATE, cast.voice.rate))

        def lane(name, clock, failure):
            return InlineLane(name, clock, failure, step=cast.step)

        async def direct(session) -> None:
            await script(Talk(session, source, sink, clock, events, abort))

        if script is None:
            source.say(VOICE)
            asyncio.get_running_loop().call_later(6.0, source.lose if lost else source.finish)
        try:
            await stage(
                config,
                engines,
                source=source,
                sink=sink,
                clock=clock,
                bus=bus,
                taps=RecordingTaps(recording, clock, config, lane),
                direct=None if script is None else direct,
                abort=abort,
            )
        except VoiceError:
            pass
        finally:
            if close:
                recording.close()

    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=frozen)) as runner:
        runner.run(main())
    engines.close()
    return [wire.encode(event) for event in events]


def of(lines, kind) -> list:
    return [event for event in map(wire.decode, lines) if isinstance(event, kind)]


def assert_replays(file, recorded) -> None:
    session = read_session(file)
    assert session.complete
    assert list(session.events) == recorded
    for _ in range(2):
        replayed = replay(session)
        assert list(replayed.events) == recorded
        assert (replayed.made_up, replayed.unused) == (0, 0)
