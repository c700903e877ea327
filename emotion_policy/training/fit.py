"""Multinomial logistic regression on sparse rows, in NumPy: full batches, Adam, L2. Deterministic.

Shapes: N rows, D columns, K = 13 states. A row is a list of (column, value).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sparse:
    """N rows of D columns, stored twice: by row to multiply, by column to sum gradients."""

    columns: NDArray[np.int64]
    values: Floats
    starts: NDArray[np.int64]
    """Where each row begins; every row has at least one entry."""
    by_column: NDArray[np.int64]
    """Order of the entries by column."""
    rows: NDArray[np.int64]
    """Row of each entry, in that order."""
    used: NDArray[np.int64]
    """Columns that occur, ascending."""
    column_starts: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[tuple[int, float]]]) -> Sparse:
        lengths = np.array([len(row) for row in rows])
        columns = np.array([column for row in rows for column, _ in row], dtype=np.int64)
        values = np.array([value for row in rows for _, value in row])
        order = np.argsort(columns, kind="stable")
        used, column_starts = np.unique(columns[order], return_index=True)
        return cls(
            columns=np.searchsorted(used, columns),
            values=values,
            starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
            by_column=order,
            rows=np.repeat(np.arange(len(rows)), lengths)[order],
            used=used,
            column_starts=column_starts,
        )

    def times(self, weights: Floats) -> Floats:
        """(N, K) out of weights (used, K)."""
        return np.add.reduceat(weights[self.columns] * self.values[:, None], self.starts, axis=0)

    def transposed_times(self, errors: Floats) -> Floats:
        """(used, K) out of errors (N, K)."""
        entries = errors[self.rows] * self.values[self.by_column][:, None]
        return np.add.reduceat(entries, self.column_starts, axis=0)


def fit(
    rows: Sparse,
    states: NDArray[np.int64],
    importance: Floats,
    penalty: Floats,
    *,
    prior: Floats | None = None,
    classes: int = 13,
    steps: int = 100,
    width: float = 0.1,
) -> tuple[Floats, Floats]:
    """Fit weights (used, K) and bias (K,).

    Args:
        rows: of the training set.
        states: (N,), the class of each row.
        importance: (N,), mean 1.
        penalty: (used,), L2 of each column.
        prior: (used, K), where the weights start and what the penalty holds them to; None: zero.
        classes: K.
        steps: full batches.
        width: of the first step in every coordinate; it falls to nothing along a half cosine.
    """
    truth = np.zeros((len(states), classes))
    truth[np.arange(len(states)), states] = 1.0
    share = (importance / len(states))[:, None]
    held = np.zeros((len(rows.used), classes)) if prior is None else prior
    weights, bias = Adam(held), Adam(np.zeros(classes))
    for step in range(steps):
        errors = (softmax(rows.times(weights.at) + bias.at) - truth) * share
        now = width * 0.5 * (1 + math.cos(math.pi * step / steps))
        weights.step(rows.transposed_times(errors) + penalty[:, None] * (weights.at - held), now)
        bias.step(errors.sum(axis=0), now)
    return weights.at, bias.at


class Adam:
    """Steps of about the same width in every coordinate, however rare its feature (Kingma and Ba, 2015)."""

    def __init__(self, start: Floats) -> None:
        self.at = start
        self._mean = np.zeros(start.shape)
        self._square = np.zeros(start.shape)
        self._steps = 0

    def step(self, gradient: Floats, width: float) -> None:
        self._steps += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.01 * (gradient**2 - self._square)
        size = np.sqrt(self._square / (1 - 0.99**self._steps)) + 1e-9
        self.at = self.at - width * (self._mean / (1 - 0.9**self._steps)) / size


def softmax(scores: Floats) -> Floats:
    """Rows of scores (N, K) to rows of probabilities."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
