"""What the model is worth on situations it never saw, and the temperature and thresholds that follow from it.

Five folds over the cards: no card is in training and in checking. Prints; changes nothing. The thresholds go
into emotion_policy/policies/base.toml, the temperature into train.py.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from core.emotion import State
from emotion_policy.linear import STATES
from emotion_policy.ngrams import COLUMNS
from emotion_policy.training import cards, fit
from emotion_policy.training.cards import Row
from emotion_policy.training.train import entries, read, train_on
from emotion_policy.training.variants import variants

FOLDS = 5
CALM = frozenset(
    {
        State.PRAISE,
        State.THANKS,
        State.REQUEST,
        State.INQUIRY,
        State.FAREWELL,
        State.GREETING,
        State.SMALLTALK,
    }
)
BRIGHT = frozenset({State.PRAISE, State.THANKS, State.FAREWELL, State.GREETING, State.SMALLTALK})
"""States whose style may be warm or cheerful."""
_MISSED: Mapping[State, float] = {
    State.URGENT: 6, State.GRIEF: 6, State.ABUSIVE: 2, State.COMPLAINT: 3, State.ANXIOUS: 2,
    State.CONFUSED: 1,
}  # fmt: skip
"""What it costs to answer a state as if it were a calm one."""
_FALSELY: Mapping[State, float] = {
    State.URGENT: 4, State.GRIEF: 2, State.ABUSIVE: 4, State.COMPLAINT: 1.5, State.ANXIOUS: 1,
    State.CONFUSED: 1,
}  # fmt: skip
"""What it costs to answer a calm customer as if they were in that state."""


def cost(truth: State, chosen: State) -> float:
    """Cost of answering `truth` as `chosen`: 0 if right, 1 among calm states, more where a tone hurts."""
    if truth is chosen:
        return 0.0
    if truth in CALM:
        return _FALSELY.get(chosen, 1.0)
    missed = _MISSED[truth]
    if chosen in BRIGHT and truth in {State.URGENT, State.GRIEF, State.COMPLAINT, State.ABUSIVE}:
        return 2 * missed
    if chosen in CALM:
        return missed
    return max(1.0, missed / 3, _FALSELY[chosen] if chosen in {State.URGENT, State.ABUSIVE} else 0.0)


COSTS = np.array([[cost(truth, chosen) for chosen in STATES] for truth in STATES])


def out_of_fold(rows: Sequence[Row], *, folds: int = FOLDS) -> fit.Floats:
    """Log-odds (N, 13) of every row by a model that saw no row of its card."""
    made = variants(rows)
    everything = [*rows, *made]
    seen = [read(row) for row in everything]
    fold = np.array([crc32(row.card.encode()) % folds for row in everything])
    odds = np.zeros((len(rows), len(STATES)))
    for number in range(folds):
        kept = [at for at in range(len(everything)) if fold[at] != number]
        written = sum(1 for at in kept if at < len(rows))
        weights, bias, names = train_on([everything[at] for at in kept], [seen[at] for at in kept], written)
        place = {name: at for at, name in enumerate(names)}
        for at in np.flatnonzero(fold[: len(rows)] == number):
            cells = entries(seen[at], place)
            columns, values = [column for column, _ in cells], np.array([value for _, value in cells])
            odds[at] = values @ weights[columns] + bias
        sys.stderr.write(f"fold {number + 1} of {folds}\n")
    return odds


def temperature(odds: fit.Floats, truth: NDArray[np.int64]) -> float:
    """The temperature at which the log-likelihood of the truth is greatest."""

    def loss(candidate: float) -> float:
        return -float(np.log(fit.softmax(odds / candidate)[np.arange(len(truth)), truth] + 1e-12).mean())

    candidates = np.arange(0.1, 4.0, 0.02)
    return round(float(candidates[np.argmin([loss(float(each)) for each in candidates])]), 2)


def choose(shares: fit.Floats, thresholds: fit.Floats) -> NDArray[np.int64]:
    """The first state that reaches its threshold, else the likeliest; as `detect` does."""
    reached = shares >= thresholds
    best = shares.argmax(axis=1)
    best[reached.any(axis=1)] = reached.argmax(axis=1)[reached.any(axis=1)]
    return best


def thresholds(shares: fit.Floats, truth: NDArray[np.int64], *, rounds: int = 3) -> fit.Floats:
    """Thresholds of the least total cost, one state after the other, from the highest precedence down."""
    grid = np.concatenate([np.arange(0.1, 0.96, 0.05), [1.01]])
    rarity = 1 / np.maximum(np.bincount(truth, minlength=len(STATES)), 1)
    best = np.full(len(STATES), 0.5)
    for _ in range(rounds):
        for state in range(len(STATES)):
            trials = np.tile(best, (len(grid), 1))
            trials[:, state] = grid
            totals = [float((COSTS[truth, choose(shares, trial)] * rarity[truth]).sum()) for trial in trials]
            best = trials[int(np.argmin(totals))]
    return best


def macro_f1(truth: NDArray[np.int64], chosen: NDArray[np.int64]) -> float:
    """Mean over states of F1."""
    table = np.zeros((len(STATES), len(STATES)))
    np.add.at(table, (truth, chosen), 1)
    return float((2 * np.diag(table) / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1)).mean())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m emotion_policy.training.calibrate", description=__doc__)
    parser.parse_args(arguments)
    rows = cards.read()
    truth = np.array([STATES.index(row.state) for row in rows])
    odds = out_of_fold(rows)
    warmth = temperature(odds, truth)
    shares = fit.softmax(odds / warmth)
    found = thresholds(shares, truth)
    plain, chosen = shares.argmax(axis=1), choose(shares, found)
    print(f"rows {len(rows)}, columns {COLUMNS}, temperature {warmth}")  # noqa: T201 - a command's output
    for name, picked in (("likeliest", plain), ("with thresholds", chosen)):
        print(  # noqa: T201 - a command's output
            f"{name}: accuracy {(picked == truth).mean():.3f}, macro-F1 {macro_f1(truth, picked):.3f}, "
            f"mean cost {COSTS[truth, picked].mean():.3f}"
        )
    for at, state in enumerate(STATES):
        recall = (chosen[truth == at] == at).mean()
        print(f"{state:<10} threshold {found[at]:.2f}  recall {recall:.3f}")  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
