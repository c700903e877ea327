"""Hearing people with no weights of ours: pocketsphinx over a closed grammar, in English and Mandarin.

The acoustic model is the American English one inside the pocketsphinx wheel; Mandarin reaches it
through `asr/mandarin.toml`. Beams, silence probability and the stretched second look come from the
measurements that `python -m bench.sphinx_accuracy` repeats: default beams lose a quarter of Mandarin
sentences.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pocketsphinx
import soxr
from pypinyin import lazy_pinyin

from asr import english, mandarin
from asr.confidence import CALIBRATIONS, Decoded, Evidence, Segment, probability, weigh
from asr.config import SphinxConfig
from asr.grammar import END, START, SYLLABLE, Grammar, compile_grammar, language_of, tree
from asr.guard import is_silent
from core.audio import HEARING_RATE, Waveform, to_pcm
from core.errors import AsrError, ConfigError, ModelMissing
from core.text import Language, Transcript

log = logging.getLogger(__name__)

_LOG_OF_BASE: Final = math.log(1.0001)
"""pocketsphinx counts log probabilities in steps of this and hands them out exponentiated."""
_SMALLEST: Final = 1e-300
_SHORTEST: Final = 0.2
"""Seconds: no sentence of a grammar is shorter, and the decoder's feature window needs some frames."""
_SENTENCES: Final = "sentences"
_PHONES: Final = "phones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The best sentence for one utterance, believed or not."""

    text: str
    """As handed to the recogniser."""
    language: Language
    evidence: Evidence
    stretch: float

    @property
    def confidence(self) -> float:
        """Log odds that this was said."""
        return CALIBRATIONS[self.language].confidence(self.evidence)


