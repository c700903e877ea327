"""Runs, clauses and marks: the pure path from a sentence to the library and back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Language
from tts.clauses import LONGEST, clauses
from tts.iong import PHONEMES, respell
from tts.marks import marks_of, rising
from tts.scripts import runs

pytestmark = pytest.mark.unit

MIXED = st.lists(
    st.sampled_from(
        ("您好", "谢谢", "wait", "APP", "3", "10", "，", "。", ",", ".", "“", "”", "(", " ", "\n", "é", "😊")
    ),
    max_size=25,
).map("".join) | st.text(max_size=40)
LANGUAGES = st.sampled_from(["zh", "en"])


@given(MIXED, LANGUAGES)
def test_runs_together_are_the_text_and_neighbours_differ(text: str, default: Language) -> None:
    found = runs(text, default)
    assert "".join(run.text for run in found) == text
    assert all(text[run.start : run.start + len(run.text)] == run.text for run in found)
    assert all(a.language != b.language for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("请打开APP，点右上角", "zh", [("请打开", "zh"), ("APP，", "en"), ("点右上角", "zh")]),
        ("第3号", "en", [("第3号", "zh")]),
        ("A3纸", "zh", [("A3", "en"), ("纸", "zh")]),
        ("Bus 12, 到了", "en", [("Bus 12, ", "en"), ("到了", "zh")]),
        ("他说“OK”了", "zh", [("他说", "zh"), ("“OK”", "en"), ("了", "zh")]),
        ("12", "zh", [("12", "zh")]),
        ("12", "en", [("12", "en")]),
    ],
)
def test_every_script_gets_its_own_voice(
    text: str, default: Language, expected: list[tuple[str, str]]
) -> None:
    assert [(run.text, run.language) for run in runs(text, default)] == expected


@given(MIXED, LANGUAGES)
def test_clauses_hold_every_character_that_sounds_once_and_in_order(text: str, default: Language) -> None:
    found = clauses(text, default)
    assert "".join(c for clause in found for c in clause.text if c.isalnum()) == "".join(
        c for c in text if c.isalnum()
    )
    assert all(text[c.start : c.start + len(c.text)] == c.text for c in found)
    assert all(any(x.isalnum() for x in c.text) for c in found)
    assert not found or found[-1].pause == 0.0


@given(st.text(alphabet="请您稍等 abc", min_size=100, max_size=600), LANGUAGES)
def test_no_clause_keeps_the_listener_waiting(text: str, default: Language) -> None:
    for clause in clauses(text, default):
        assert sum(1 if c.isascii() else 3 for c in clause.text) <= LONGEST + 3


def test_a_clause_keeps_its_mark_and_rests_after_it() -> None:
    first, second = clauses("您好，请坐。", "zh")
    assert first.text == "您好，"
    assert second.text == "请坐。"
    assert first.pause == 0.15


def test_an_english_full_stop_is_left_to_the_voice() -> None:
    assert [c.text for c in clauses("He left. She stayed, too.", "en")] == ["He left. She stayed, ", "too."]


def test_broken_hanzi_are_respelled_and_nothing_else() -> None:
    text, origin = respell("很穷。")
    assert text == "很[[tS;hj'ong35]]。"
    assert [origin[0], origin[1], origin[-2], origin[-1]] == [0, 1, 1, 2]
    assert respell("您好") == ("您好", (0, 1))
    assert set("穷琼兄胸凶雄熊匈汹炯窘") <= set(PHONEMES)


@given(st.text(alphabet="穷兄很好，", max_size=20))
def test_respelling_keeps_every_place(text: str) -> None:
    spelled, origin = respell(text)
    assert len(spelled) == len(origin)
    assert list(origin) == sorted(origin)
    assert set(origin) == set(range(len(text)))


def test_a_mandarin_word_of_one_event_is_shared_out_among_its_hanzi() -> None:
    marks = marks_of([(0, 1, 0), (1, 1, 100)], range(4), "请谢谢。", 301, "zh")
    assert marks == [(0, 0), (100, 1), (200, 2)]


def test_an_english_word_is_reached_at_its_onset() -> None:
    assert marks_of([(0, 4, 0), (5, 3, 90)], range(8), "Wait now", 200, "en") == [(0, 3), (90, 7)]


@given(
    st.lists(st.tuples(st.integers(-2, 30), st.integers(-1, 9), st.integers(-5, 999)), max_size=8),
    st.integers(0, 20),
    st.integers(0, 500),
    LANGUAGES,
)
def test_marks_stay_within_the_clause_whatever_the_library_reports(
    words: list[tuple[int, int, int]], size: int, samples: int, language: Language
) -> None:
    marks = marks_of(words, range(size), "好" * size, samples, language)
    assert all(0 <= s <= max(samples - 1, 0) and 0 <= index < size for s, index in marks)
    news = list(rising(marks, 0))
    assert [s for s, _ in news] == sorted(s for s, _ in news)
    assert [c for _, c in news] == sorted({c for _, c in news})
