"""Engines whose work can be recognised: each generator tells by a key what it was asked for.

The same key is made from the same input in a session that is recorded and in its replay, where it finds the
output that was recorded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import asdict
from typing import Generic, TypeVar

from asr.engine import Recognizer
from core.audio import Waveform, to_pcm
from core.emotion import Opinion
from core.text import Message, Sentence, Spoken, Transcript
from llm.engine import LanguageModel
from tts.engine import Synthesizer, changed, known

T = TypeVar("T")


class Keyed(Generator[T, None, None], Generic[T]):
    """An engine's generator with the key of its input."""

    def __init__(self, steps: Generator[T, None, None], key: str, sentence: Sentence | None = None) -> None:
        self.key = key
        self.sentence = sentence
        """What is to be said, if it is a voice at work."""
        self._steps = steps

    def __next__(self) -> T:
        return next(self._steps)

    def send(self, value: None, /) -> T:
        return self._steps.send(value)

    def throw(self, error: BaseException, /) -> T:  # pyright: ignore[reportIncompatibleMethodOverride] - the other forms are deprecated
        return self._steps.throw(error)

    def close(self) -> None:
        self._steps.close()


def key_of(asked: Waveform | Sequence[Message] | Sentence | str) -> str:
    """The key of an engine's input."""
    match asked:
        case str():
            content = asked.encode()
        case Waveform():
            content = to_pcm(asked)
        case Sentence():
            content = json.dumps({**asdict(asked), "index": 0}, sort_keys=True).encode()
        case messages:
            content = json.dumps([asdict(message) for message in messages]).encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()


class KeyedRecognizer:
    """`asr.engine.Recognizer`."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name = recognizer.name

    def warm_up(self) -> None:
        self._recognizer.warm_up()

    def transcribe(self, speech: Waveform) -> Keyed[Transcript]:
        return Keyed(self._recognizer.transcribe(speech), key_of(speech))

    def close(self) -> None:
        self._recognizer.close()


class KeyedModel:
    """`llm.engine.LanguageModel`."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.name = model.name

    def warm_up(self) -> None:
        self._model.warm_up()

    def reply(self, messages: Sequence[Message]) -> Keyed[Opinion | str]:
        return Keyed(self._model.reply(messages), key_of(messages))

    def forget(self) -> None:
        self._model.forget()

    def close(self) -> None:
        self._model.close()


class KeyedVoice:
    """`tts.engine.Synthesizer`."""

    def __init__(self, voice: Synthesizer) -> None:
        self._voice = voice
        self.name = voice.name
        self.rate = voice.rate

    def warm_up(self) -> None:
        self._voice.warm_up()

    def synthesize(self, sentence: Sentence) -> Keyed[Waveform | Spoken | None]:
        return Keyed(self._voice.synthesize(sentence), key_of(sentence), sentence)

    def voices(self) -> tuple[str, ...]:
        return known(self._voice)

    def use(self, voice: str) -> Keyed[str | None]:
        return Keyed(changed(self._voice, voice), key_of(voice))

    def close(self) -> None:
        self._voice.close()
