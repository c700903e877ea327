"""Tokens: what is left of a transcript when marks count nothing and all numbers are alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.normalise import normalise
from emotion_policy.tokens import tokens

pytestmark = pytest.mark.unit

MARKS = '，。！？、；：…—～,.!?;:()[]{}"“”《》-*/ \n\t🙂'
PIECES = ("等", "了", "两", "小时", "坏了", "wait", "don't", "you", "ok", "2", "120", "3.5", "ф", "é", *MARKS)
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)


def test_hanzi_stand_alone_and_words_stand_whole() -> None:
    assert tokens("我要一杯latte,don't wait") == ["我", "要", "一", "杯", "latte", "don't", "wait"]


@pytest.mark.parametrize("number", ["0", "7", "120", "20231121", "٣"])
def test_every_number_is_the_same_token(number: str) -> None:
    assert tokens(f"等了{number}天") == ["等", "了", "0", "天"]


@pytest.mark.parametrize("text", ["", " ", "。。。", "🙂🎉", "?!", "ё", "'"])
def test_what_holds_no_word_has_no_token(text: str) -> None:
    assert tokens(text) == []


@given(texts)
def test_a_mark_is_no_token_and_a_blank_in_its_place_changes_nothing(text: str) -> None:
    blanked = re.sub(rf"[{re.escape(MARKS)}]", " ", text)
    assert tokens(blanked) == tokens(text)


@given(texts)
def test_a_token_is_a_hanzi_a_word_or_a_number(text: str) -> None:
    for token in tokens(text):
        assert re.fullmatch(r"0|[a-z]+(?:'[a-z]+)?|[\u3400-\u9fff]", token)


@given(texts)
def test_tokens_stand_in_the_order_of_the_text(text: str) -> None:
    at = 0
    for token in tokens(text):
        if token != "0":
            at = text.index(token, at) + len(token)


@given(texts, texts)
def test_what_a_mark_separates_is_cut_as_if_it_stood_alone(first: str, second: str) -> None:
    assert tokens(f"{first},{second}") == tokens(first) + tokens(second)


@given(st.text(alphabet="等了两小时没人管wait for hours", min_size=1, max_size=20))
def test_exclamation_says_nothing_to_who_cannot_hear_it(text: str) -> None:
    assert tokens(normalise(text + "！！！")) == tokens(normalise(text))
