"""Portions of a segment: what is kept, made, heard and held back, whatever the sizes and the lengths."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.indextts2.length_regulator import frames_per_code
from tts.indextts2.stream_plan import (
    FLOW_FRAMES,
    MARGIN_FRAMES,
    WINDOW_FRAMES,
    Plan,
    Portion,
)

pytestmark = pytest.mark.unit

plans = st.builds(
    Plan,
    ratio=st.floats(0.5, 2.0).map(lambda duration: frames_per_code(duration=duration)),
    first_codes=st.integers(10, 25),
    growth=st.lists(st.integers(25, 500), min_size=1, max_size=4).map(tuple),
    tail=st.integers(0, 512),
    overlap=st.integers(0, 64),
    held=st.integers(4, 32),
    anew=st.booleans(),
)


def portions(plan: Plan, codes: int) -> list[Portion]:
    """Those of a segment of so many codes."""
    found: list[Portion] = []
    while not found or not found[-1].last:
        before = found[-1] if found else None
        goal = plan.goal(before)
        found.append(plan.portion(before, min(goal, codes), last=codes <= goal))
    return found


@given(plans, st.integers(1, 1500))
def test_the_sound_of_the_portions_is_that_of_all_frames_once(plan: Plan, codes: int):
    steps = portions(plan, codes)
    assert steps[0].sounded == 0
    assert all(a.sounds == b.sounded for a, b in pairwise(steps))
    assert steps[-1].sounds == steps[-1].end == plan.frames(codes)
    assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]


@given(plans, st.integers(1, 1500))
def test_a_portion_is_made_of_frames_that_are_there(plan: Plan, codes: int):
    for before, step in pairwise([None, *portions(plan, codes)]):
        assert 0 <= step.tail <= step.kept <= step.end == plan.frames(step.codes)
        assert step.kept <= (before.end if before else 0)
        assert 0 <= step.window <= step.sounded <= step.sounds <= step.end
        if before and not plan.anew:
            assert step.kept == max(0, before.end - plan.overlap)
            assert step.kept - step.tail <= plan.tail
            assert step.kept == step.tail or step.kept - step.tail >= min(step.kept, plan.tail // 2)


@given(plans, st.integers(1, 1500))
def test_what_waits_is_held_back_and_never_more(plan: Plan, codes: int):
    for step in portions(plan, codes)[:-1]:
        assert step.end - step.sounds == min(step.end, plan.held)


@given(plans, st.integers(1, 1500))
def test_all_portions_but_the_first_and_the_last_end_at_multiples_of_25_codes(plan: Plan, codes: int):
    steps = portions(plan, codes)
    assert all(step.codes % 25 == 0 for step in steps[1:-1])
    assert steps[0].codes == min(codes, plan.first_codes)
    for a, b in pairwise(steps[:-1]):
        assert abs(b.codes - a.codes - plan.growth[min(a.index, len(plan.growth) - 1)]) <= 12


@given(plans, st.integers(1, 1500))
def test_the_vocoder_has_a_margin_and_windows_of_few_lengths(plan: Plan, codes: int):
    for step in portions(plan, codes):
        assert step.window == 0 or step.sounded - step.window >= MARGIN_FRAMES
        assert step.window == 0 or (step.end + step.after - step.window) % WINDOW_FRAMES == 0


def test_portions_grow():
    plan = Plan(ratio=frames_per_code())
    assert [step.codes for step in portions(plan, 400)] == [15, 50, 100, 200, 300, 400]
    assert [step.codes for step in portions(Plan(ratio=frames_per_code(), first_codes=25), 260)] == [
        25,
        50,
        100,
        200,
        260,
    ]


def test_a_long_tail_spares_frames_so_that_the_flow_sees_few_lengths():
    plan = Plan(ratio=frames_per_code())
    seen = {
        step.end - step.tail
        for codes in range(200, 1500)
        for step in portions(plan, codes)
        if step.kept >= plan.tail
    }
    assert all(frames % FLOW_FRAMES == 0 for frames in seen)
    assert len(seen) <= 8


@given(st.integers(0, 2000))
def test_25_codes_are_43_frames(codes: int):
    plan = Plan(ratio=frames_per_code())
    assert plan.ratio == Fraction(43, 25)
    assert plan.frames(codes + 25) == plan.frames(codes) + 43
