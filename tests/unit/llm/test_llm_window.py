"""The window: the oldest turns go, the system prompt and the question stay."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Message
from llm.window import common_prefix, fit, shifted, tidy

pytestmark = pytest.mark.unit


def _tokens(messages: Sequence[Message]) -> list[int]:
    return [ord(character) for message in messages for character in f"<{message.role[0]}{message.text}>"]


def _dialogue(sizes: list[tuple[int, int]]) -> list[Message]:
    messages = [Message("system", "S" * 10)]
    for number, (asked, answered) in enumerate(sizes):
        messages += [Message("user", f"{number}" * asked), Message("assistant", "a" * answered)]
    return [*messages, Message("user", "last question")]


_SIZES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 20)), max_size=9)


@given(_SIZES, st.integers(0, 300))
def test_as_little_as_possible_is_dropped(sizes: list[tuple[int, int]], room: int) -> None:
    messages = _dialogue(sizes)
    fitted = fit(messages, tokenize=_tokens, room=room)
    least = len(_tokens([messages[0], messages[-1]]))
    if fitted is None:
        assert least > room
        return
    assert len(fitted.tokens) <= room
    assert list(fitted.tokens) == _tokens(fitted.messages)
    assert fitted.messages[0] == messages[0]
    assert fitted.messages[-1] == messages[-1]
    assert list(fitted.messages[1:]) == messages[1 + 2 * fitted.dropped_turns :]
    if fitted.dropped_turns:
        more = [messages[0], *messages[1 + 2 * (fitted.dropped_turns - 1) :]]
        assert len(_tokens(more)) > room


def test_without_a_system_message_the_question_still_stays() -> None:
    messages = [Message("user", "old" * 50), Message("assistant", "x"), Message("user", "new")]
    fitted = fit(messages, tokenize=_tokens, room=10)
    assert fitted is not None
    assert fitted.messages == (Message("user", "new"),)


def test_replies_cut_before_they_were_heard_leave_no_gap() -> None:
    messages = [Message("user", "a"), Message("assistant", " "), Message("user", "b")]
    assert tidy(messages) == [Message("user", "a\nb")]


def test_a_greeting_before_the_first_question_is_not_part_of_the_chat() -> None:
    messages = [Message("system", "s"), Message("assistant", "您好"), Message("user", "a")]
    assert tidy(messages) == [Message("system", "s"), Message("user", "a")]


@given(st.lists(st.integers(0, 3)), st.lists(st.integers(0, 3)))
def test_the_common_prefix_is_common_and_longest(left: list[int], right: list[int]) -> None:
    length = common_prefix(left, right)
    assert left[:length] == right[:length]
    assert left[length : length + 1] != right[length : length + 1] or length == min(len(left), len(right))


@given(st.integers(0, 20), st.integers(1, 30), st.integers(0, 60))
def test_what_moved_back_in_the_cache_is_found(head: int, gone: int, rest: int) -> None:
    numbers = list(range(head + gone + rest))
    cached, wanted = numbers, numbers[:head] + numbers[head + gone :] + [-1] * 20
    start, end = shifted(cached, wanted)
    if rest >= 16:
        assert (start, end) == (head, head + gone)
    else:
        assert (start, end) == (0, 0)
