"""Guessed word events: in order, never before their time, all told by the end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Spoken
from tts.indextts2.stream_words import SLOW_HANZI_SECONDS, Words
from tts.indextts2.text_front import TextSegment

pytestmark = pytest.mark.unit

RATE = 22_050
TEXT = "您好，请等一下。"


def segment(text: str = TEXT) -> TextSegment:
    return TextSegment(
        pieces=("▁", *text), ids=tuple(range(len(text) + 1)), reached=(0, *range(1, len(text) + 1))
    )


def told(sizes: list[int], start: int = 0, known: int = 1) -> list[Spoken]:
    """Events of a segment whose sound comes in such pieces; its end is known from the last `known` on."""
    words = Words(segment(), TEXT, start=start, rate=RATE)
    left, events = start, list[Spoken]()
    for index, size in enumerate(sizes):
        if index == len(sizes) - known:
            words.ends(left + sum(sizes[index:]), left=left)
        found = list(words.before(left + size))
        assert all(left <= event.at_samples < left + size for event in found)
        events += found
        left += size
    return events


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=30), st.integers(0, 10_000))
def test_events_rise_and_end_with_the_last_letter(sizes: list[int], start: int):
    events = told(sizes, start)
    characters = [event.characters for event in events]
    assert characters == sorted(set(characters))
    assert [event.at_samples for event in events] == sorted(event.at_samples for event in events)
    assert characters[-1] == len(TEXT) - 1
    assert all(character <= len(TEXT) for character in characters)


def test_with_the_end_known_from_the_start_they_are_spread_evenly():
    events = told([RATE] * 4, known=4)
    gaps = [b.at_samples - a.at_samples for a, b in pairwise(events[3:])]
    assert [event.characters for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert max(gaps) - min(gaps) <= 1
    assert events[0].at_samples == 0
    assert events[-1].at_samples < 4 * RATE


def test_without_it_they_come_as_of_a_slow_speaker():
    words = Words(segment(), TEXT, start=0, rate=RATE, duration=2.0)
    found = list(words.before(3 * RATE))
    assert found[1].at_samples == 2 * SLOW_HANZI_SECONDS * RATE
    assert len(found) <= 3 / (2 * SLOW_HANZI_SECONDS)


def test_what_was_told_is_not_told_again_and_an_end_without_a_rest_is_one():
    words = Words(segment(), TEXT, start=0, rate=RATE)
    assert len(list(words.before(100 * RATE))) == 7
    words.ends(100 * RATE, left=100 * RATE)
    assert not list(words.before(200 * RATE))
