"""Regular expressions of an operator: which are refused before they can stall the agent."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.patterns import LONGEST, fault

pytestmark = pytest.mark.unit

PIECES = st.sampled_from(["a", "ab", "[ab]", ".", r"\w", "好", "(?:a|b)", "(a)", "(?=a)", "a?"])
QUANTIFIERS = st.sampled_from(["", "", "?", "+", "*", "{2}", "{0,8}", "{3,}", "+?", "*?"])
patterns = st.recursive(
    st.tuples(PIECES, QUANTIFIERS).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.tuples(inner, QUANTIFIERS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        st.tuples(inner, inner).map("|".join),
    ),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "pattern",
    [
        "停车费.{0,6}(?:乱|多)扣",
        r"\d+元",
        "refund(?:ed)?",
        r"\bnot\b.{0,20}working",
        "[+*]{2}",
        r"\(\+\)+",
        "a{,3}b",
    ],
)
def test_what_the_shipped_cues_are_made_of_is_allowed(pattern):
    assert fault(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(?:a*)*b",
        "(a|aa)+",
        "(?:x{2,5}){2,}",
        "((ab)+c)*d",
        "(?:a?b+?){3}",
        "(?:(?:a|b)){2}c",
        "(a+){,9}b",
    ],
)
def test_a_repetition_inside_a_repetition_is_refused(pattern):
    assert "nested quantifiers" in fault(pattern)


@pytest.mark.parametrize("pattern", ["x*", "a?", "", "a|", "(?:)", "^"])
def test_what_matches_nothing_at_all_is_refused(pattern):
    assert "empty text" in fault(pattern)


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "a{3,1}", "*a", "(?<=a+)b", r"\1", "a{99999999999999999999}", "[[a]"]
)
def test_what_does_not_compile_is_refused_in_words(pattern):
    assert "no regular expression" in fault(pattern)


@pytest.mark.parametrize("pattern", ["(?i)a", "(?x) a # (", "(?P<name>a)", "(?#note)a"])
def test_groups_that_could_hide_something_are_refused(pattern):
    assert "may only use the groups" in fault(pattern)


def test_long_patterns_and_endless_ways_are_refused():
    assert str(LONGEST) in fault("a" * (LONGEST + 1))
    assert "stall" in fault(".*a.*b")
    assert "stall" in fault(".{0,30}a.{0,30}b.{0,30}c")


@given(patterns)
def test_what_is_allowed_never_stalls(pattern):
    if fault(pattern) or len(pattern) > LONGEST:
        return
    started = time.perf_counter()
    for text in ("a" * 600, "ab" * 300, "好" * 599 + "a", "x" * 600):
        re.search(pattern, text)
    assert time.perf_counter() - started < 2
