"""The linear model: hashed n-grams and named features in, log-odds of the thirteen states out. Pure NumPy.

W is int8 with one scale a state, shape (COLUMNS + named features, 13); `emotion_policy.training.train` makes
the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.emotion import State
from emotion_policy.ngrams import COLUMNS

FILE = Path(__file__).with_name("linear.npz")
STATES = tuple(State)
MEANINGS, CONTEXT = 0.3, 0.5
"""Weight of meanings, and of what was said before, against the words themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """One utterance as the model sees it."""

    words: Sequence[int]
    """Columns of the words, each once."""
    meanings: Sequence[int]
    """Columns of what they mean."""
    context: Sequence[int]
    """Columns of what was said before."""
    named: Mapping[str, float]
    """Cues, marks, guards, site and dialogue; names that the model was not trained on count nothing."""

    def hashed(self) -> Iterator[tuple[Sequence[int], float]]:
        """Columns and what each of them counts: a long text weighs no more than a short one."""
        for columns, weight in ((self.words, 1.0), (self.meanings, MEANINGS), (self.context, CONTEXT)):
            if columns:
                yield columns, weight / math.sqrt(len(columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    """Of the softmax: a probability of 0.7 is right seven times in ten on situations never trained on."""
    row: Mapping[str, int]
    """Row of each named feature."""

    def log_odds(self, features: Features) -> NDArray[np.float64]:
        """Shape (13,), in the order of `State`; only differences between states mean anything."""
        total = np.zeros(len(STATES))
        for columns, value in features.hashed():
            total += self.weights[columns].sum(axis=0, dtype=np.int64) * value
        for name in sorted(features.named.keys() & self.row.keys()):
            total += self.weights[self.row[name]] * features.named[name]
        return total * self.scale + self.bias

    def share(self, name: str, value: float, state: State) -> float:
        """What one named feature adds to a state's log-odds."""
        row = self.row.get(name)
        if row is None:
            return 0.0
        place = STATES.index(state)
        return float(self.weights[row, place] * self.scale[place] * value)


@cache
def linear() -> Linear:
    """The shipped model, read once.

    Raises:
        OSError, KeyError, ValueError: the file is missing or is not one of ours.
    """
    with np.load(FILE, allow_pickle=False) as file:
        weights, names = file["weights"], [str(name) for name in file["names"]]
        if weights.shape != (COLUMNS + len(names), len(STATES)):
            raise ValueError(f"{FILE.name} has the shape {weights.shape}")
        return Linear(
            weights=weights,
            scale=file["scale"],
            bias=file["bias"],
            temperature=float(file["temperature"]),
            row={name: COLUMNS + at for at, name in enumerate(names)},
        )
