"""The text front end of version 2.5: small letters, a language's tag, readings, and segments within a limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.indextts2.random_ranks import text_ranks
from tts.indextts2.text_ranks import SPECIALS, RankedTokens
from tts.indextts2.text_tagged import TaggedFront

pytestmark = pytest.mark.unit

RANKS = 4727


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory) -> RankedTokens:
    path = tmp_path_factory.mktemp("ranks") / "text.tiktoken"
    path.write_bytes(text_ranks(RANKS))
    return RankedTokens(path)


@pytest.fixture(scope="module")
def front(vocabulary) -> TaggedFront:
    return TaggedFront(vocabulary)


def _said(front: TaggedFront, text: str, **options) -> list[str]:
    return ["".join(segment.pieces) for segment in front.segments(text, **options)]


def test_letters_are_small_numbers_are_read_and_marks_are_the_few(front):
    assert _said(front, "您好，WiFi有3个！") == [" 您好,wifi有三个!"]
    assert _said(front, "Good Morning: 3 Cards") == [" good morning, three cards"]


@pytest.mark.parametrize(
    ("text", "reply", "language"),
    [("你好", None, "zh"), ("Hello", None, "en"), ("12:30", "en", "en"), ("你好 Anna", "en", "zh")],
)
def test_every_segment_has_the_tag_of_the_language_that_reads_it(front, text, reply, language):
    segment = front.segments(text, reply=reply)[0]
    assert segment.language == language
    assert segment.ids[0] == RANKS + 2 + (language == "zh")
    assert segment.pieces[0] == ""


def test_a_reading_stands_in_capitals_between_the_special_tokens_of_its_kind(front):
    for text, inner, place in (
        ("在银<行|hang2>里", "HANG2", 123),
        ("<going|g ow1 . ih0 ng>", "G OW1 . IH0 NG", 122),
    ):
        segment = front.segments(text, reply="zh" if place == 123 else "en")[0]
        at = [n for n, number in enumerate(segment.ids) if number == RANKS + place]
        assert len(at) == 2
        assert "".join(segment.pieces[at[0] : at[1]]) == inner


def test_what_a_reading_replaces_counts_as_said_with_it(front):
    segment = front.segments("银<行|hang2>里")[0]
    assert dict(zip(segment.pieces, segment.reached, strict=True))["H"] == len("银<行|hang2>")
    assert segment.characters == len("银<行|hang2>里")


def test_marks_with_the_numbers_of_start_and_stop_are_kept_or_as_upstream_dropped(vocabulary):
    kept = TaggedFront(vocabulary).segments("好！")[0]
    assert kept.ids[-1] == 0
    assert kept.pieces[-1] == "!"
    dropped = TaggedFront(vocabulary, dropped=(0, 1)).segments("好！")[0]
    assert dropped.ids == kept.ids[:-1]


@given(st.text(st.sampled_from("你好早a b,，。.!-'3…\n"), max_size=120), st.integers(8, 40))
def test_no_segment_is_over_the_limit_and_none_of_the_text_is_lost(front, text, limit):
    segments = front.segments(text, limit=limit)
    whole = "".join(_said(front, text, limit=10_000))
    assert "".join("".join(segment.pieces)[1:] for segment in segments) == whole[1:]
    assert all(len(segment.ids) <= limit for segment in segments)
    reached = [place for segment in segments for place in segment.reached]
    assert reached == sorted(reached)
    if segments:
        assert segments[-1].characters == len(text)


def test_a_long_text_is_cut_at_marks_and_never_within_a_reading(front):
    text = "你好，我们今天开门<行|hang2>。" * 6
    segments = front.segments(text, limit=30)
    assert len(segments) > 2
    for segment in segments:
        marks = [number for number in segment.ids if number == RANKS + 123]
        assert len(marks) % 2 == 0
    assert all("".join(segment.pieces)[-1] in ",.门2" for segment in segments)


def test_nothing_is_said_of_nothing(front):
    assert front.segments("") == []


def test_made_up_ranks_reach_as_far_as_they_are_asked_to(vocabulary):
    assert vocabulary.size == RANKS + SPECIALS
    assert text_ranks(RANKS) == text_ranks(RANKS)
    assert vocabulary.count("好") == 1
