"""Segments of pieces: nothing lost, nothing doubled, never over the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.indextts2.text_segments import segment_sizes, segments

pytestmark = pytest.mark.unit

PIECES = st.lists(
    st.sampled_from(["▁A", "B", "▁好", ".", ",", "▁,", "-", "'", "▁'", "!", "?", "▁.", "▁...", "▁!"]),
    max_size=60,
)


@given(PIECES, st.integers(1, 20), st.integers(0, 40))
def test_the_segments_together_are_the_pieces_and_none_is_over_the_limit(
    pieces: list[str], limit: int, quick: int
) -> None:
    cut = segments(pieces, limit, quick)
    assert [piece for segment in cut for piece in segment] == pieces
    assert all(1 <= len(segment) <= limit for segment in cut)
    assert segment_sizes(pieces, limit, quick) == tuple(map(len, cut))


@given(PIECES, st.integers(1, 20))
def test_compatible_segments_differ_only_where_a_sentence_is_followed_by_an_apostrophe(
    pieces: list[str], limit: int
) -> None:
    if not any(piece.endswith("'") for piece in pieces):
        assert segments(pieces, limit, compat=True) == segments(pieces, limit)


def test_an_apostrophe_after_a_sentence_stands_once_or_as_upstream_twice() -> None:
    pieces = ["A", "B", ".", "'", "C", "D"]
    assert segments(pieces, 4) == [["A", "B", ".", "'"], ["C", "D"]]
    assert segments(pieces, 4, compat=True) == [["A", "B", ".", "'"], ["'", "C", "D"]]


def test_runs_are_joined_up_to_the_limit_and_to_half_of_it_at_a_quick_start() -> None:
    pieces = ["A", "B", "."] * 6
    assert segment_sizes(pieces, 9) == (9, 9)
    assert segment_sizes(pieces, 9, quick_streaming=7) == (3, 9, 6)


def test_a_run_without_marks_is_cut_at_the_limit_and_one_piece_after_it() -> None:
    assert segment_sizes(["A"] * 13, 5) == (5, 1, 5, 2)


def test_a_mark_after_one_or_two_pieces_ends_nothing() -> None:
    assert segment_sizes(["A", ".", "B", ".", "C", "D"], 4) == (4, 2)
