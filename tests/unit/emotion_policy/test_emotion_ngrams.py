"""Columns of n-grams: the same in every process, within bounds, and shared by what is alike."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.ngrams import COLUMNS, RECENT, context_columns, meaning_columns, word_columns
from emotion_policy.tokens import tokens

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
WORDS = (*"等了两个小时没人管我妈妈去世谢", "wait", "disappointed", "disappointing", "my", "mother", "0")
cuts = st.lists(st.sampled_from(WORDS), max_size=40)


def has(columns: list[int], gram: str) -> bool:
    """Whether an n-gram of words is among the columns, or a feature with a prefix of its own."""
    written = gram if ">" in gram else f" {gram}"
    return crc32(written.encode()) % COLUMNS in columns


@given(cuts, cuts)
def test_columns_ascend_each_once_and_within_the_table(cut: list[str], before: list[str]) -> None:
    for columns in (word_columns(cut), meaning_columns(cut), context_columns(cut, before)):
        assert all(first < second for first, second in pairwise(columns))
        assert all(0 <= each < COLUMNS for each in columns)


def test_a_text_without_words_has_no_columns() -> None:
    assert word_columns([]) == meaning_columns([]) == context_columns([], []) == []


def test_hanzi_are_read_in_fours_and_words_in_threes() -> None:
    assert has(word_columns(list("等了两个")), "等 了 两 个")
    assert has(word_columns(tokens("we have been waiting")), "we have been")
    assert not has(word_columns(tokens("we have been waiting")), "we have been waiting")
    assert not has(word_columns(tokens("等了two个")), "等 了 two 个")


def test_where_a_text_begins_and_ends_is_read_too() -> None:
    columns = word_columns(list("谢谢"))
    assert has(columns, "^ 谢")
    assert has(columns, "谢 $")
    assert not has(word_columns(list("我谢谢你")), "^ 谢")


def test_words_of_one_family_share_a_column_and_short_ones_have_no_family() -> None:
    assert has(word_columns(["disappointed"]), "s>disap")
    assert has(word_columns(["disappointing"]), "s>disap")
    assert not has(word_columns(["great"]), "s>great")


@given(cuts, st.integers(0, 40), st.integers(1, 3))
def test_a_text_holds_what_every_part_of_it_holds(cut: list[str], start: int, size: int) -> None:
    part = cut[start : start + size]
    if part:
        assert has(word_columns(cut), " ".join(part))


@given(cuts)
def test_of_an_earlier_turn_the_last_words_count(cut: list[str]) -> None:
    long = [*["前"] * 50, *cut]
    assert context_columns(long, []) == context_columns(long[-RECENT:], [])
    assert context_columns([], long) == context_columns([], long[-RECENT:])


@given(cuts.filter(len))
def test_the_agents_words_are_not_the_customers(cut: list[str]) -> None:
    asked, said = set(context_columns(cut, [])), set(context_columns([], cut))
    assert len(asked & said) < len(asked)
    assert set(context_columns(cut, cut)) == asked | said


def test_both_languages_share_the_columns_of_what_they_mean() -> None:
    chinese, english = (
        set(meaning_columns(tokens(text))) for text in ("等了两个小时", "waited for two hours")
    )
    assert chinese & english


def test_every_process_finds_the_same_columns() -> None:
    """Text is hashed by CRC-32: `hash` differs from process to process."""
    text = "等了两个小时没人管 my mother is so disappointed"
    program = (
        "from emotion_policy.ngrams import *; from emotion_policy.tokens import tokens; "
        f"cut = tokens({text!r}); print(word_columns(cut), meaning_columns(cut), context_columns(cut, cut))"
    )
    cut = tokens(text)
    here = f"{word_columns(cut)} {meaning_columns(cut)} {context_columns(cut, cut)}"
    for seed in ("0", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == here