class SphinxRecognizer:
    """Hears one of `sentences`, or nothing.

    Args:
        sentences: everything a customer may say, as the knowledge base words it; that wording comes back.
        config: beams, stretches and the two thresholds.

    Raises:
        ConfigError: no sentence can be read.
        ModelMissing: the pocketsphinx wheel lacks its model.
    """

    def __init__(self, sentences: Sequence[str], config: SphinxConfig | None = None) -> None:
        self._config = config or SphinxConfig()
        self._grammar, pronunciations = _pronounced(compile_grammar(sentences, _syllables))
        if not self._grammar.sentences:
            raise ConfigError(
                "no sentence to listen for", code="grammar", hint="Add questions to the knowledge base."
            )
        for left_out, kept in self._grammar.shadowed:
            log.info("%s sounds like %s and will be heard as it", left_out, kept)
        self._decoder = _decoder(
            beam=self._config.beam,
            pbeam=self._config.beam,
            wbeam=self._config.word_beam,
            silprob=self._config.silence_probability,
        )
        # Default beams: a loop of phones needs no wide search, and a third of the time is saved.
        self._phones = _decoder()
        self._phones.add_allphone_file(_PHONES, str(_model("en-us/en-us-phone.lm.bin")))
        self._phones.activate_search(_PHONES)
        self._teach(pronunciations)
        self.name = f"pocketsphinx ({len(set(self._grammar.sentences.values()))} sentences)"

    def warm_up(self) -> None:
        noise = np.random.default_rng(0).normal(0.0, 0.01, HEARING_RATE // 2).astype(np.float32)
        self.hear(Waveform(noise, HEARING_RATE))

    def transcribe(self, speech: Waveform) -> Generator[Transcript, None, None]:
        """Yield one final transcript: a sentence of the grammar, or empty text."""
        yield self.judge(self.hear(speech))

    def judge(self, heard: Heard | None) -> Transcript:
        """Believe what was heard, doubt it (`confirm`), or drop it (empty text)."""
        if heard is None:
            return Transcript(text="", final=True, language="zh", no_speech=1.0)
        believed = heard.confidence >= self._config.confirm
        likelihood = probability(heard.confidence)
        return Transcript(
            text=heard.text if believed else "",
            final=True,
            language=heard.language,
            logprob=math.log(max(likelihood, _SMALLEST)),
            no_speech=1.0 - likelihood,
            confirm=believed and heard.confidence < self._config.accept,
        )

    def hear(self, speech: Waveform) -> Heard | None:
        """Find the best sentence, however unlikely; None when the sound holds nothing.

        Stretched looks are taken only while no earlier one is accepted.

        Raises:
            AsrError: wrong rate, or the decoder failed.
        """
        if speech.rate != HEARING_RATE:
            raise AsrError(f"speech at {speech.rate} Hz, expected {HEARING_RATE}", code="rate")
        if speech.seconds < _SHORTEST or is_silent(speech, self._config.silence):
            return None
        best: Heard | None = None
        for stretch in self._config.stretches:
            heard = self._look(speech, stretch)
            if heard is not None and (best is None or heard.evidence.overall > best.evidence.overall):
                best = heard
            if best is not None and best.confidence >= self._config.accept:
                break
        return best

    def close(self) -> None:
        return

    def _look(self, speech: Waveform, stretch: float) -> Heard | None:
        pcm = to_pcm(_stretched(speech, stretch))
        try:
            sentence = _decode(self._decoder, pcm)
            text = self._grammar.sentences.get(sentence.words)
            evidence = weigh(sentence, _decode(self._phones, pcm)) if text is not None else None
        except (RuntimeError, ValueError) as error:
            raise AsrError(
                f"pocketsphinx failed on {speech.seconds:.1f} s of sound: {error}", code="sphinx"
            ) from error
        if text is None or evidence is None:
            return None
        return Heard(text=text, language=language_of(sentence.words), evidence=evidence, stretch=stretch)

    def _teach(self, pronunciations: english.Pronunciations) -> None:
        for word, variants in pronunciations.items():
            for i, phones in enumerate(variants):
                self._decoder.add_word(word if i == 0 else f"{word}({i + 1})", phones, False)
        network = self._decoder.create_fsg(_SENTENCES, START, END, list(tree(self._grammar.sentences)))
        self._decoder.add_fsg(_SENTENCES, network)
        self._decoder.activate_search(_SENTENCES)


def _pronounced(grammar: Grammar) -> tuple[Grammar, dict[str, tuple[str, ...]]]:
    """Find pronunciations for all words, guess where there are none, drop sentences nobody can say."""
    known = english.look_up(
        _model("en-us/cmudict-en-us.dict"), {word for word in grammar.words if not word.startswith(SYLLABLE)}
    )
    found: dict[str, tuple[str, ...]] = {}
    for word in sorted(grammar.words):
        variants, guessed = _variants(word, known)
        sentence = next(text for reading, text in grammar.sentences.items() if word in reading)
        if variants:
            found[word] = variants
        if guessed or not variants:
            log.warning("no pronunciation for %r in %r: %s", word, sentence, variants or "sentence left out")
    return grammar.without(grammar.words - found.keys()), found


def _variants(word: str, known: english.Pronunciations) -> tuple[tuple[str, ...], bool]:
    if not word.startswith(SYLLABLE):
        return english.pronounce(word, known)
    try:
        return mandarin.pronounce(word.removeprefix(SYLLABLE)), False
    except KeyError:
        return (), False


def _syllables(hanzi: str) -> list[str]:
    return lazy_pinyin(hanzi, errors="ignore")


def _model(name: str) -> Path:
    path = Path(pocketsphinx.get_model_path(name))
    if not path.exists():
        hint = "Reinstall the pocketsphinx wheel: its acoustic model comes inside."
        raise ModelMissing(f"pocketsphinx has no {path}", code="sphinx", hint=hint)
    return path


def _decoder(**options: float) -> pocketsphinx.Decoder:
    acoustic = str(_model("en-us/en-us"))
    return pocketsphinx.Decoder(hmm=acoustic, lm=None, dict=None, bestpath=False, loglevel="FATAL", **options)


def _decode(decoder: pocketsphinx.Decoder, pcm: bytes) -> Decoded:
    # Its noise tracker remembers earlier utterances; fresh features make the same sound score the same.
    decoder.reinit_feat()
    decoder.start_utt()
    try:
        decoder.process_raw(pcm, full_utt=True)
    finally:
        # A failed utterance must be closed, or the next cannot start; the first error is the one to tell.
        with suppress(RuntimeError):
            decoder.end_utt()
    hypothesis = decoder.hyp()
    if hypothesis is None:
        return Decoded(words=(), segments=(), score=0.0)
    segments = tuple(
        Segment(
            word=segment.word,
            first=segment.start_frame,
            last=segment.end_frame,
            acoustic=_steps(segment.ascore),
        )
        for segment in decoder.seg()
    )
    return Decoded(words=tuple(hypothesis.hypstr.split()), segments=segments, score=_steps(hypothesis.score))


def _steps(exponentiated: float) -> float:
    return math.log(max(exponentiated, _SMALLEST)) / _LOG_OF_BASE


def _stretched(speech: Waveform, stretch: float) -> Waveform:
    """Slow the sound and lower its formants together, as if a longer vocal tract had said it."""
    if stretch == 1.0:
        return speech
    return Waveform(soxr.resample(speech.samples, HEARING_RATE, HEARING_RATE * stretch), HEARING_RATE)
