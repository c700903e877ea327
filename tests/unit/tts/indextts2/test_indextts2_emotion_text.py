"""A text model's answer: whatever it wrote, eight amounts come out."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.emotion_vector import ORDER
from tts.indextts2.emotion_text import KEYS, MOST, read_emotion

pytestmark = pytest.mark.unit

CALM = dict.fromkeys(ORDER, 0.0) | {"calm": 1.0}


@given(st.text(), st.text() | st.from_regex(r'\{"高兴": .{0,6}\}'))
def test_whatever_is_written_eight_amounts_within_bounds_come_out_and_never_all_zero(text: str, answer: str):
    amounts = read_emotion(text, answer)
    assert tuple(amounts) == ORDER
    assert all(0 <= amount <= MOST for amount in amounts.values())
    assert any(amounts.values())


@given(st.lists(st.floats(0.01, 1.2), min_size=8, max_size=8))
def test_a_whole_answer_is_read_by_name(values: list[float]):
    answer = json.dumps(dict(zip(reversed(KEYS), reversed(values), strict=True)), ensure_ascii=False)
    assert list(read_emotion("好", answer).values()) == pytest.approx(values)


@pytest.mark.parametrize(
    ("answer", "name", "amount"),
    [
        ('{"愤怒": 0.75, "惊讶": 0.2', "angry", 0.75),
        ("愤怒: 0.6, 自然: 0.3", "calm", 0.3),
        ("{'愤怒': 0.6}", "angry", 0.6),
        ("愤怒：0.6", "angry", 0.6),
        ('{"高兴": "0.55"}', "happy", 0.55),
        ('{"愤怒": 1.9}', "angry", 1.2),
    ],
)
def test_broken_answers_are_read_as_far_as_they_go(answer: str, name: str, amount: float):
    assert read_emotion("好", answer)[name] == amount


@pytest.mark.parametrize(
    "answer", ["", "[]", "3", "null", '{"高兴": null}', '{"高兴": NaN}', '{"高兴": [1]}', '{"高兴": -1}']
)
def test_nothing_usable_is_calm(answer: str):
    assert read_emotion("好", answer) == CALM


@pytest.mark.parametrize("text", ["他情绪低落", "So GLOOMY", "a depressed man", "Melancholic"])
def test_a_word_of_melancholy_swaps_it_with_sadness(text: str):
    amounts = read_emotion(text, '{"悲伤": 0.8, "低落": 0.1}')
    assert (amounts["sad"], amounts["melancholic"]) == (0.1, 0.8)
    assert read_emotion("好难过", '{"悲伤": 0.8}')["sad"] == 0.8
