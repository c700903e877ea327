"""The floor: hear, think and speak as plain asyncio, with no framework at all.

Three tasks and two queues, a turn number against what is stale, sentences cut at the mark itself: what
somebody would write in an afternoon who needs neither events, nor errors, nor threads.
"""

from __future__ import annotations

import asyncio
import platform
from typing import Any

NAME, SPEAKER_DEPTH = "bare", 2
KEPT_BYTES = 32_000


def load() -> str:
    return f"asyncio {platform.python_version()}"


class Session:
    def __init__(self, kit: Any) -> None:
        self._kit = kit
        self._number = 0
        self._microphone: asyncio.Queue[bytes] = asyncio.Queue()
        self._turns: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._sentences: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        self._history: list[tuple[str, str]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(each()) for each in (self._hear, self._think, self._speak)]

    async def push(self, pcm: bytes) -> None:
        self._microphone.put_nowait(pcm)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def _hear(self) -> None:
        vad, kept = self._kit.vad(), bytearray()
        while True:
            pcm = await self._microphone.get()
            change = vad.feed(pcm)
            kept += pcm
            if change == "start":
                self._number += 1
                self._kit.speaker.clear()
            elif change == "stop":
                self._turns.put_nowait((self._number, self._kit.asr.transcribe(bytes(kept))))
                kept.clear()
            elif not vad.speaking:
                del kept[:-KEPT_BYTES]

    async def _think(self) -> None:
        while True:
            number, words = await self._turns.get()
            self._history.append(("user", words))
            reply, sentence = "", ""
            async for token in self._kit.llm.stream():
                if number != self._number:
                    break
                sentence += token
                if token[-1] in ".!?":
                    self._sentences.put_nowait((number, sentence))
                    reply, sentence = reply + sentence, ""
            self._history.append(("assistant", reply))

    async def _speak(self) -> None:
        while True:
            number, sentence = await self._sentences.get()
            for pcm in self._kit.tts.synthesize(sentence):
                if number != self._number:
                    break
                await self._kit.speaker.write(pcm)
