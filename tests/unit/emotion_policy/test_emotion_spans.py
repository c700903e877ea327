"""Spans of normalised text lead back to the words as they were heard."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy import normalise as module
from emotion_policy.normalise import LONGEST, normalise
from emotion_policy.spans import Places

pytestmark = pytest.mark.unit

MISHEARD: dict[str, str] = tomllib.loads(
    Path(module.__file__).with_name("normalise.toml").read_text(encoding="utf-8")
)["homophones"]
texts = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                "嗯，",
                "我我我",
                "投诉投诉",
                " ",
                "ＴＷＯ",
                "就命",
                "dont ",
                "é",
                "服務",
                "……",
                "呃",
                "!",
                "Σ",
                "한",
                "e\u0301",
                "I'm ",
            ]
        ),
        max_size=30,
    ).map("".join),
    st.text(alphabet="的 a，", min_size=LONGEST, max_size=LONGEST + 50),
)


@pytest.mark.parametrize(
    ("text", "found", "heard"),
    [
        ("我等了两个小时", "等了两个小时", "等了两个小时"),
        ("嗯，我等了两個小時", "等了两个小时", "等了两個小時"),
        ("UM, This is RIDICULOUS!!!", "ridiculous", "RIDICULOUS"),
        ("等 了 两 个 小时", "等了两个小时", "等 了 两 个 小时"),
        ("ＶＩＰ会员 投诉投诉投诉", "投诉", "投诉"),
        ("I dont know", "don't", "dont"),
    ],
)
def test_a_span_is_the_words_as_they_were_heard(text: str, found: str, heard: str) -> None:
    start = normalise(text).index(found)
    first, last = Places(text).of(start, start + len(found))
    assert text[first:last].strip("，, ") == heard


@pytest.mark.parametrize(("heard", "meant"), sorted(MISHEARD.items())[:40])
def test_a_misheard_word_is_where_it_was_heard(heard: str, meant: str) -> None:
    text = f"。。{heard}。"
    if normalise(text) == meant:
        assert Places(text).of(0, len(meant)) == (2, 2 + len(heard))


def test_what_was_left_out_of_the_middle_moves_no_span() -> None:
    text = "很" + "一二三四五六七八九十" * 200 + "我要投诉"
    start = normalise(text).index("投诉")
    first, last = Places(text).of(start, start + 2)
    assert text[first:last] == "投诉"
    assert first == len(text) - 2


@given(texts, st.data())
def test_every_span_lies_in_the_transcript_and_larger_ones_hold_smaller_ones(
    text: str, data: st.DataObject
) -> None:
    plain, places = normalise(text), Places(text)
    end = data.draw(st.integers(0, len(plain)))
    start = data.draw(st.integers(0, end))
    first, last = places.of(start, end)
    assert 0 <= first <= last <= len(text)
    assert (first, last) == (0, 0) or start < end
    if start < end:
        whole = places.of(0, len(plain))
        assert whole[0] <= first
        assert last <= whole[1]


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40))
def test_plain_text_is_where_it_is(text: str) -> None:
    plain = normalise(text)
    if plain != text.lower():
        return
    for at in range(len(plain)):
        assert Places(text).of(at, at + 1) == (at, at + 1)


def test_nothing_is_nowhere() -> None:
    assert Places("").of(0, 0) == (0, 0)
    assert Places("我等了").of(2, 2) == (0, 0)
