"""A stage for scripted conversations: the real session and turn, fake engines, virtual time, no threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from core import events as e
from core.audio import FRAME_SECONDS, SILENT_FRAME, Heard, Onset, Suspicion, Utterance, Waveform, to_pcm
from core.clock import LoopClock, SkippingLoop
from core.emotion import Delivery, State, Style
from core.errors import AsrError, LlmError, TtsError, VoiceError
from core.text import Sentence
from emotion_policy.decision import Arc, Decision
from llm.fake import FakeModel
from llm.knowledge_entry import Advice
from pipeline.bus import Bus
from pipeline.crew import Crew
from pipeline.desk import not_recorded
from pipeline.lane import InlineLane, Load
from pipeline.openers import OpenerCache
from pipeline.session import Session
from pipeline.turn import TurnSettings
from tts.fake import FakeSynthesizer


class FakeLoudspeaker:
    """Plays in clock time, at most 1.5 s ahead, and counts like the real one."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self._offered = 0.0
        self._started: float | None = None
        self._stopped: float | None = None
        self._silent = 0.0  # seconds of pauses that are over
        self._pause: tuple[float, float, Callable[[], None]] | None = None  # (begun, seconds, on_resumed)
        self._on_first: Callable[[], None] | None = None
        self.flushed_at: list[float] = []

    def begin(self, on_first: Callable[[], None]) -> None:
        self._offered, self._started, self._stopped, self._on_first = 0.0, None, None, on_first
        self._silent, self._pause = 0.0, None

    async def play(self, waveform: Waveform) -> None:
        if self._started is None:
            self._started = self._clock.now()
            if self._on_first is not None:
                self._on_first()
        self._offered += waveform.seconds
        while self._offered - self.reply_played > 1.5:
            await self._clock.sleep(FRAME_SECONDS)

    async def finish(self) -> None:
        pass

    async def drained(self) -> None:
        while self._stopped is None and self.reply_played < self._offered - 1e-9:
            await self._clock.sleep(max(self._offered - self.reply_played, 0.001))

    def pause(self, seconds: float, on_resumed: Callable[[], None]) -> None:
        begun = self._pause = (self._clock.now(), seconds, on_resumed)

        def resume() -> None:
            if self._pause is begun:
                self._pause = None
                self._silent += seconds
                on_resumed()

        asyncio.get_running_loop().call_later(seconds, resume)

    def flush(self) -> None:
        if self._pause is not None:  # the device's thread may have sent its word already
            asyncio.get_running_loop().call_soon(self._pause[2])
        self._stopped, self._pause = self.reply_played, None
        self.flushed_at.append(self._clock.now())

    @property
    def reply_played(self) -> float:
        if self._stopped is not None:
            return self._stopped
        if self._started is None:
            return 0.0
        now = self._clock.now() if self._pause is None else self._pause[0]
        return min(self._offered, now - self._started - self._silent)


class WorkingLane:
    """A lane that works while nobody takes, as a thread does: one walk after the other, in the clock's time.

    Args:
        step: seconds that each step takes.
    """

    name = "asr"
    load = Load()

    def __init__(self, step: float) -> None:
        self._step = step
        self._walks: deque[WorkingWalk] = deque()
        self._loop = asyncio.get_running_loop()

    def walk(self, start: Callable, *, ahead: int = 8) -> WorkingWalk:
        del ahead
        steps = WorkingWalk(start)
        self._walks.append(steps)
        if len(self._walks) == 1:
            self._loop.call_later(self._step, self._work)
        return steps

    def close(self) -> None:
        pass

    @property
    def idle(self) -> bool:
        return not self._walks

    def _work(self) -> None:
        if self._walks[0].step():
            self._walks.popleft()
        if self._walks:
            self._loop.call_later(0.0 if self._walks[0].closed else self._step, self._work)


class WorkingWalk:
    def __init__(self, start: Callable) -> None:
        self._start = start
        self._generator = None
        self._ready: deque = deque()
        self._error: VoiceError | None = None
        self._ended = False
        self._news = asyncio.Event()
        self.closed = False

    def step(self) -> bool:
        """Whether that was the last one: it gave the final transcript, or an error, or nobody wants more."""
        self._generator = self._generator or self._start()
        try:
            if not self.closed:
                self._ready.append(next(self._generator))
        except StopIteration:
            self._ended = True
        except VoiceError as error:
            self._error = error
        self._ended = self._ended or self.closed or self._error is not None or self._ready[-1].final
        if self._ended:
            self._generator.close()
        self._news.set()
        return self._ended

    def __aiter__(self) -> WorkingWalk:
        return self

    async def __anext__(self):
        while not self._ready:
            if self._ended:
                raise self._error or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._ready.popleft()

    def close(self) -> None:
        self.closed = True


