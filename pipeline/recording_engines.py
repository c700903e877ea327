"""Engines' lanes and the loudspeaker of a recording: what they give is written down as it is taken.

Around the real thing, on the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from audio.playout import Playout
from core.audio import Waveform
from core.errors import VoiceError
from pipeline.keyed import Keyed
from pipeline.lane import Lane, Start, Steps
from pipeline.recording import Recording

T = TypeVar("T")


class TappedLane:
    """`pipeline.lane.Lane`."""

    def __init__(self, recording: Recording, lane: Lane) -> None:
        self.name = lane.name
        self.load = lane.load
        self._recording = recording
        self._lane = lane
        self._walks = 0

    def walk(self, start: Start[T], *, ahead: int = 8) -> Steps[T]:
        about: dict[str, Any] = {"lane": self.name, "walk": self._walks, "since": self._recording.at}
        self._walks += 1

        def begin() -> Any:
            steps = start()
            if isinstance(steps, Keyed):  # on the lane's thread; read on the loop when there is a value
                sentence = steps.sentence
                about.update(key=steps.key, characters=0 if sentence is None else len(sentence.text))
            return steps

        return TappedSteps(self._recording, self._lane.walk(begin, ahead=ahead), about)

    def close(self) -> None:
        self._lane.close()


class TappedSteps(Generic[T]):
    """`pipeline.lane.Steps`."""

    def __init__(self, recording: Recording, steps: Steps[T], about: dict[str, Any]) -> None:
        self._recording = recording
        self._steps = steps
        self._about = about
        self._told = False

    def __aiter__(self) -> TappedSteps[T]:
        return self

    async def __anext__(self) -> T:
        try:
            value = await anext(self._steps)
        except StopAsyncIteration:
            await self._took(None)
            raise
        except VoiceError as error:
            await self._took(error)
            raise
        await self._took(value)
        return value

    def close(self) -> None:
        self._tell()
        self._steps.close()

    async def _took(self, value: Any) -> None:
        self._tell()
        fields = {"lane": self._about["lane"], "walk": self._about["walk"], "value": value}
        await self._recording.admitted("took", fields)

    def _tell(self) -> None:
        """Once: what was asked; nothing of it, if the walk was let go of before the engine was asked."""
        if not self._told:
            self._told = True
            self._recording.aside("walk", {"key": None, "characters": 0, **self._about})


class TappedLoudspeaker:
    """`pipeline.crew.Loudspeaker`."""

    def __init__(self, recording: Recording, playout: Playout) -> None:
        self._recording = recording
        self._playout = playout
        self._reply = self._nth = self._pauses = 0

    def begin(self, on_first: Callable[[], None]) -> None:
        self._reply += 1
        self._nth = 0
        reply, recording = self._reply, self._recording
        self._playout.begin(lambda: recording.admit("first", {"reply": reply}, on_first))

    async def play(self, waveform: Waveform) -> None:
        await self._did(self._playout.play(waveform))

    async def finish(self) -> None:
        await self._did(self._playout.finish())

    async def drained(self) -> None:
        await self._did(self._playout.drained())

    def pause(self, seconds: float, on_resumed: Callable[[], None]) -> None:
        nth, recording = self._pauses, self._recording
        self._pauses += 1
        recording.aside("paused", {"nth": nth})
        self._playout.pause(seconds, lambda: recording.admit("resumed", {"nth": nth}, on_resumed))

    def flush(self) -> None:
        self._playout.flush()

    @property
    def reply_played(self) -> float:
        played = self._playout.reply_played
        self._recording.read("played", played)
        return played

    async def _did(self, doing: Any) -> None:
        fields = {"reply": self._reply, "nth": self._nth, "since": self._recording.at}
        self._nth += 1
        try:
            await doing
            await self._recording.admitted("did", fields)
        except asyncio.CancelledError:
            self._recording.aside("dropped", {"reply": fields["reply"], "nth": fields["nth"]})
            raise
