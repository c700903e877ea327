"""The label: letters for states, taught in the system prompt, counted at the first step, never said."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Opinion, State
from llm import label
from llm.filters import SpokenFilter
from llm.label import LETTER_OF, LETTERS, LabelFilter, ballot, instructed, instructions, vote
from llm.prompt import SYSTEM_PROMPT

pytestmark = pytest.mark.unit

LABELS = (
    "D\n", "\nD\n", "D \n", "d\n", "[D]\n", "(D)\n", "D.\n", "D：不满\n", "D complaint\n", "complaint\n", "D 不满 complaint\n",
    "State: D\n", "状态：D\n", "A\nD\n", "**D**\n", "→ D\n", "\n[D]\n\n",
)  # fmt: skip
ANSWERS = (
    "抱歉让您久等了。", "A member of staff is coming.", "I am sorry.", "Complaints are taken at window 3.", "D座一楼。", "请稍等\nD\n",
    "Hello\nA\n",
    "Thanks\nfor waiting", "（一楼）左转", "", "Anxious people are welcome", "3\n", "担心是正常的", "state your name",
)  # fmt: skip


def _said(*pieces: str) -> str:
    filtered = LabelFilter()
    return "".join([*map(filtered.feed, pieces), filtered.finish()])


def test_the_letters_follow_the_order_of_the_states() -> None:
    assert "".join(LETTER_OF[state] for state in State) == LETTERS == "ABCDEFGHIJKLM"


def test_the_legend_teaches_every_state_once_and_in_order() -> None:
    legend = [line for line in instructions().splitlines() if line[1:2] == " " and "→" not in line]
    assert [line[0] for line in legend] == list(LETTERS)
    assert all(len(line) > 4 for line in legend)


def test_the_examples_are_in_both_languages_and_end_in_the_letter_of_their_state() -> None:
    examples = [line for line in instructions().splitlines() if "→" in line]
    assert 6 <= len(examples) <= 8
    chinese = [line for line in examples if any("\u4e00" <= c <= "\u9fff" for c in line)]
    assert 3 <= len(chinese) <= len(examples) - 3
    assert all(line[-1] in LETTERS for line in examples)
    assert len({line[-1] for line in examples}) == len(examples)


def test_the_system_prompt_stands_first_so_that_its_evaluation_is_kept() -> None:
    assert instructed(SYSTEM_PROMPT).startswith(SYSTEM_PROMPT + "\n")
    assert instructed("") == instructions()


def _letterwise(text: str) -> list[int]:
    return [ord(character) for character in text]


def _letters_glued_to_newlines(text: str) -> list[int]:
    return [*_letterwise(text[:-2]), ord(text[-2]) + 1000] if text[-1:] == "\n" else _letterwise(text)


def _letter_changes_what_is_before(text: str) -> list[int]:
    return [len(text), *_letterwise(text)]


def _letters_in_two(text: str) -> list[int]:
    return [each for c in text for each in ((7, ord(c)) if c in LETTERS else (ord(c),))]


def test_a_ballot_holds_one_token_for_each_letter_and_the_end_of_the_line() -> None:
    found = ballot(_letterwise, "assistant:")
    assert found is not None
    assert found.letters == tuple(map(ord, LETTERS))
    assert found.line(State.ANXIOUS) == (ord("E"), ord("\n"))


@pytest.mark.parametrize(
    "tokenize",
    [
        _letters_glued_to_newlines,
        _letter_changes_what_is_before,
        _letters_in_two,
        lambda text: [1] * len(text),
    ],
)
def test_where_a_letter_is_not_a_token_of_its_own_there_is_no_ballot(tokenize) -> None:
    assert ballot(tokenize, "assistant:") is None


@given(st.lists(st.floats(-80, 80), min_size=13, max_size=13))
def test_a_vote_is_a_softmax_over_the_letters(logits: list[float]) -> None:
    opinion = vote(logits)
    assert math.isclose(sum(opinion.probabilities), 1.0, abs_tol=1e-9)
    assert all(0.0 <= each <= 1.0 for each in opinion.probabilities)
    assert logits[list(State).index(opinion.state)] >= max(logits) - 1e-9
    assert opinion.probability == max(opinion.probabilities)


def test_of_equal_votes_precedence_decides() -> None:
    assert vote([0.0] * 13).state is State.URGENT
    assert Opinion(probabilities=(0.1, 0.2, 0.2, 0.5, *[0.0] * 9)).state is State.COMPLAINT


@pytest.mark.parametrize("line", LABELS)
def test_a_label_before_the_reply_is_not_said(line: str) -> None:
    assert _said(f"{line}您好").strip() == "您好"
    assert _said(line.rstrip("\n")).strip() == ""


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_no_label_is_said_to_the_letter(answer: str) -> None:
    assert _said(answer) == answer
    assert _said(*answer) == answer


@given(
    st.sampled_from(LABELS) | st.just(""), st.sampled_from(ANSWERS) | st.text(), st.lists(st.integers(0, 99))
)
def test_however_the_reply_is_cut_the_text_is_the_same(line: str, answer: str, cuts: list[int]) -> None:
    text = line + answer
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    assert _said(*(text[a:b] for a, b in pairwise(places))) == _said(text)


def test_an_ordinary_beginning_waits_for_no_more_than_a_character() -> None:
    filtered = LabelFilter()
    assert [filtered.feed(piece) for piece in ("A", "l", "so")] == ["", "Al", "so"]
    assert LabelFilter().feed("您") == "您"


@given(
    st.lists(
        st.sampled_from(["F", "\n", "[sigh]", "<anxious>", "（语气：x）", " ", "好", "A", "[", "D]"]),
        max_size=12,
    )
)
def test_labels_and_tags_together_leave_nothing_to_remove(parts: list[str]) -> None:
    def said(*pieces: str) -> str:
        spoken = SpokenFilter(labelled=True)
        return "".join([*map(spoken.feed, pieces), spoken.finish()])

    once = said(*parts)
    assert said("".join(parts)) == once
    assert said(once) == once


def test_without_a_label_asked_for_a_letter_is_an_answer() -> None:
    spoken = SpokenFilter(labelled=False)
    assert spoken.feed("D\n好") + spoken.finish() == "D\n好"


def test_the_longest_label_is_recognised() -> None:
    assert max(map(len, label._labels())) <= label._LONGEST
