"""The house's own sentences: honest, short, never twice the same in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Language, script_of
from llm.answers import Moment, did_you_mean, every_sentence, sentence_for, yes_or_no

pytestmark = pytest.mark.unit
_LANGUAGES: tuple[Language, ...] = ("zh", "en")


@given(st.sampled_from(Moment), st.sampled_from(_LANGUAGES), st.integers(0, 99), st.text(max_size=9))
def test_the_choice_is_repeatable_and_changes_with_the_turn(
    moment: Moment, language: Language, turn: int, heard: str
) -> None:
    chosen = sentence_for(moment, language, turn=turn, heard=heard)
    assert chosen == sentence_for(moment, language, turn=turn, heard=heard)
    assert chosen != sentence_for(moment, language, turn=turn + 1, heard=heard)
    assert script_of(chosen) == language
    assert chosen in every_sentence(language)


def test_not_knowing_always_offers_a_person() -> None:
    assert all("工作人员" in sentence_for(Moment.UNKNOWN, "zh", turn=turn) for turn in range(9))
    assert all("staff" in sentence_for(Moment.UNKNOWN, "en", turn=turn) for turn in range(9))


def test_a_question_back_names_the_question() -> None:
    assert did_you_mean("护照怎么办？", "zh") == "您是想问“护照怎么办”吗？"
    assert did_you_mean("where is the lift", "en") == "Did you mean: where is the lift?"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("是的。", "yes"), ("好啊", "yes"), ("对，谢谢", "yes"),
        ("Yes, please", "yes"), ("yes but where", "neither"),
        ("不用了，谢谢", "no"), ("No thanks.", "no"), ("那地铁呢", "neither"), ("", "neither"),
    ],
)  # fmt: skip
def test_yes_and_no_are_told_from_new_questions(said: str, answer: str) -> None:
    assert yes_or_no(said) == answer
