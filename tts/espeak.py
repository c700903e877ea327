"""The embedded voice: espeak-ng, Mandarin and English, in the styles of the emotion policy.

A sentence becomes its spoken form, then clauses of one language each; a clause is one call of the library
(about 1 ms per second of sound, and a clause is at most 120 Latin characters or 40 Hanzi), and its sound
then leaves in steps of 0.1 s. So the longest step, and with it the time to the first sound and to a cancel,
is one clause's call; closing the generator in mid-word drops the rest. `close` from another thread
ends a call in flight at its next block. No thread, no subprocess.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Generator

import numpy as np

from core.audio import INT16_SCALE, Samples, Waveform
from core.text import Language, Sentence, Spoken
from tts.clauses import Clause, clauses
from tts.config import EspeakConfig
from tts.espeak_library import EspeakLibrary, VoiceSettings
from tts.iong import respell
from tts.marks import Mark, marks_of, rising
from tts.spoken import SpokenForm, spoken_form
from tts.styles import Manner, manner_of, pitch_range, words_a_minute

STEP_SECONDS = 0.1
PLAIN = "plain"
"""What no timbre is called."""


class EspeakSynthesizer:
    """`tts.engine.Synthesizer` on libespeak-ng; each instance has its own copy of the library."""

    def __init__(self, config: EspeakConfig) -> None:
        """Load the library and both voices.

        Raises:
            ModelMissing: library or voices are not there.
            ModelDamaged: they are there and cannot be used.
            ConfigError: a voice of `config` does not exist.
        """
        self._base: dict[Language, int] = {"zh": config.rate_zh, "en": config.rate_en}
        self._config = config
        self._library = EspeakLibrary(config.library, config.voices)
        self.rate = self._library.rate
        try:
            self._take(config.variant)
        except BaseException:
            self.close()
            raise

    def warm_up(self) -> None:
        """Say a word in each language to nobody: the first call of a voice takes 8 ms, later ones 1."""
        for language, word in (("en", "ready"), ("zh", "好")):
            sentence = Sentence(text=word, index=0, language="zh" if language == "zh" else "en")
            for _ in self.synthesize(sentence):
                pass

    def synthesize(self, sentence: Sentence) -> Generator[Waveform | Spoken, None, None]:
        """See `tts.engine.Synthesizer.synthesize`; one `Spoken` per Hanzi and per English word."""
        manner = manner_of(sentence.delivery)
        form = spoken_form(sentence.text, sentence.language)
        start = reached = 0
        for clause in clauses(_speakable(form.text), sentence.language):
            samples, marks = self._say(clause, form, manner)
            pause = round(clause.pause / manner.rate * self.rate)
            samples = np.concatenate((samples, np.zeros(pause, np.float32)))
            news = list(rising(marks, reached))
            reached = news[-1][1] if news else reached
            yield from self._steps(samples, news, start)
            start += len(samples)
        yield from self._steps(
            np.zeros(round(max(0.0, sentence.delivery.pause) * self.rate), np.float32), [], start
        )

    def voices(self) -> tuple[str, ...]:
        """See `tts.engine.ManyVoiced.voices`: "plain" and all timbres."""
        speaks = self._variant or PLAIN
        return (speaks, *(name for name in (PLAIN, *self._library.variants()) if name != speaks))

    def use(self, voice: str) -> Generator[str, None, None]:
        """See `tts.engine.ManyVoiced.use`: a timbre such as f3 or Annie; "plain" or nothing for none.

        Raises:
            ConfigError: there is no such timbre.
        """
        self._take("" if voice == PLAIN else voice)
        yield self.name

    def close(self) -> None:
        self._library.close()

    def _take(self, variant: str) -> None:
        """Both voices with a timbre laid over them, if all of that exists."""
        laid = f"+{variant}" if variant else ""
        voices: dict[Language, str] = {"zh": self._config.voice_zh + laid, "en": self._config.voice_en + laid}
        if variant:
            self._library.check_variant(variant)
        for voice in voices.values():
            self._library.check_voice(voice)
        self._variant, self._voices = variant, voices
        self.name = f"espeak-ng {voices['zh']}, {voices['en']}"

    def _say(self, clause: Clause, form: SpokenForm, manner: Manner) -> tuple[Samples, list[Mark]]:
        text, origin = (
            respell(clause.text) if clause.language == "zh" else (clause.text, range(len(clause.text)))
        )
        settings = VoiceSettings(
            voice=self._voices[clause.language],
            rate=words_a_minute(self._base[clause.language], manner.rate),
            pitch=manner.pitch,
            range=pitch_range(manner, clause.language),
            volume=manner.volume,
        )
        speech = self._library.speak(text, settings)
        places = marks_of(speech.words, origin, clause.text, len(speech.samples), clause.language)
        marks = [(sample, form.reached[clause.start + index]) for sample, index in places]
        return speech.samples.astype(np.float32) / np.float32(INT16_SCALE), marks

    def _steps(
        self, samples: Samples, marks: list[Mark], start: int
    ) -> Generator[Waveform | Spoken, None, None]:
        """Hand the sound out in small steps, each mark before the step that holds it."""
        size = round(STEP_SECONDS * self.rate)
        following = 0
        for at in range(0, len(samples), size):
            while following < len(marks) and marks[following][0] < at + size:
                sample, characters = marks[following]
                yield Spoken(at_samples=start + sample, characters=characters)
                following += 1
            yield Waveform(samples[at : at + size], self.rate)


def _speakable(text: str) -> str:
    """Put spaces for what the library would read by name (emoji) or take as its own (`[[`)."""
    return "".join(
        " "
        if c in "[]" or (unicodedata.category(c) in ("So", "Sk", "Cc", "Cs", "Co", "Cn", "Cf") and c != "\n")
        else c
        for c in text
    )
