"""The linear model: hashed n-grams and named features in, log-odds of the thirteen states out. Pure NumPy.

W is int8 with one scale a state, shape (COLUMNS + named features, 13); `emotion_policy.training.train` makes
the file.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.emotion import State
from emotion_policy.ngrams import COLUMNS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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

    def log_odds(self, features: Features) -> tuple[list[float], list[float]]:
        """Of the thirteen states in the order of `State`: all that is known, and the hashed columns alone.

        Only differences between states mean anything.
        """
        hashed = self.bias.astype("float64")
        for columns, value in features.hashed():
            hashed += self.weights[columns].sum(axis=0, dtype="int64") * self.scale * value
        known = sorted(features.named.keys() & self.row.keys())  # a sum of floats depends on its order
        values = [features.named[name] for name in known]
        named = values @ self.weights[[self.row[name] for name in known]] * self.scale if known else 0.0
        return (hashed + named).tolist(), hashed.tolist()

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
    from zipfile import BadZipFile  # brings shutil, which nothing else here needs

    try:
        return _read(FILE)
    except (BadZipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{FILE.name} is damaged: {error}") from error


def _read(path: Path) -> Linear:
    import numpy as np

    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        weights, names = file["weights"], [str(name) for name in file["names"]]
        if weights.shape != (COLUMNS + len(names), len(STATES)):
            raise ValueError(f"{path.name} has the shape {weights.shape}")
        return Linear(
            weights=weights,
            scale=file["scale"],
            bias=file["bias"],
            temperature=float(file["temperature"]),
            row={name: COLUMNS + at for at, name in enumerate(names)},
        )
