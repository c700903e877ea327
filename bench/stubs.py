"""Engines that cost nothing, an energy detector and a loudspeaker: what is measured is what lies between.

The names and duties are those of the peers' harness, so that `bench.peers_adapter` runs on either.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Generator

from core.audio import FRAME_BYTES, FRAME_SECONDS, SILENT_FRAME

LOUD_FRAME = (b"\x40\x1f" * 8 + b"\xc0\xe0" * 8) * (FRAME_BYTES // 32)
"""A square wave of 1 kHz."""
LOUD_BYTE = 0x1F
START_FRAMES, STOP_FRAMES = 3, 10
"""Frames in a row that begin and end a customer's turn."""
REPLY = [
    *("Well", " I", " can", " surely", " help", " you", " with", " that", " today", "."),
    *(" Now", " we", " can", " look", " at", " the", " next", " small", " thing", ".") * 3,
]
FIRST_SENTENCE = 10
"""Tokens of the first sentence."""
REPLY_WORDS = sum(any(c.isalnum() for c in token) for token in REPLY)

now = time.perf_counter


class Probe:
    """Where a session's stubs write when things happened."""

    def __init__(self) -> None:
        self.marks: dict[str, float] = {}
        self.vad_frames = 0
        self.frames_out = 0
        self.cleared = 0.0

    def mark(self, name: str) -> None:
        self.marks.setdefault(name, now())


class EnergyVad:
    """`feed` answers "start", "stop" or nothing. Looks at two bytes a frame: the stub is free."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.speaking = False
        self._run = 0

    def feed(self, pcm: bytes) -> str | None:
        self._probe.vad_frames += 1
        if (pcm[1] == LOUD_BYTE) == self.speaking:
            self._run = 0
            return None
        self._run += 1
        if self._run < (STOP_FRAMES if self.speaking else START_FRAMES):
            return None
        self.speaking, self._run = not self.speaking, 0
        return "start" if self.speaking else "stop"


class Asr:
    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    def transcribe(self, speech: object) -> str:
        del speech
        self._probe.mark("asr")
        return "hello there what can you do for me today"


class Llm:
    """Token k is due k times `per_token` seconds after the call."""

    def __init__(self, probe: Probe, per_token: float) -> None:
        self._probe = probe
        self._per_token = per_token

    @property
    def first_sentence_due(self) -> float:
        return FIRST_SENTENCE * self._per_token

    async def stream(self) -> AsyncGenerator[str, None]:
        for token, wait in self._steps():
            if wait > 0:
                await asyncio.sleep(wait)
            self._given(token)
            yield token

    def stream_sync(self) -> Generator[str, None, None]:
        for token, wait in self._steps():
            if wait > 0:
                time.sleep(wait)
            self._given(token)
            yield token

    def _steps(self) -> Generator[tuple[str, float], None, None]:
        begun = now()
        self._probe.mark("llm")
        for number, token in enumerate(REPLY, 1):
            yield token, begun + number * self._per_token - now() if self._per_token else 0.0

    def _given(self, token: str) -> None:
        if token == ".":
            self._probe.mark("sentence1")


class Tts:
    """So many frames of sound a word, at once."""

    def __init__(self, probe: Probe, frames_a_word: int) -> None:
        self._probe = probe
        self._frames = frames_a_word

    def synthesize(self, text: str) -> Generator[bytes, None, None]:
        self._probe.mark("tts")
        words = sum(any(c.isalnum() for c in word) for word in text.split())
        for _ in range(words * self._frames):
            yield LOUD_FRAME


class InstantSpeaker:
    """Takes everything at once."""

    paced = False

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    async def write(self, pcm: bytes) -> None:
        self._probe.mark("sink")
        self._probe.frames_out += len(pcm) // FRAME_BYTES

    def clear(self) -> None:
        self._probe.cleared = now()


class PacedSpeaker:
    """A sound card: one frame every 20 ms, room for `depth`; `write` waits for room."""

    paced = True

    def __init__(self, probe: Probe, depth: int) -> None:
        self._probe = probe
        self._depth = depth
        self._queue: deque[bytes] = deque()
        self._clears = 0
        self._room = asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()

    async def write(self, pcm: bytes) -> None:
        clears = self._clears
        while len(self._queue) >= self._depth:
            self._room.clear()
            await self._room.wait()
            if clears != self._clears:
                return
        self._queue.append(pcm)
        self.idle.clear()

    def clear(self) -> None:
        self._probe.cleared = now()
        self._clears += 1
        self._queue.clear()
        self._room.set()
        self.idle.set()

    async def play(self) -> None:
        """The card's own clock; runs until cancelled."""
        due = now()
        while True:
            due = max(due + FRAME_SECONDS, now() - FRAME_SECONDS)
            await asyncio.sleep(max(0.0, due - now()))
            if self._queue:
                self._queue.popleft()
                self._probe.frames_out += 1
                self._room.set()
            if not self._queue:
                self.idle.set()


class Kit:
    """What an implementation is given: one session's stubs and its loudspeaker."""

    profile = "tuned"

    def __init__(self, *, per_token: float = 0.0, frames_a_word: int = 1, paced: bool = False) -> None:
        self.probe = Probe()
        self.asr = Asr(self.probe)
        self.llm = Llm(self.probe, per_token)
        self.tts = Tts(self.probe, frames_a_word)
        self.speaker = PacedSpeaker(self.probe, depth=2) if paced else InstantSpeaker(self.probe)

    def vad(self) -> EnergyVad:
        return EnergyVad(self.probe)


__all__ = ["LOUD_FRAME", "REPLY_WORDS", "SILENT_FRAME", "START_FRAMES", "STOP_FRAMES", "Kit", "now"]
