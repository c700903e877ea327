"""Train the linear model from the situation cards: the same cards and code give the same file, byte for byte.

Some seconds on one core. Nothing is downloaded and nothing random is used beyond seeds taken from the rows.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.emotion import State
from emotion_policy.decision import Observation
from emotion_policy.features import features
from emotion_policy.lexicon import lexicon
from emotion_policy.linear import FILE, STATES, Features
from emotion_policy.listening import Heard, listen
from emotion_policy.memory import Memory
from emotion_policy.ngrams import COLUMNS
from emotion_policy.normalise import normalise
from emotion_policy.training import cards, fit
from emotion_policy.training.cards import Row
from emotion_policy.training.variants import variants

WORDS_PENALTY, NAMED_PENALTY = 3e-5, 1e-2
"""L2 of an n-gram and of a named feature."""
MADE = 0.25
"""Importance of a made row beside a written one."""
BELIEVED, BELIEVED_OF_DISTRESS = 0.3, 0.7
"""Log-odds, before the temperature, of a cue of weight 1 while no row speaks against it."""
STEPS = 60
TEMPERATURE = 0.4
"""Of the softmax; `emotion_policy.training.calibrate` finds it."""


def observe(row: Row) -> Observation:
    """The row as the policy meets it, its history told by the cues alone: no model is needed to train one."""
    states: list[State] = []
    words: list[str] = []
    asked = ""
    for role, text in row.history:
        if role == "assistant":
            asked = text
            continue
        plain = normalise(text)
        sums = dict.fromkeys(STATES, 0.0)
        for one in listen(plain, lexicon()).evidence:
            sums[one.state] += one.weight
        best = max(STATES, key=lambda state: sums[state])
        states.append(best if sums[best] >= 0.8 else State.INQUIRY)
        words.append(plain)
    memory = Memory(states=tuple(states), words=tuple(words))
    return Observation(text=row.text, language="zh", scenario=row.scenario, asked=asked, memory=memory)


def read(row: Row) -> Features:
    observation = observe(row)
    text = normalise(observation.text)
    return features(text, heard(text), observation)


def heard(text: str) -> Heard:
    return listen(text, lexicon())


def entries(one: Features, place: dict[str, int]) -> list[tuple[int, float]]:
    """One row of the matrix: columns ascending, n-grams before named features."""
    cells: dict[int, float] = {}
    for columns, value in one.hashed():
        for column in columns:
            cells[column] = cells.get(column, 0.0) + value
    for name, value in one.named.items():
        if name in place:
            cells[COLUMNS + place[name]] = value
    return sorted(cells.items())


def train(written: Sequence[Row], made: Sequence[Row]) -> tuple[fit.Floats, fit.Floats, list[str]]:
    """Weights (COLUMNS + named, 13), bias (13,), names."""
    rows = [*written, *made]
    return train_on(rows, [read(row) for row in rows], len(written))


def train_on(
    rows: Sequence[Row], seen: Sequence[Features], written: int
) -> tuple[fit.Floats, fit.Floats, list[str]]:
    """`train` over rows that have been read: the written ones first."""
    names = sorted({name for one in seen for name in one.named})
    place = {name: at for at, name in enumerate(names)}
    matrix = fit.Sparse.of([entries(one, place) for one in seen])
    states = np.array([STATES.index(row.state) for row in rows])
    importance = np.array([1.0] * written + [MADE] * (len(rows) - written)) * _rarity(states)
    importance /= importance.mean()
    penalty = np.where(matrix.used < COLUMNS, WORDS_PENALTY, NAMED_PENALTY)
    weights = _prior(names)
    small, bias = fit.fit(
        matrix, states, importance, penalty, prior=weights[matrix.used], classes=len(STATES), steps=STEPS
    )
    weights[matrix.used] = small
    return weights, bias, names


def _prior(names: Sequence[str]) -> fit.Floats:
    """What the authors of the cues believed of them: (COLUMNS + named, 13), zero for all else."""
    told = {f"cue:{cue.name}": cue.state for cue in lexicon().cues}
    told |= {f"sound:{state}": state for state in STATES}
    prior = np.zeros((COLUMNS + len(names), len(STATES)))
    for at, name in enumerate(names):
        state = told.get(name)
        if state is not None:
            grave = state in {State.URGENT, State.GRIEF, State.ABUSIVE}
            prior[COLUMNS + at, STATES.index(state)] = BELIEVED_OF_DISTRESS if grave else BELIEVED
    return prior


def _rarity(states: NDArray[np.int64]) -> fit.Floats:
    """Rows of a rare state count more, by the square root of how rare it is."""
    counts = np.bincount(states, minlength=len(STATES))
    return 1 / np.sqrt(np.maximum(counts[states], 1))


def save(path: Path, weights: fit.Floats, bias: fit.Floats, names: Sequence[str]) -> None:
    """Write int8 weights with one scale a state."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
    np.savez_compressed(
        path,
        weights=np.asarray(np.round(weights / scale), dtype=np.int8),
        scale=scale.astype(np.float32),
        bias=bias.astype(np.float32),
        temperature=np.float32(TEMPERATURE),
        names=np.array(names),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m emotion_policy.training.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=FILE, help="where the weights go (default: %(default)s)")
    given = parser.parse_args(arguments)
    written = cards.read()
    made = variants(written)
    sys.stderr.write(f"{len(written)} written rows, {len(made)} made of them\n")
    save(given.out, *train(written, made))
    sys.stderr.write(f"wrote {given.out}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
