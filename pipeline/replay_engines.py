"""Engines and the loudspeaker in a replay: what they did is in the recording.

The counterpart of pipeline/recording_engines.py. The loudspeaker's ring is the real one, pulled when it was
pulled; what was waited for takes the time that it took.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from typing import Any, Generic, TypeVar, cast

from audio.playout import Playout
from core.audio import Waveform
from core.errors import EngineError, VoiceError
from core.text import Message, Sentence
from pipeline.journal import Entry
from pipeline.keyed import Keyed, key_of
from pipeline.lane import Load, Start, Steps
from pipeline.replay_agenda import Agenda
from pipeline.replay_outputs import Outputs, Walk

T = TypeVar("T")


class ReplayLane:
    """`pipeline.lane.Lane`: walks the recording."""

    def __init__(self, agenda: Agenda, outputs: Outputs, name: str, failure: type[EngineError]) -> None:
        self.name = name
        self.load = Load()
        self._agenda = agenda
        self._outputs = outputs
        self._failure = failure

    def walk(self, start: Start[T], *, ahead: int = 8) -> Steps[T]:
        del ahead
        asked = start()
        key, sentence = (asked.key, asked.sentence) if isinstance(asked, Keyed) else (None, None)
        walk = self._outputs.walk(self.name, key, sentence, self._failure)
        return ReplaySteps(self._agenda, walk)

    def close(self) -> None:
        pass


class ReplaySteps(Generic[T]):
    """`pipeline.lane.Steps`."""

    def __init__(self, agenda: Agenda, walk: Walk) -> None:
        self._agenda = agenda
        self._began = agenda.at
        self._since = walk.since
        self._outputs = iter(walk.outputs)

    def __aiter__(self) -> ReplaySteps[T]:
        return self

    async def __anext__(self) -> T:
        entry, value = next(self._outputs, (None, None))
        if entry is None:
            return await self._agenda.never()
        at = self._agenda.moved(entry.at, self._since, self._began) if entry.number >= 0 else self._began
        await self._agenda.wait(at, entry)
        if value is None:
            raise StopAsyncIteration
        if isinstance(value, VoiceError):
            raise value
        return cast("T", value)

    def close(self) -> None:
        self._outputs = iter(())


class ReplayLoudspeaker:
    """`pipeline.crew.Loudspeaker`: the real ring; what was waited for takes the time that it took."""

    def __init__(self, agenda: Agenda, playout: Playout, entries: Sequence[Entry]) -> None:
        self._agenda = agenda
        self._playout = playout
        self._did = by(entries, "did", "reply", "nth")
        self._dropped = by(entries, "dropped", "reply", "nth")
        self._firsts = by(entries, "first", "reply")
        self._resumes = by(entries, "resumed", "nth")
        self._paused = by(entries, "paused", "nth")
        self._replies = {reply for reply, _ in (*self._did, *self._dropped)}
        self._reply = self._nth = self._pauses = 0

    def begin(self, on_first: Callable[[], None]) -> None:
        self._reply += 1
        self._nth = 0
        known = self._reply in self._replies
        self._playout.begin(self._at(self._firsts.get((self._reply,)), on_first, known=known))

    async def play(self, waveform: Waveform) -> None:
        await self._done(self._playout.play(waveform))

    async def finish(self) -> None:
        await self._done(self._playout.finish())

    async def drained(self) -> None:
        await self._done(self._playout.drained())

    def pause(self, seconds: float, on_resumed: Callable[[], None]) -> None:
        place = (self._pauses,)
        self._pauses += 1
        resume = self._at(self._resumes.get(place), on_resumed, known=place in self._paused)
        self._playout.pause(seconds, resume)

    def flush(self) -> None:
        self._playout.flush()

    @property
    def reply_played(self) -> float:
        played: float | None = self._agenda.reading("played")
        return self._playout.reply_played if played is None else played

    def _at(self, entry: Entry | None, call: Callable[[], None], *, known: bool) -> Callable[[], None]:
        """When it was recorded; not at all if it might have been and was not; else at once."""
        agenda = self._agenda
        if entry is not None:
            return lambda: agenda.put(entry.at, entry.number, call, entry)
        if known or agenda.cut:
            return lambda: None
        return lambda: agenda.put(agenda.at, -1, call)

    async def _done(self, doing: Coroutine[Any, Any, None]) -> None:
        place, began = (self._reply, self._nth), self._agenda.at
        self._nth += 1
        await doing
        entry = self._did.get(place)
        if place in self._dropped or (entry is None and self._agenda.cut):
            await self._agenda.never()
        if entry is not None:
            await self._agenda.wait(self._agenda.moved(entry.at, entry.fields["since"], began), entry)


class RecordedRecognizer:
    """`asr.engine.Recognizer` that only says what it is asked; the answer is in the recording."""

    def __init__(self, name: str) -> None:
        self.name = name

    def warm_up(self) -> None:
        pass

    def transcribe(self, speech: Waveform) -> Keyed[Any]:
        return Keyed(_nothing(), key_of(speech))

    def close(self) -> None:
        pass


class RecordedModel:
    """`llm.engine.LanguageModel`, likewise."""

    def __init__(self, name: str) -> None:
        self.name = name

    def warm_up(self) -> None:
        pass

    def reply(self, messages: Sequence[Message]) -> Keyed[Any]:
        return Keyed(_nothing(), key_of(messages))

    def forget(self) -> None:
        pass

    def close(self) -> None:
        pass


class RecordedVoice:
    """`tts.engine.Synthesizer`, likewise."""

    def __init__(self, name: str, rate: int, voices: tuple[str, ...]) -> None:
        self.name = name
        self.rate = rate
        self._voices = voices

    def warm_up(self) -> None:
        pass

    def synthesize(self, sentence: Sentence) -> Keyed[Any]:
        return Keyed(_nothing(), key_of(sentence), sentence)

    def voices(self) -> tuple[str, ...]:
        return self._voices

    def use(self, voice: str) -> Keyed[Any]:
        return Keyed(_nothing(), key_of(voice))

    def close(self) -> None:
        pass


def by(entries: Sequence[Entry], kind: str, *names: str) -> dict[tuple[Any, ...], Entry]:
    """Entries of a kind by what tells them apart."""
    return {tuple(entry.fields[name] for name in names): entry for entry in entries if entry.kind == kind}


def _nothing() -> Generator[Any, None, None]:
    yield from ()
