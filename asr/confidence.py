"""How sure the grammar decoder may be: the sentence's score against a free loop of phones. Pure.

A closed grammar always hears one of its sentences. What a customer really said explains the sound
nearly as well as the best string of phones without any grammar, and evenly; a forced sentence fits here
and not there. Scores are the decoder's own log scores (base 1.0001, scaled by 1/1024); frames are 10
ms.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.text import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A word, phone or pause the decoder placed."""

    word: str
    first: int
    last: int
    """First and last frame, both included."""
    acoustic: float
    """How well the sound fits, without what the grammar or the phones' bigram thinks of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One decoder's best path through an utterance."""

    words: tuple[str, ...]
    segments: tuple[Segment, ...]
    score: float
    """Of the whole path, transitions included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a sentence, in score units per frame; lower is worse."""

    overall: float
    """Sentence minus phones over the whole sound. Above zero where the sentence's triphones know better."""
    spread: float
    """Minus the standard deviation of that difference over the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A logistic model of "this sentence was said"."""

    overall: float
    spread: float
    bias: float

    def confidence(self, evidence: Evidence) -> float:
        """Log odds: 0 is even, 2 is 88 %, -2 is 12 %."""
        return self.overall * evidence.overall + self.spread * evidence.spread + self.bias


CALIBRATIONS: Final[Mapping[Language, Calibration]] = {
    "en": Calibration(overall=0.234, spread=0.086, bias=-0.63),
    "zh": Calibration(overall=0.148, spread=0.136, bias=3.64),
}
"""Fitted by `python -m bench.sphinx_accuracy --fit` on its tuning side. Mandarin is heard through English
phones, so its words never fit as well, and how badly depends on the voice: its fit holds two speakers."""


def weigh(sentence: Decoded, phones: Decoded) -> Evidence | None:
    """Compare a decoded sentence with decoded phones; None when either says nothing."""
    said = [segment for segment in sentence.segments if not _is_pause(segment.word)]
    if not said or not phones.segments:
        return None
    frames = max(sentence.segments[-1].last, phones.segments[-1].last) + 1
    free = np.concatenate([[0.0], np.cumsum(_by_frame(phones.segments, frames))])
    fits = np.array([_per_frame(segment, free) for segment in said])
    return Evidence(overall=(sentence.score - phones.score) / frames, spread=-float(fits.std()))


def probability(confidence: float) -> float:
    """Turn log odds into a probability, for any finite value."""
    return 0.5 * (1.0 + math.tanh(0.5 * confidence))


def _is_pause(word: str) -> bool:
    """Tell the decoder's fillers (`<sil>`, `[NOISE]`, `(NULL)`) from words."""
    return word[0] in "<[("


def _by_frame(segments: Sequence[Segment], frames: int) -> NDArray[np.float64]:
    scores = np.zeros(frames)
    for segment in segments:
        scores[segment.first : segment.last + 1] = segment.acoustic / (segment.last - segment.first + 1)
    return scores


def _per_frame(segment: Segment, free: NDArray[np.float64]) -> float:
    alternative = free[segment.last + 1] - free[segment.first]
    return float((segment.acoustic - alternative) / (segment.last - segment.first + 1))
