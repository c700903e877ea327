"""Tingshuo in the peers' overhead harness: the product's real session, turn, links and lanes.

The harness gives stub engines, a loudspeaker and 20 ms frames; this file wraps the stubs as engines, as
`pipeline.assembly` wraps real ones. What is replaced: the voice detector and endpointing (the harness brings
its own, the same for every framework), the emotion policy and the knowledge base (no peer has them).
The harness copies this file beside its other adapters, so it imports the harness's `stubs` by that name.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

NAME, SPEAKER_DEPTH = "ours", 2
_KEPT_FRAMES = 15
"""Pre-roll: 0.3 s."""


def load() -> str:
    for name in ("pipeline.session", "pipeline.lane", "core.clock"):
        importlib.import_module(name)
    return "tingshuo 0.1"


class Loudspeaker:
    """`pipeline.crew.Loudspeaker` over the harness's: it takes PCM and can be cleared."""

    def __init__(self, speaker: Any) -> None:
        self._speaker = speaker
        self._seconds = 0.0
        self._flushed = False
        self._on_first: Callable[[], None] | None = None

    def begin(self, on_first: Callable[[], None]) -> None:
        self._seconds, self._flushed, self._on_first = 0.0, False, on_first

    async def play(self, waveform: Any) -> None:
        from core.audio import to_pcm

        await self._speaker.write(to_pcm(waveform))
        self._seconds += waveform.seconds
        if self._on_first is not None:
            self._on_first()
            self._on_first = None

    async def finish(self) -> None:
        pass

    async def drained(self) -> None:
        if self._speaker.paced:
            await self._speaker.idle.wait()

    def flush(self) -> None:
        if not self._flushed:
            self._flushed = True
            self._speaker.clear()

    @property
    def reply_played(self) -> float:
        return self._seconds


class Engine:
    """The three stubs as the three engines."""

    name, rate = "stub", 16_000

    def __init__(self, kit: Any) -> None:
        from core.audio import from_pcm

        self._kit = kit
        self._decoded = {}
        self._decode = from_pcm

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def transcribe(self, speech: Any) -> Any:
        from core.text import Transcript

        yield Transcript(text=self._kit.asr.transcribe(b""), final=True, language="en")

    def reply(self, messages: Any) -> Any:
        return self._kit.llm.stream_sync()

    def synthesize(self, sentence: Any) -> Any:
        for pcm in self._kit.tts.synthesize(sentence.text):
            if pcm not in self._decoded:
                self._decoded[pcm] = self._decode(pcm)
            yield self._decoded[pcm]


class Ear:
    """The harness's voice detector where the product's `audio.listener.Listener` stands."""

    def __init__(self, vad: Any) -> None:
        from collections import deque

        self._feed = vad.feed
        self._kept: Any = deque(maxlen=_KEPT_FRAMES)
        self._utterance: list[bytes] | None = None
        self._started = 0.0

    def hear(self, frame: Any) -> Any:
        event = self._feed(frame.pcm)
        if self._utterance is None:
            self._kept.append(frame.pcm)
        else:
            self._utterance.append(frame.pcm)
        return None if event is None else self._turn(event, frame.at)

    def _turn(self, event: str, at: float) -> Any:
        from core.audio import Onset, Utterance, from_pcm

        if event == "start":
            self._utterance, self._started = list(self._kept), at
            return Onset(started=at)
        spoken, self._utterance = self._utterance or [], None
        return Utterance(waveform=from_pcm(b"".join(spoken)), started=self._started, ended=at)


class Session:
    """The harness's contract: start, push, stop."""

    def __init__(self, kit: Any) -> None:
        self._kit = kit

    async def start(self) -> None:
        from core.clock import LoopClock
        from emotion_policy.config import EmotionConfig
        from pipeline.bus import Bus
        from pipeline.crew import Crew
        from pipeline.lane import ThreadLane
        from pipeline.session import Session as TheSession
        from pipeline.turn import TurnSettings

        clock = LoopClock()
        engine = Engine(self._kit)
        decision, advice = _constants()
        self._crew = Crew(
            recognizer=engine,
            hearing=ThreadLane("asr", clock),
            model=engine,
            thinking=ThreadLane("llm", clock),
            voice=engine,
            speaking=ThreadLane("tts", clock),
            loudspeaker=Loudspeaker(self._kit.speaker),
            decide=lambda _observation: decision,
            consult=lambda _text, _language: advice,
        )
        self._session = TheSession(
            crew=self._crew,
            listen=Ear(self._kit.vad()).hear,
            clock=clock,
            bus=Bus(),
            settings=TurnSettings(scenario=EmotionConfig().scenario),
        )
        self._running = asyncio.get_running_loop().create_task(self._session.run())

    async def push(self, pcm: bytes) -> None:
        self._session.hear(pcm)

    async def stop(self) -> None:
        self._running.cancel()
        self._crew.close()


def _constants() -> tuple[Any, Any]:
    from core.emotion import State, Style
    from emotion_policy.decision import Arc, Decision
    from llm.knowledge_entry import Advice

    decision = Decision(
        state=State.SMALLTALK,
        probability=1.0,
        runner_up=State.INQUIRY,
        intensity=0.0,
        style=Style.WARM,
        arc=Arc(),
    )
    return decision, Advice(kind="none")
