"""Tingshuo in the peers' overhead harness: the product's real listener, session, turn, links and lanes.

The harness gives stub engines, a loudspeaker and 20 ms frames; this file wraps the stubs as engines, as
`pipeline.assembly` wraps real ones, each on a `ThreadLane`. What is replaced: the voice detector (the
harness's sees every frame, as in every framework), the emotion policy and the knowledge base (no peer has
them; constants here). There is no wait to switch off, so the harness's profiles "stock" and "tuned" are the
same. It is copied beside the harness's other adapters as `ours_adapter.py`; `bench.worker` runs it too.
With `TINGSHUO_HEAR_AHEAD=0` in the environment an utterance is recognised at its end and not in a lull.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

NAME, SPEAKER_DEPTH = "ours", 2
ENDPOINTING = SimpleNamespace(
    silero=False,
    onset=0.06,
    minimum_speech=0.06,
    hangover=0.2,
    preroll=0.3,
    maximum_utterance=60.0,
    longest_pause=0.0,
    hear_ahead=os.environ.get("TINGSHUO_HEAR_AHEAD") != "0",
)
"""`audio.config.AudioConfig` by the harness's rule: three loud frames begin a turn, ten quiet ones end it."""

house = SimpleNamespace()
"""The product's names, once `load` has imported them: that import is what the harness times."""


def load() -> str:
    from audio.endpointing import Endpointing
    from audio.listener import Listener
    from core.audio import SILENT_FRAME, Waveform, to_pcm
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

    names = (Endpointing, Listener, Waveform, to_pcm, LoopClock, State, Style, Transcript, Arc, Decision)
    names += (Advice, Bus, Crew, ThreadLane, TurnSettings)
    named = {name.__name__: name for name in names}
    house.__dict__.update(named, TheSession=TheSession, SILENT_FRAME=SILENT_FRAME)
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
    """The three stubs as the three engines. The voice gives int16 and the speaker takes it: it stays such."""

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
            yield house.Waveform(pcm, self.rate)


class Gate:
    """`audio.vad.VoiceGate`: the harness's detector sees the frame; what is not silent is voiced."""

    suspicious = False

    def __init__(self, vad: Any) -> None:
        self._feed = vad.feed
        self._silence = house.SILENT_FRAME

    def voiced(self, pcm: bytes) -> bool:
        self._feed(pcm)
        return pcm != self._silence


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
            listen=house.Listener(Gate(self._kit.vad()), house.Endpointing(ENDPOINTING), ENDPOINTING).hear,
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
