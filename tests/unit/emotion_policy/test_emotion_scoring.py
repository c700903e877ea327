"""Scores: what they count, what cannot happen, and that another scorer counts the same."""

from __future__ import annotations

import importlib.util
import random
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy.rows import Gold, Row
from emotion_policy.scoring import CRITICAL, Prediction, score

pytestmark = pytest.mark.unit

SHARED = Path(__file__).parents[4] / "shared" / "eval" / "score_emotion.py"
"""A scorer that may lie beside the repository."""
styles = st.sets(st.sampled_from(Style), max_size=4).map(frozenset)
golds = st.builds(
    Gold,
    state=st.sampled_from(State),
    alternatives=st.sets(st.sampled_from(State), max_size=2).map(frozenset),
    preferred=styles,
    acceptable=styles,
    forbidden=styles,
)
predictions = st.builds(
    Prediction, state=st.sampled_from(State), style=st.sampled_from(Style), milliseconds=st.floats(0, 5)
)


def rows_of(golds: list[Gold | None]) -> list[Row]:
    return [
        Row(id=str(at), language="zh", scenario="retail", text="x", history=(), gold=gold)
        for at, gold in enumerate(golds)
    ]


def gold(state: State, preferred: Style = Style.GENTLE) -> Gold:
    return Gold(
        state=state,
        alternatives=frozenset(),
        preferred=frozenset({preferred}),
        acceptable=frozenset({preferred, Style.NEUTRAL}),
        forbidden=frozenset({Style.CHEERFUL}),
    )


def made(state: State, style: Style) -> Prediction:
    return Prediction(state=state, style=style, milliseconds=0.5)


cases = st.lists(golds, min_size=1, max_size=12).flatmap(
    lambda golds: st.tuples(
        st.just(rows_of(golds)),
        st.dictionaries(st.sampled_from([str(at) for at in range(len(golds))]), predictions),
    )
)


@given(cases)
def test_every_share_is_one(case: tuple[list[Row], dict[str, Prediction]]) -> None:
    found = score(*case)
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, float) and not field.name.startswith("milliseconds"):
            assert 0 <= value <= 1, field.name
    assert found.accuracy <= found.lenient_accuracy <= found.coverage
    assert sum(one.rows for one in found.states.values()) == found.rows


@given(cases)
def test_the_order_of_rows_counts_nothing(case: tuple[list[Row], dict[str, Prediction]]) -> None:
    rows, predicted = case
    assert score(rows, predicted) == score(rows[::-1], predicted)


@given(cases)
def test_what_is_right_scores_one_and_what_is_missing_nothing(
    case: tuple[list[Row], dict[str, Prediction]],
) -> None:
    rows, _ = case
    right = {
        row.id: made(row.gold.state, min(row.gold.preferred))
        for row in rows
        if row.gold and row.gold.preferred
    }
    found, nothing = score(rows, right), score(rows, {})
    if found.coverage == 1:
        assert found.accuracy == found.macro_f1 == found.preferred == found.preferred_by_state == 1
        assert found.lowest_critical_recall == 1
    assert (
        nothing.accuracy
        == nothing.macro_f1
        == nothing.acceptable
        == nothing.forbidden
        == nothing.coverage
        == 0
    )


def test_one_constant_answer_cannot_look_good() -> None:
    rows = rows_of(
        [gold(State.INQUIRY)] * 97 + [gold(State.GRIEF), gold(State.URGENT), gold(State.COMPLAINT)]
    )
    found = score(rows, {row.id: made(State.INQUIRY, Style.CHEERFUL) for row in rows})
    assert found.accuracy == 0.97
    assert found.macro_f1 < 0.25
    assert found.forbidden_critical == 1
    assert found.lowest_critical_recall == 0
    assert found.critical == 3


def test_a_row_is_sensitive_where_somebody_could_take_it_for_that() -> None:
    doubtful = Gold(
        state=State.INQUIRY,
        alternatives=frozenset({State.ANXIOUS}),
        preferred=frozenset(),
        acceptable=frozenset(),
        forbidden=frozenset({Style.CHEERFUL}),
    )
    found = score(rows_of([doubtful, gold(State.THANKS)]), {"0": made(State.INQUIRY, Style.CHEERFUL)})
    assert (found.sensitive, found.forbidden_sensitive, found.critical) == (1, 1.0, 0)
    assert found.lowest_critical_recall == 1


def test_rows_that_say_nothing_of_it_do_not_count() -> None:
    found = score(rows_of([None, gold(State.THANKS)]), {"1": made(State.THANKS, Style.GENTLE)})
    assert (found.rows, found.accuracy) == (1, 1.0)
    assert score([], {}).milliseconds_p50 is None


@pytest.mark.skipif(not SHARED.exists(), reason="no other scorer lies beside this repository")
@pytest.mark.parametrize("seed", range(20))
def test_another_scorer_counts_the_same(seed: int) -> None:
    spec = importlib.util.spec_from_file_location("score_emotion", SHARED)
    assert spec is not None
    assert spec.loader is not None
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    rng = random.Random(seed)

    def some(of, most: int) -> frozenset:
        return frozenset(rng.sample(list(of), rng.randint(0, most)))

    golds = [
        Gold(
            state=rng.choice(list(State)[: rng.randint(2, 13)]),
            alternatives=some(State, 2),
            preferred=some(Style, 2),
            acceptable=some(Style, 5),
            forbidden=some(Style, 3),
        )
        for _ in range(60)
    ]
    rows = rows_of(golds)
    mine = {
        row.id: made(rng.choice([row.gold.state, *State]), rng.choice(list(Style)))
        for row in rows
        if row.gold and rng.random() < 0.9
    }
    theirs = [
        {
            "id": row.id,
            "user_state": row.gold.state,
            "user_state_alt": sorted(row.gold.alternatives),
            "preferred_styles": sorted(row.gold.preferred),
            "acceptable_styles": sorted(row.gold.acceptable),
            "forbidden_styles": sorted(row.gold.forbidden),
        }
        for row in rows
        if row.gold
    ]
    measured = other.measure(
        theirs, {name: {"user_state": one.state, "style": one.style} for name, one in mine.items()}
    )[0]
    found = score(rows, mine)
    for ours, name in {
        "rows": "n",
        "coverage": "coverage",
        "accuracy": "accuracy",
        "macro_f1": "macro_f1",
        "lenient_accuracy": "lenient_accuracy",
        "preferred": "style_preferred",
        "preferred_by_state": "style_preferred_macro",
        "acceptable": "style_acceptable",
        "acceptable_by_state": "style_acceptable_macro",
        "acceptable_critical": "style_ok_critical",
        "forbidden": "forbidden_all",
        "forbidden_critical": "forbidden_critical",
        "forbidden_sensitive": "forbidden_sensitive",
        "critical": "n_critical",
        "sensitive": "n_sensitive",
        "lowest_critical_recall": "critical_recall_min",
    }.items():
        assert getattr(found, ours) == pytest.approx(measured[name], abs=1e-12), name
    assert set(found.states) & CRITICAL
