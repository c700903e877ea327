"""Bytes to speakable text: however the pieces are cut, the same text comes out."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.filters import StopFilter, ThoughtFilter, Utf8Filter

pytestmark = pytest.mark.unit


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd")), st.integers(1, 5))
def test_characters_split_over_pieces_come_out_whole(text: str, size: int) -> None:
    utf8, encoded = Utf8Filter(), text.encode()
    pieces = [utf8.feed(encoded[i : i + size]) for i in range(0, len(encoded), size)]
    assert "".join(pieces) == text


@given(st.lists(st.binary(max_size=4)))
def test_no_bytes_ever_become_a_replacement_character(pieces: list[bytes]) -> None:
    utf8 = Utf8Filter()
    assert "\ufffd" not in "".join(map(utf8.feed, pieces))


@given(st.text("ab<|>"), st.lists(st.integers(0, 99)), st.lists(st.text("ab<|>", min_size=1), max_size=3))
def test_nothing_of_a_stop_string_is_said(text: str, cuts: list[int], stops: list[str]) -> None:
    stop = StopFilter(stops)
    said = ""
    for piece in _cut(text, cuts):
        said += stop.feed(piece)
        assert not any(each in said for each in stops)
    ended = stop.stopped
    said += stop.finish()
    ends = [text.find(each) for each in stops if each in text]
    # Pieces show a stop string only when it is complete, so the first one complete wins.
    assert ended == bool(ends)
    if not ends:
        assert said == text
    else:
        assert text.startswith(said)


@given(st.text("ab"), st.lists(st.integers(0, 99)))
def test_without_a_stop_string_nothing_is_lost(text: str, cuts: list[int]) -> None:
    stop = StopFilter(("aXb", "<|im_end|>"))
    assert "".join([*map(stop.feed, _cut(text, cuts)), stop.finish()]) == text


def test_what_may_become_a_stop_string_is_held_back() -> None:
    stop = StopFilter(("<|im_end|>",))
    assert [stop.feed("好<|im"), stop.feed("_x"), stop.feed("<|im_end|>走")] == ["好", "<|im_x", ""]
    assert stop.stopped


@given(st.lists(st.integers(0, 99)))
def test_a_leading_thought_is_never_said(cuts: list[int]) -> None:
    thoughts = ThoughtFilter()
    pieces = _cut("\n<think>他想问什么？</think>五点。", cuts)
    assert "".join([*map(thoughts.feed, pieces), thoughts.finish()]) == "五点。"


@given(
    st.text("<think>/五", max_size=12).filter(lambda text: not text.startswith("<think>")),
    st.lists(st.integers(0, 99)),
)
def test_a_reply_without_thoughts_is_untouched(text: str, cuts: list[int]) -> None:
    thoughts = ThoughtFilter()
    assert "".join([*map(thoughts.feed, _cut(text, cuts)), thoughts.finish()]) == text
