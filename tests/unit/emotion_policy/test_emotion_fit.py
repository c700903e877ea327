"""The fit: sparse products against dense ones, gradients against differences, and problems with a known answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.training.fit import Adam, Floats, Sparse, fit, softmax

pytestmark = pytest.mark.unit

Rows = list[list[tuple[int, float]]]
WIDTH, CLASSES = 9, 3
numbers = st.floats(-3, 3).map(lambda value: round(value, 3))
sparse_rows = st.lists(
    st.dictionaries(st.integers(0, WIDTH - 1), numbers, min_size=1, max_size=5).map(
        lambda row: sorted(row.items())
    ),
    min_size=1,
    max_size=8,
)


def dense(rows: Rows) -> Floats:
    table = np.zeros((len(rows), WIDTH))
    for at, row in enumerate(rows):
        for column, value in row:
            table[at, column] = value
    return table


def table(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).normal(size=shape)


@given(sparse_rows, st.integers(0, 999))
def test_a_sparse_product_is_the_dense_one(rows: Rows, seed: int) -> None:
    matrix, weights = Sparse.of(rows), table(seed, WIDTH, CLASSES)
    assert matrix.times(weights[matrix.used]) == pytest.approx(dense(rows) @ weights)


@given(sparse_rows, st.integers(0, 999))
def test_a_transposed_product_is_the_dense_one(rows: Rows, seed: int) -> None:
    matrix, errors = Sparse.of(rows), table(seed, len(rows), CLASSES)
    assert matrix.transposed_times(errors) == pytest.approx((dense(rows).T @ errors)[matrix.used])


@given(sparse_rows)
def test_the_used_columns_are_those_that_occur(rows: Rows) -> None:
    assert Sparse.of(rows).used.tolist() == sorted({column for row in rows for column, _ in row})


@given(st.integers(0, 999), st.floats(-50, 50))
def test_softmax_rows_are_probabilities_and_do_not_mind_a_shift(seed: int, shift: float) -> None:
    scores = table(seed, 5, CLASSES) * 20
    shares = softmax(scores)
    assert shares.sum(axis=1) == pytest.approx(np.ones(5))
    assert np.all(shares >= 0)
    assert softmax(scores + shift) == pytest.approx(shares)


def test_softmax_does_not_overflow() -> None:
    assert softmax(np.array([[1e4, -1e4]])).tolist() == [[1.0, 0.0]]


def loss(
    rows: Floats, states: Floats, importance: Floats, penalty: Floats, weights: Floats, bias: Floats
) -> float:
    """Mean weighted cross-entropy and half the penalised squares: what `fit` is to minimise."""
    shares = softmax(rows @ weights + bias)
    chosen = np.log(shares[np.arange(len(states)), states])
    return float(-(importance * chosen).mean() + 0.5 * (penalty[:, None] * weights**2).sum())


def slopes(rows: Floats, states: Floats, importance: Floats, penalty: Floats, weights: Floats, bias: Floats):
    """Gradients by central differences: of weights (D, K) and bias (K,)."""
    step = 1e-5

    def slope(changed: Floats, at: tuple[int, ...]) -> float:
        kept = changed[at]
        changed[at] = kept + step
        above = loss(rows, states, importance, penalty, weights, bias)
        changed[at] = kept - step
        below = loss(rows, states, importance, penalty, weights, bias)
        changed[at] = kept
        return (above - below) / (2 * step)

    return tuple(
        np.array([slope(each, at) for at in np.ndindex(each.shape)]).reshape(each.shape)
        for each in (weights, bias)
    )


@given(sparse_rows, st.integers(0, 999))
def test_the_gradient_is_the_slope_of_the_loss(rows: Rows, seed: int) -> None:
    """By the sparse products, as `fit` forms it, against central differences of the loss."""
    generator = np.random.default_rng(seed)
    matrix, states = Sparse.of(rows), generator.integers(0, CLASSES, len(rows))
    importance, penalty = generator.uniform(0.5, 2, len(rows)), generator.uniform(0, 0.1, len(matrix.used))
    weights, bias = generator.normal(size=(len(matrix.used), CLASSES)), generator.normal(size=CLASSES)
    errors = softmax(matrix.times(weights) + bias)
    errors[np.arange(len(rows)), states] -= 1
    errors *= (importance / len(rows))[:, None]
    by_weights, by_bias = slopes(dense(rows)[:, matrix.used], states, importance, penalty, weights, bias)
    assert matrix.transposed_times(errors) + penalty[:, None] * weights == pytest.approx(by_weights, abs=1e-6)
    assert errors.sum(axis=0) == pytest.approx(by_bias, abs=1e-6)


@given(st.integers(0, 99))
def test_where_the_fit_ends_the_loss_is_flat(seed: int) -> None:
    """A wrong gradient would end elsewhere: the loss has one minimum, and there its slope is nothing."""
    generator = np.random.default_rng(seed)
    rows = [
        [(int(column), 1.0) for column in np.flatnonzero(row)] or [(0, 1.0)]
        for row in generator.random((20, 4)) > 0.5
    ]
    matrix, states = Sparse.of(rows), generator.integers(0, CLASSES, len(rows))
    importance, penalty = generator.uniform(0.5, 2, len(rows)), np.full(len(matrix.used), 0.05)
    importance /= importance.mean()
    weights, bias = fit(matrix, states, importance, penalty, classes=CLASSES, steps=400, width=0.2)
    for slope in slopes(dense(rows)[:, matrix.used], states, importance, penalty, weights, bias):
        assert np.abs(slope).max() < 2e-3


def test_a_separable_problem_is_solved() -> None:
    """Thirteen classes, each told by a column of its own among noise that tells nothing."""
    generator = np.random.default_rng(7)
    states = np.arange(520) % 13
    noise = generator.integers(13, 33, (520, 3))
    rows = [
        sorted(({int(state): 1.0} | {int(each): 0.5 for each in line}).items())
        for state, line in zip(states, noise, strict=True)
    ]
    matrix = Sparse.of(rows)
    weights, bias = fit(matrix, states, np.ones(520), np.full(len(matrix.used), 1e-3))
    shares = softmax(matrix.times(weights) + bias)
    assert (shares.argmax(axis=1) == states).all()
    assert shares[np.arange(520), states].min() > 0.7
    assert (weights[:13].argmax(axis=1) == np.arange(13)).all()
    assert np.abs(weights[13:]).max() < 0.5 * np.diag(weights[:13]).min()


def test_without_a_feature_that_tells_the_bias_is_how_often_each_state_occurs() -> None:
    states = np.array([0] * 60 + [1] * 30 + [2] * 10)
    matrix = Sparse.of([[(0, 1.0)]] * 100)
    _, bias = fit(matrix, states, np.ones(100), np.array([1e3]), classes=3, steps=600, width=0.1)
    assert softmax(bias[None, :])[0] == pytest.approx([0.6, 0.3, 0.1], abs=0.01)


def test_an_important_row_counts_as_so_many() -> None:
    states, matrix = np.array([0, 1]), Sparse.of([[(0, 1.0)]] * 2)
    _, bias = fit(matrix, states, np.array([1.5, 0.5]), np.array([1e3]), classes=2, steps=600, width=0.1)
    assert softmax(bias[None, :])[0] == pytest.approx([0.75, 0.25], abs=0.01)


def test_a_penalty_holds_weights_down() -> None:
    rows, states = [[(0, 1.0)], [(1, 1.0)]] * 10, np.array([0, 1] * 10)
    matrix = Sparse.of(rows)
    free, held = (
        fit(matrix, states, np.ones(20), np.full(2, penalty), classes=2)[0] for penalty in (0.0, 1.0)
    )
    assert np.abs(held).max() < 0.3 * np.abs(free).max()


def test_the_same_rows_give_the_same_weights_to_the_last_bit() -> None:
    matrix, states = Sparse.of([[(0, 1.0)], [(1, 0.3)], [(0, 0.2), (1, 1.0)]]), np.array([0, 1, 2])
    first, second = (fit(matrix, states, np.ones(3), np.full(2, 1e-3), classes=3) for _ in range(2))
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()


def test_the_first_step_is_as_wide_as_it_is_told_in_every_coordinate() -> None:
    """However small the gradient: that is what Adam is for."""
    adam = Adam(np.zeros(3))
    adam.step(np.array([1e-4, -20.0, 3.0]), 0.1)
    assert adam.at == pytest.approx([-0.1, 0.1, -0.1], abs=1e-5)
