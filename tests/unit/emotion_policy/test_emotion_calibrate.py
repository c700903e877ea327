"""Calibration: what a mistake costs, and thresholds and a temperature that follow from mistakes on unseen cards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.linear import STATES
from emotion_policy.training import calibrate, cards
from emotion_policy.training.calibrate import (
    BRIGHT,
    CALM,
    COSTS,
    choose,
    cost,
    macro_f1,
    temperature,
    thresholds,
)
from emotion_policy.training.fit import softmax

pytestmark = pytest.mark.unit

WRITTEN = cards.read()
SOME = [row for state in State for row in [each for each in WRITTEN if each.state is state][:8]]
states = st.sampled_from(State)
seeds = st.integers(0, 999)


def shares_of(seed: int, count: int = 40) -> np.ndarray:
    return softmax(np.random.default_rng(seed).normal(size=(count, len(STATES))) * 2)


@given(states, states)
def test_only_what_is_right_costs_nothing(truth: State, chosen: State) -> None:
    assert (cost(truth, chosen) == 0) == (truth is chosen)
    assert COSTS[STATES.index(truth), STATES.index(chosen)] == cost(truth, chosen)


@pytest.mark.parametrize("state", [State.GRIEF, State.URGENT])
def test_missing_grief_or_danger_is_the_worst_and_worst_of_all_brightly(state: State) -> None:
    others = [
        cost(truth, chosen) for truth in State if truth not in {State.GRIEF, State.URGENT} for chosen in State
    ]
    assert min(cost(state, chosen) for chosen in CALM) >= 6 >= max(others)
    assert all(cost(state, bright) > cost(state, State.INQUIRY) for bright in BRIGHT)


def test_caring_too_much_costs_less_than_caring_too_little() -> None:
    for state in (State.GRIEF, State.URGENT, State.COMPLAINT, State.ANXIOUS):
        assert cost(State.INQUIRY, state) < cost(state, State.INQUIRY)


@given(seeds, st.lists(st.floats(0, 1.01), min_size=13, max_size=13))
def test_choosing_is_by_precedence_among_those_that_reach_their_threshold(
    seed: int, limits: list[float]
) -> None:
    shares = shares_of(seed)
    for row, chosen in zip(shares, choose(shares, np.array(limits)), strict=True):
        reached = [at for at in range(13) if row[at] >= limits[at]]
        assert chosen == (reached[0] if reached else int(row.argmax()))


@settings(max_examples=8)
@given(seeds, st.floats(0.4, 3.0))
def test_the_temperature_undoes_a_confidence_that_was_too_large(seed: int, factor: float) -> None:
    generator = np.random.default_rng(seed)
    honest = generator.normal(size=(1500, len(STATES))) * 1.5
    truth = np.array([generator.choice(13, p=row) for row in softmax(honest)])
    found = temperature(honest * factor, truth)
    assert found == pytest.approx(factor, rel=0.15, abs=0.03)


@given(seeds)
def test_thresholds_cost_no_more_than_one_half_for_all(seed: int) -> None:
    generator = np.random.default_rng(seed)
    shares, truth = shares_of(seed, 120), generator.integers(0, 13, 120)
    rarity = 1 / np.maximum(np.bincount(truth, minlength=13), 1)

    def total(limits: np.ndarray) -> float:
        return float((COSTS[truth, choose(shares, limits)] * rarity[truth]).sum())

    found = thresholds(shares, truth, rounds=1)
    assert total(found) <= total(np.full(13, 0.5)) + 1e-9
    assert np.all((found >= 0.1) & (found <= 1.01))


def test_a_state_that_must_not_be_missed_gets_a_low_threshold() -> None:
    """Grief at 0.3 against a question at 0.7, and it was grief every other time."""
    grief, inquiry = STATES.index(State.GRIEF), STATES.index(State.INQUIRY)
    shares = np.zeros((20, 13))
    shares[:, grief], shares[:, inquiry] = 0.3, 0.7
    found = thresholds(shares, np.array([grief, inquiry] * 10))
    assert found[grief] <= 0.3 + 1e-9


def test_macro_f1_is_the_mean_of_each_states_f1() -> None:
    truth, chosen = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])
    by_hand = [2 * 1 / (2 + 2), 2 * 2 / (2 + 3), 0.0, *[0.0] * 10]
    assert macro_f1(truth, chosen) == pytest.approx(sum(by_hand) / 13)
    assert macro_f1(np.arange(13), np.arange(13)) == 1.0


def test_no_row_is_judged_by_a_model_that_saw_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fold is trained on what is left when its cards are taken out, and every row is judged once."""
    trained_on: list[set[str]] = []
    train_on = calibrate.train_on

    def noted(rows, seen, written):
        trained_on.append({row.card for row in rows})
        assert written == sum(row in SOME for row in rows[:written])
        return train_on(rows, seen, written)

    monkeypatch.setattr(calibrate, "train_on", noted)
    monkeypatch.setattr(calibrate, "variants", lambda rows: list(rows[:5]))
    odds = calibrate.out_of_fold(SOME, folds=2)
    written = {row.card for row in SOME}
    assert len(trained_on) == 2
    assert trained_on[0].isdisjoint(trained_on[1])
    assert trained_on[0] | trained_on[1] == written
    assert odds.shape == (len(SOME), len(STATES))
    assert (np.abs(odds).sum(axis=1) > 0).all()
