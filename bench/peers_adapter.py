"""Tingshuo in the peers' overhead harness: the product's real session, turn, links, lanes and dialogue.

The harness gives stub engines, a loudspeaker and 20 ms frames; this file wraps the stubs as engines, as
`pipeline.assembly` wraps real ones, each on a `ThreadLane`. What is replaced: the voice detector and
endpointing (the harness brings its own, the same for every framework), the emotion policy and the
knowledge base (no peer has them; constants here). There is no wait to switch off, so the harness's
profiles "stock" and "tuned" are the same. It is copied beside the harness's other adapters as
`ours_adapter.py`; `bench.floor` runs it too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

NAME, SPEAKER_DEPTH = "ours", 2
KEPT_FRAMES = 15
"""Pre-roll: 0.3 s."""

house = SimpleNamespace()
"""The product's names, once `load` has imported them: that import is what the harness times."""


def load() -> str:
    from core.audio import Onset, Utterance, from_pcm, to_pcm
    from core.clock import LoopClock
    from core.emotion import State, Style
    from core.text import Transcript
    from emotion_policy.decision import Arc, Decision
    from llm.knowledge_entry import Advice
    from pipeline.asked import TurnSettings
    from pipeline.bus import Bus
    from pipeline.crew import Crew
    from pipeline.lane import ThreadLane
    from pipeline.session import Session as TheSession

    names = (Onset, Utterance, from_pcm, to_pcm, LoopClock, State, Style, Transcript, Arc, Decision)
    names += (Advice, Bus, Crew, ThreadLane, TurnSettings)
    house.__dict__.update({name.__name__: name for name in names}, TheSession=TheSession)
    return "tingshuo"


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
        await self._speaker.write(house.to_pcm(waveform))
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
    """The three stubs as the three engines. Sound is decoded piece by piece, as from any int16 voice."""

    name, rate = "stub", 16_000

    def __init__(self, kit: Any) -> None:
        self._kit = kit

    def warm_up(self) -> None:
        pass

    def close(self) -> None:
        pass

    def transcribe(self, speech: Any) -> Any:
        yield house.Transcript(text=self._kit.asr.transcribe(speech), final=True, language="en")

    def reply(self, messages: Any) -> Any:
        del messages
        return self._kit.llm.stream_sync()

    def synthesize(self, sentence: Any) -> Any:
        for pcm in self._kit.tts.synthesize(sentence.text):
            yield house.from_pcm(pcm)


class Ear:
    """The harness's voice detector where the product's `audio.listener.Listener` stands."""

    def __init__(self, vad: Any) -> None:
        self._feed = vad.feed
        self._kept: deque[bytes] = deque(maxlen=KEPT_FRAMES)
        self._utterance: list[bytes] | None = None
        self._started = 0.0

    def hear(self, frame: Any) -> Any:
        change = self._feed(frame.pcm)
        if self._utterance is None:
            self._kept.append(frame.pcm)
        else:
            self._utterance.append(frame.pcm)
        return None if change is None else self._notice(change, frame.at)

    def _notice(self, change: str, at: float) -> Any:
        if change == "start":
            self._utterance, self._started = list(self._kept), at
            return house.Onset(started=at)
        spoken, self._utterance = self._utterance or [], None
        return house.Utterance(pcm=b"".join(spoken), started=self._started, ended=at)


def _always(answer: Any) -> Callable[..., Any]:
    def told(*_question: Any) -> Any:
        return answer

    return told


class Session:
    """The harness's contract: start, push, stop."""

    def __init__(self, kit: Any) -> None:
        self._kit = kit

    async def start(self) -> None:
        clock, engine = house.LoopClock(), Engine(self._kit)
        decision = house.Decision(
            state=house.State.SMALLTALK,
            probability=1.0,
            runner_up=house.State.INQUIRY,
            intensity=0.0,
            style=house.Style.WARM,
            arc=house.Arc(),
        )
        advice = house.Advice(kind="none")
        self._crew = house.Crew(
            recognizer=engine,
            hearing=house.ThreadLane("asr", clock),
            model=engine,
            thinking=house.ThreadLane("llm", clock),
            voice=engine,
            speaking=house.ThreadLane("tts", clock),
            loudspeaker=Loudspeaker(self._kit.speaker),
            decide=_always(decision),
            consult=_always(advice),
            banned=_always(()),
        )
        self._session = house.TheSession(
            crew=self._crew,
            listen=Ear(self._kit.vad()).hear,
            clock=clock,
            bus=house.Bus(),
            settings=house.TurnSettings(scenario="government"),
        )
        self._running = asyncio.get_running_loop().create_task(self._session.run())

    async def push(self, pcm: bytes) -> None:
        self._session.hear(pcm)

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.wait([self._running])  # before the lanes are closed: a turn lets its lanes go
        self._crew.close()
