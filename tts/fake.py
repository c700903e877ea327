"""A scripted voice: a tone as long as the text, with word events; for tests and rehearsals.

Deterministic to the sample. Says what it is told to fail on; waits only through the function it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator

import numpy as np

from core.audio import Waveform
from core.errors import ModelMissing, TtsError
from core.text import Sentence, Spoken
from tts.styles import manner_of

STEP_SECONDS = 0.1
TONE_HZ = 220.0
LOUDNESS = 0.25
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff_]+(?:['’.:,-][^\W\u3400-\u9fff_]+)*")


class FakeSynthesizer:
    """`tts.engine.Synthesizer` and `ManyVoiced` with no engine behind it."""

    def __init__(
        self,
        *,
        rate: int = 16_000,
        seconds_per_character: float = 0.1,
        first_delay: float = 0.0,
        step_delay: float = 0.0,
        wait: Callable[[float], None] | None = None,
        fail_on: Collection[int] = (),
        fail_after: int = 0,
        voices: Collection[str] = (),
    ) -> None:
        """Script the voice.

        Args:
            rate: Hz.
            seconds_per_character: length of the tone per character of the sentence, white space included.
            first_delay: seconds given to `wait` before the first sound of each sentence.
            step_delay: seconds given to `wait` before each further step.
            wait: takes the delays; without it they pass at once.
            fail_on: indexes of sentences that raise `TtsError`.
            fail_after: steps of sound a failing sentence gives first.
            voices: those it has besides its own.
        """
        self.name = "fake"
        self.rate = rate
        self._voices = frozenset(voices)
        self.said: list[str] = []
        """Texts of the sentences asked for, in order, cancelled ones included."""
        self.warm = False
        self.closed = False
        self._seconds = seconds_per_character
        self._delays = (first_delay, step_delay)
        self._wait = wait
        self._fail_on = frozenset(fail_on)
        self._fail_after = fail_after

    def warm_up(self) -> None:
        self.warm = True

    def synthesize(self, sentence: Sentence) -> Generator[Waveform | Spoken, None, None]:
        """See `tts.engine.Synthesizer.synthesize`; the delivery's rate changes the length."""
        if self.closed:
            raise TtsError("the voice is closed", code="closed")
        per_character = self._seconds / manner_of(sentence.delivery).rate * self.rate
        self.said.append(sentence.text)
        words = [(round(w.start() * per_character), w.end()) for w in _WORD.finditer(sentence.text)]
        sounding = round(len(sentence.text) * per_character) if words else 0
        total = sounding + round(max(0.0, sentence.delivery.pause) * self.rate)
        step = round(STEP_SECONDS * self.rate)
        failing = sentence.index in self._fail_on
        for count, at in enumerate(range(0, total, step)):
            self._delay(count)
            if failing and count >= self._fail_after:
                break
            while words and words[0][0] < at + step:
                sample, characters = words.pop(0)
                yield Spoken(at_samples=sample, characters=characters)
            yield self._tone(at, min(at + step, total), sounding)
        if failing:
            raise TtsError(f"told to fail on sentence {sentence.index}", code="scripted")

    def voices(self) -> tuple[str, ...]:
        """See `tts.engine.ManyVoiced.voices`; its own voice has no name to choose it by."""
        speaks = self.name.removeprefix("fake").strip()
        return (*filter(None, [speaks]), *sorted(self._voices - {speaks}))

    def use(self, voice: str) -> Generator[str, None, None]:
        """See `tts.engine.ManyVoiced.use`."""
        if voice not in self._voices:
            raise ModelMissing(f"there is no voice {voice}", code="voice", hint="take another one")
        self.name = f"fake {voice}"
        yield self.name

    def close(self) -> None:
        self.closed = True

    def _delay(self, count: int) -> None:
        seconds = self._delays[1] if count else self._delays[0]
        if self._wait is not None and seconds > 0:
            self._wait(seconds)

    def _tone(self, start: int, end: int, sounding: int) -> Waveform:
        places = np.arange(start, end)
        samples = LOUDNESS * np.sin(2 * np.pi * TONE_HZ / self.rate * places)
        return Waveform(np.where(places < sounding, samples, 0.0).astype(np.float32), self.rate)
