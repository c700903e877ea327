"""A style that would hurt if the state is another than it seems gives way to a milder one, never to a brighter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy.risk import MILDER, UNWELCOME, tempered
from emotion_policy.styles import protection
from emotion_policy.vetoes import FORBIDDEN

pytestmark = pytest.mark.unit

scores = st.lists(st.floats(0.0, 1.0), min_size=13, max_size=13).map(
    lambda weights: dict(zip(State, (each / max(sum(weights), 1e-9) for each in weights), strict=True))
)


def test_every_style_that_can_hurt_has_a_milder_one() -> None:
    assert UNWELCOME.keys() == MILDER.keys()
    for style, (_, milder) in MILDER.items():
        assert milder is not style
        assert protection(milder) >= protection(style)


@given(st.sampled_from(Style), st.sampled_from(State), scores)
def test_what_comes_out_is_no_brighter_and_says_why(
    style: Style, state: State, shares: dict[State, float]
) -> None:
    instead, why = tempered(style, state, shares)
    assert bool(why) == (instead is not style)
    assert protection(instead) >= protection(style)


@given(st.sampled_from(Style), st.sampled_from(State), scores)
def test_a_style_that_may_answer_a_state_gives_way_to_one_that_may(style, state, shares) -> None:
    if style not in FORBIDDEN.get(state, ()):
        assert tempered(style, state, shares)[0] not in FORBIDDEN.get(state, ())


def test_nobody_likely_to_grieve_is_cheered() -> None:
    assert (
        tempered(Style.CHEERFUL, State.SMALLTALK, {State.SMALLTALK: 0.9, State.GRIEF: 0.1})[0] is Style.WARM
    )
    assert tempered(Style.CHEERFUL, State.SMALLTALK, {State.SMALLTALK: 1.0}) == (Style.CHEERFUL, "")


@pytest.mark.parametrize("style", [style for style in Style if style not in MILDER])
def test_a_style_that_is_a_fault_to_nobody_stays(style: Style) -> None:
    assert tempered(style, State.INQUIRY, dict.fromkeys(State, 1.0)) == (style, "")


def test_a_site_that_apologises_to_abuse_becomes_no_brighter_in_doubt() -> None:
    assert tempered(Style.APOLOGETIC, State.ABUSIVE, {State.SMALLTALK: 1.0})[0] is Style.SOOTHING


def test_abuse_is_answered_plainly_and_not_soothed() -> None:
    doubtful = {State.ABUSIVE: 0.5, State.INQUIRY: 0.5}
    assert tempered(Style.CALM_FIRM, State.ABUSIVE, doubtful)[0] is Style.PROFESSIONAL
