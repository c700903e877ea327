"""A model that repeats the opener is not heard repeating it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.echo import EchoFilter

pytestmark = pytest.mark.unit

SAID = "对不起，这件事给您添麻烦了。"
REPLIES = (
    "我现在就查。",
    "对不起，我来查。",
    "对不起这件事给您添麻烦了，我来查。",
    "对不起，这件事给您",
    "……对不起",
    "",
    SAID,
    f"{SAID}{SAID}我来查。",
)


def filtered(said: str, pieces: list[str]) -> str:
    echo = EchoFilter(said)
    return "".join([*(echo.feed(piece) for piece in pieces), echo.finish()])


@given(st.sampled_from(REPLIES) | st.text(), st.sampled_from(("", SAID, "I'm sorry about this.")), st.data())
def test_however_the_stream_is_cut_the_reply_is_the_same(reply, said, data):
    at = sorted(data.draw(st.lists(st.integers(0, len(reply)), max_size=6)))
    pieces = [reply[a:b] for a, b in zip([0, *at], [*at, len(reply)], strict=True)]
    assert filtered(said, pieces) == filtered(said, list(reply)) == filtered(said, [reply])


@given(st.text(), st.sampled_from(("", SAID)))
def test_a_reply_that_is_no_echo_passes_unchanged(reply, said):
    if not reply.startswith("对"):
        assert filtered(said, [reply]) == reply


@pytest.mark.parametrize(
    ("said", "reply", "rest"),
    [
        (SAID, f"{SAID}我现在就查。", "我现在就查。"),
        (SAID, "对不起，这件事给您添麻烦了！！ 我现在就查。", "我现在就查。"),
        (SAID, f"{SAID}{SAID}我来查。", f"{SAID}我来查。"),
        ("I'm sorry about this.", "I'm sorry about this, and I will check.", "and I will check."),
        ("I'm sorry about this.", "i’m SORRY about this. Wait here.", "Wait here."),
        (SAID, "对不起，我现在就查。", "对不起，我现在就查。"),
        (SAID, "对不起，这件事", "对不起，这件事"),
        (SAID, SAID, ""),
    ],
)
def test_only_the_whole_opener_at_the_beginning_is_left_out(said, reply, rest):
    assert filtered(said, [reply]) == rest


def test_nothing_waits_once_the_reply_differs():
    echo = EchoFilter(SAID)
    assert echo.feed("对不") == ""
    assert echo.feed("住您") == "对不住您"
    assert echo.feed("了") == "了"
