"""The repetition guard: circles end, ordinary speech does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.repetition import SHORTEST, repeats

pytestmark = pytest.mark.unit


@given(st.text("天地玄黄宇宙洪荒", min_size=12, max_size=40), st.text("甲乙丙", max_size=20))
def test_a_phrase_said_three_times_is_found(phrase: str, before: str) -> None:
    assert repeats(before + phrase * 3)


@given(st.text("abc", min_size=1, max_size=5))
def test_a_short_phrase_needs_more_times(phrase: str) -> None:
    assert repeats(phrase * SHORTEST)


@given(st.lists(st.integers(0, 9999), min_size=40, max_size=60, unique=True))
def test_text_that_goes_on_is_left_alone(numbers: list[int]) -> None:
    assert not repeats(" ".join(f"{number:04}" for number in sorted(numbers)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "好的好的好的，我帮您查一下。",
        "电话是一二三，四五六，一二三，四五六，一二三，四五六。",
        "请到一号窗口，请到二号窗口，请到三号窗口，请到四号窗口。",
        "-" * 80,
    ],
)
def test_ordinary_repetition_is_allowed(text: str) -> None:
    assert not repeats(text)