class Key:
    """A listener's side of push-to-talk. Hears noise as long as it is held."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self._since: float | None = None

    @property
    def held(self) -> bool:
        return self._since is not None

    def hold(self) -> None:
        self._since = self._clock.now()

    def release(self) -> Utterance:
        now, since, self._since = self._clock.now(), self._since, None
        sound = np.random.default_rng(2).uniform(-0.5, 0.5, round(16_000 * (now - since))).astype(np.float32)
        return Utterance(
            pcm=to_pcm(Waveform(sound, 16_000)), started=since, ended=now, abandoned=now == since
        )


_ARC = Arc(
    open=Delivery(style=Style.WARM),
    body=Delivery(style=Style.PROFESSIONAL),
    close=Delivery(style=Style.SOOTHING),
)


def chat(observation) -> Decision:
    return Decision(
        state=State.SMALLTALK,
        probability=1.0,
        runner_up=State.INQUIRY,
        intensity=0.0,
        style=Style.WARM,
        arc=_ARC,
        because="test",
        steering="亲切",
        memory=observation.memory,
    )


@dataclass
class Stage:
    """What a scripted conversation is made of. Times are seconds on the virtual clock."""

    texts: list = field(default_factory=list)
    replies: tuple = ("好的，我来帮您看一下。请稍等。",)
    decide: Callable = chat
    consult: Callable = lambda _text, _language: Advice(kind="none")
    asr_seconds: float = 0.05
    token_seconds: float = 0.02
    voice_seconds: float = 0.01
    barge_in: bool = True
    settings: TurnSettings = TurnSettings(scenario="government")  # noqa: RUF009  # frozen
    recognizer: object = None
    model: object = None
    voice: object = None
    openers: tuple[Sentence, ...] | None = None
    """What `OpenerCache.prepare` renders; None: no cache."""
    ears_work: bool = False
    """The recogniser's lane works while nobody takes what it hears."""
    site: object = None
    save: Callable = not_recorded

    def play(self, script: Callable) -> Played:
        """Run `script(scene)`, an async function, beside the session; return what happened."""
        with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
            return runner.run(self._play(script))

    async def _play(self, script: Callable) -> Played:
        clock, events = LoopClock(), []
        loudspeaker = FakeLoudspeaker(clock)
        heard: list = []
        voice = self.voice or FakeSynthesizer()
        speaking = InlineLane("tts", clock, TtsError, step=self.voice_seconds)
        crew = Crew(
            recognizer=self.recognizer or FakeRecognizer(self.texts),
            hearing=WorkingLane(self.asr_seconds)
            if self.ears_work
            else InlineLane("asr", clock, AsrError, step=self.asr_seconds),
            model=self.model or FakeModel(self.replies),
            thinking=InlineLane("llm", clock, LlmError, step=self.token_seconds),
            voice=voice,
            speaking=speaking,
            loudspeaker=loudspeaker,
            decide=self.decide,
            consult=self.consult,
            openers=None if self.openers is None else OpenerCache(voice, speaking, self.openers),
            site=self.site,
        )
        key = Key(clock)
        session = Session(
            crew=crew,
            listen=lambda _frame: heard.pop(0) if heard else None,
            clock=clock,
            bus=Bus(events.append),
            settings=self.settings,
            talk=key,
            barge_in=self.barge_in,
            save=self.save,
        )
        scene = Scene(session, clock, events, heard, loudspeaker, crew)

        async def direct() -> None:
            await script(scene)
            session.finish()

        async with asyncio.TaskGroup() as group:
            group.create_task(direct())
            await session.run()
        return Played(events, session, loudspeaker, crew)


@dataclass
class Scene:
    session: Session
    clock: LoopClock
    events: list
    _heard: list
    loudspeaker: FakeLoudspeaker
    crew: Crew

    def suspect(self, patience: float = 0.2) -> None:
        """Voice detection suspects somebody of speaking."""
        self.tell(Suspicion(patience=patience))

    def onset(self) -> None:
        self.tell(Onset(started=self.clock.now() - 0.06))

    def tell(self, heard: Heard) -> None:
        """Voice detection and endpointing have come to this."""
        self._heard.append(heard)
        self.session.hear(SILENT_FRAME)

    async def utter(self, seconds: float = 1.0, sound: Waveform | None = None) -> None:
        """The customer starts, speaks for so long, and ends. Args: sound: that long; by default noise."""
        self.onset()
        await self.clock.sleep(seconds)
        if sound is None:
            rng = np.random.default_rng(1)
            sound = Waveform(rng.uniform(-0.5, 0.5, round(16_000 * seconds)).astype(np.float32), 16_000)
        now = self.clock.now()
        self.tell(Utterance(pcm=to_pcm(sound), started=now - seconds, ended=now - 0.5))

    async def until(self, kind: type, count: int = 1, seconds: float = 30.0):
        """Wait until so many events of a kind have been said; return the last."""
        limit = self.clock.now() + seconds
        while True:
            found = [event for event in self.events if isinstance(event, kind)]
            if len(found) >= count:
                return found[count - 1]
            assert self.clock.now() < limit, (
                f"no {kind.__name__} number {count} within {seconds} s: {self.events}"
            )
            await self.clock.sleep(0.005)

    async def pause(self, seconds: float) -> None:
        await self.clock.sleep(seconds)


@dataclass
class Played:
    events: list
    session: Session
    loudspeaker: FakeLoudspeaker
    crew: Crew

    def all(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.all(e.TurnEnded)]

    @property
    def history(self) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in self.session.dialogue.history]


@pytest.fixture(scope="session")
def stage():
    return Stage
