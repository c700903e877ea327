"""Training: the shipped model is what its cards and its program give, and reads what it was trained to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy import linear as model_file
from emotion_policy.features import features
from emotion_policy.lexicon import lexicon
from emotion_policy.linear import FILE, STATES, linear
from emotion_policy.listening import listen
from emotion_policy.ngrams import COLUMNS
from emotion_policy.normalise import normalise
from emotion_policy.training import cards
from emotion_policy.training.cards import Row
from emotion_policy.training.train import TEMPERATURE, entries, observe, read, save, train
from emotion_policy.training.variants import variants

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = cards.read()
SOME = [row for state in State for row in [each for each in WRITTEN if each.state is state][:12]]
rows = st.sampled_from(WRITTEN)


def told(*turns: tuple[str, str], text: str = "好的") -> Row:
    return Row(card="a:1", state=State.INQUIRY, lang="zh", scenario="retail", text=text, history=turns)


@pytest.mark.timeout(240)
def test_training_again_gives_the_shipped_file_byte_for_byte(tmp_path: Path) -> None:
    again = tmp_path / "linear.npz"
    command = [sys.executable, "-m", "emotion_policy.training.train", "--out", str(again)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"{len(WRITTEN)} written rows" in done.stderr
    assert f"wrote {again}" in done.stderr
    with np.load(FILE) as shipped, np.load(again) as new:
        parts = sorted(name for name in {*shipped, *new} if not np.array_equal(shipped[name], new[name]))
    same = FILE.read_bytes() == again.read_bytes()
    assert same, f"{parts or 'the packing'} differ: run python -m emotion_policy.training.train"


@given(rows)
def test_a_row_is_read_as_the_policy_will_read_it(row: Row) -> None:
    text = normalise(row.text)
    assert read(row) == features(text, listen(text, lexicon()), observe(row))


def test_the_history_is_what_the_policy_would_remember() -> None:
    observation = observe(
        told(
            ("user", "等了两个小时没人管！"),
            ("assistant", "抱歉"),
            ("user", "几号窗口"),
            ("assistant", "三号窗口"),
        )
    )
    assert observation.asked == "三号窗口"
    assert observation.memory.words == (normalise("等了两个小时没人管！"), "几号窗口")
    assert observation.memory.states == (State.COMPLAINT, State.INQUIRY)
    assert observation.scenario == "retail"


def test_a_turn_without_a_strong_cue_is_remembered_as_the_default() -> None:
    assert observe(told(("user", "那个什么"), ("assistant", "您请说"))).memory.states == (State.INQUIRY,)


@given(rows)
def test_entries_ascend_and_hold_ngrams_before_names(row: Row) -> None:
    seen = read(row)
    place = {name: at for at, name in enumerate(sorted(seen.named))}
    cells = entries(seen, place)
    columns = [column for column, _ in cells]
    assert columns == sorted(set(columns))
    assert set(columns) == {*seen.words, *seen.meanings, *seen.context} | {
        COLUMNS + at for at in place.values()
    }
    assert all(np.isfinite(value) for _, value in cells)


@given(rows)
def test_names_without_a_place_are_left_out(row: Row) -> None:
    assert all(column < COLUMNS for column, _ in entries(read(row), {}))


@pytest.fixture(scope="module")
def trained():
    return train(SOME, variants(SOME)[: len(SOME)])


class TestASmallModel:
    """Of a dozen rows of each state, saved and read back."""

    def test_it_has_a_row_for_each_column_and_name(self, trained) -> None:
        weights, bias, names = trained
        assert weights.shape == (COLUMNS + len(names), len(STATES))
        assert bias.shape == (len(STATES),)
        assert names == sorted(set(names))
        assert f"site:{SOME[0].scenario}" in names

    def test_columns_that_no_row_holds_weigh_nothing(self, trained) -> None:
        weights, _, _ = trained
        assert 0.5 < (weights[:COLUMNS] == 0).all(axis=1).mean() < 1

    def test_it_learned_its_rows(self, trained) -> None:
        weights, bias, names = trained
        place = {name: at for at, name in enumerate(names)}
        right = 0
        for row in SOME:
            columns, values = zip(*entries(read(row), place), strict=True)
            right += STATES[int((np.array(values) @ weights[list(columns)] + bias).argmax())] is row.state
        assert right > 0.95 * len(SOME)

    def test_what_is_saved_is_what_is_read_to_half_a_step(
        self, trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        weights, bias, names = trained
        save(tmp_path / "small.npz", weights, bias, names)
        monkeypatch.setattr(model_file, "FILE", tmp_path / "small.npz")
        small = linear.__wrapped__()
        assert np.abs(small.weights * small.scale - weights).max() <= 0.5001 * small.scale.max()
        assert np.abs(small.weights).max() == 127
        assert small.bias == pytest.approx(bias, abs=1e-5)
        assert small.temperature == pytest.approx(TEMPERATURE)
        assert {name: COLUMNS + at for at, name in enumerate(names)} == small.row

    def test_saving_twice_gives_the_same_bytes(self, trained, tmp_path: Path) -> None:
        for name in ("one.npz", "two.npz"):
            save(tmp_path / name, *trained)
        assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_rare_state_counts_more_for_each_of_its_rows() -> None:
    """Otherwise a state of few cards would be outvoted: here one complaint stands against thirty questions."""
    question, complaint = (
        told(text="这个"),
        Row(card="b:1", state=State.COMPLAINT, lang="zh", scenario="retail", text="这个"),
    )
    odds = []
    for count in (1, 30):
        _, bias, _ = train([question] * count + [complaint], [])
        odds.append(bias[STATES.index(State.COMPLAINT)] - bias[STATES.index(State.INQUIRY)])
    assert odds[0] > odds[1]


def test_the_shipped_model_was_trained_with_this_temperature() -> None:
    assert linear().temperature == pytest.approx(TEMPERATURE)
