"""The linear model: log-odds that are sums of what each feature adds, out of a file that is checked."""

from __future__ import annotations

import io
import math
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy import linear as module
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.linear import CONTEXT, FILE, MEANINGS, STATES, Features, Linear, linear
from emotion_policy.ngrams import COLUMNS

pytestmark = pytest.mark.unit

MODEL = linear()
NAMES = sorted(MODEL.row)
columns = st.lists(st.integers(0, COLUMNS - 1), max_size=12, unique=True).map(sorted)
named = st.dictionaries(st.sampled_from(NAMES), st.floats(-3, 3), max_size=8)
seen = st.builds(Features, words=columns, meanings=columns, context=columns, named=named)


def dense(features: Features) -> np.ndarray:
    """The same log-odds (13,) by one product of a dense row with real weights."""
    row = np.zeros(len(MODEL.weights))
    for each, weight in ((features.words, 1.0), (features.meanings, MEANINGS), (features.context, CONTEXT)):
        for column in each:
            row[column] += weight / math.sqrt(len(each))
    for name, value in features.named.items():
        row[MODEL.row[name]] += value
    return row @ (MODEL.weights * MODEL.scale.astype(np.float64)) + MODEL.bias


def test_the_file_has_a_row_for_each_column_and_each_named_feature() -> None:
    assert MODEL.weights.shape == (COLUMNS + len(NAMES), len(State))
    assert MODEL.weights.dtype == np.int8
    assert MODEL.scale.shape == MODEL.bias.shape == (len(State),)
    assert sorted(MODEL.row.values()) == list(range(COLUMNS, COLUMNS + len(NAMES)))
    assert np.all(MODEL.scale > 0)
    assert np.isfinite(MODEL.bias).all()
    assert 0 < MODEL.temperature < 4


def test_the_model_is_small_enough_for_a_kiosk() -> None:
    assert FILE.stat().st_size < 2_000_000
    assert MODEL.weights.nbytes < 2_000_000


def test_states_stand_in_the_order_of_precedence() -> None:
    assert tuple(State) == STATES


@given(seen)
def test_log_odds_are_a_weighted_sum_and_nothing_else(features: Features) -> None:
    unnamed = Features(words=features.words, meanings=features.meanings, context=features.context, named={})
    everything, hashed = MODEL.log_odds(features)
    assert everything == pytest.approx(dense(features), abs=1e-4)
    assert hashed == pytest.approx(dense(unnamed), abs=1e-4)


@given(seen, st.sampled_from(NAMES), st.floats(-3, 3), st.sampled_from(State))
def test_a_named_feature_adds_its_share(features: Features, name: str, value: float, state: State) -> None:
    without = {each: amount for each, amount in features.named.items() if each != name}
    before, after = (
        Features(words=features.words, meanings=features.meanings, context=features.context, named=each)
        for each in (without, without | {name: value})
    )
    added = [b - a for a, b in zip(MODEL.log_odds(before)[0], MODEL.log_odds(after)[0], strict=True)]
    assert added[STATES.index(state)] == pytest.approx(MODEL.share(name, value, state), abs=1e-6)


@given(seen)
def test_the_order_in_which_features_are_named_does_not_matter(features: Features) -> None:
    backwards = Features(
        words=features.words,
        meanings=features.meanings,
        context=features.context,
        named=dict(reversed(features.named.items())),
    )
    assert MODEL.log_odds(backwards) == MODEL.log_odds(features)


@given(seen, st.text(max_size=8), st.floats(-1e6, 1e6))
def test_a_name_that_was_not_trained_on_counts_nothing(features: Features, name: str, value: float) -> None:
    if name in MODEL.row:
        return
    more = Features(
        words=features.words,
        meanings=features.meanings,
        context=features.context,
        named=dict(features.named) | {name: value},
    )
    assert MODEL.log_odds(more) == MODEL.log_odds(features)
    assert all(MODEL.share(name, value, state) == 0 for state in State)


@given(seen)
def test_a_long_text_weighs_no_more_than_a_short_one(features: Features) -> None:
    weights = {id(each): (each, value) for each, value in features.hashed()}
    for each, value in weights.values():
        assert value * math.sqrt(len(each)) in (
            pytest.approx(1.0),
            pytest.approx(MEANINGS),
            pytest.approx(CONTEXT),
        )
    assert len(list(features.hashed())) == sum(
        map(bool, (features.words, features.meanings, features.context))
    )


def repacked(drop: str = "", **instead: np.ndarray) -> bytes:
    with np.load(FILE) as file:
        held = {name: file[name] for name in file if name != drop} | instead
    out = io.BytesIO()
    np.savez_compressed(out, **held)
    return out.getvalue()


def one_bit_off() -> bytes:
    with ZipFile(FILE) as file:
        inside = file.getinfo("weights.npy")
    whole = bytearray(FILE.read_bytes())
    whole[inside.header_offset + 200 + inside.compress_size // 2] ^= 0x10
    return bytes(whole)


DAMAGED = {
    "empty": lambda: b"",
    "of something else": lambda: b"hello, I am no archive",
    "cut off": lambda: FILE.read_bytes()[:9000],
    "one bit off": one_bit_off,
    "without weights": lambda: repacked(drop="weights"),
    "without names": lambda: repacked(drop="names"),
    "without a temperature": lambda: repacked(drop="temperature"),
    "of an older shape": lambda: repacked(weights=MODEL.weights[:-1]),
    "of fewer states": lambda: repacked(weights=MODEL.weights[:, :12]),
}


@pytest.fixture
def _forgotten():
    """The model is read anew before and after."""
    linear.cache_clear()
    yield
    linear.cache_clear()


@pytest.mark.usefixtures("_forgotten")
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_an_error_and_never_a_model(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "linear.npz"
    broken.write_bytes(DAMAGED[damage]())
    monkeypatch.setattr(module, "FILE", broken)
    with pytest.raises((OSError, KeyError, ValueError)):
        linear()
    assert "failed" in decide(Observation(text="你好", language="zh")).because


@pytest.mark.usefixtures("_forgotten")
def test_a_missing_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE", tmp_path / "linear.npz")
    with pytest.raises(OSError, match=r"linear\.npz"):
        linear()


def test_the_model_is_read_once() -> None:
    assert linear() is linear()
    assert isinstance(linear(), Linear)
