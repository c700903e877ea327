"""The conversation as it is shown: one entry each, and of a cut reply what was heard beside what was meant."""

from __future__ import annotations

import pytest

from core import events as e
from core.emotion import Style
from tui.talk import KEPT, Talk

pytestmark = pytest.mark.unit


def entries(*events):
    talk = Talk()
    for event in events:
        talk.feed(event)
    return talk.entries


def heard(text: str, *, final: bool = True, turn: int = 1) -> e.TranscriptChanged:
    return e.TranscriptChanged(
        at=1.0, turn=turn, text=text, final=final, language="zh", logprob=0, no_speech=0
    )


def delta(text: str, turn: int = 1) -> e.ReplyDelta:
    return e.ReplyDelta(at=2.0, turn=turn, text=text)


def ended(reply: str, told: str, turn: int = 1) -> e.TurnEnded:
    return e.TurnEnded(at=3.0, turn=turn, outcome="answered", reply=reply, heard=told)


began = e.ReplyBegan(at=1.5, turn=1, source="model")


def test_an_utterance_stays_one_entry_while_it_is_understood():
    start = e.SpeechStarted(at=0.5, turn=1, voiced_from=0.4)
    (first,) = entries(start, heard("我", final=False))
    (last,) = entries(start, heard("我", final=False), heard("我要退票"))
    assert first.key == last.key
    assert (first.partial, last.partial, last.text) == (True, False, "我要退票")


def test_a_reply_grows_and_is_what_the_turns_end_says():
    _, growing = entries(heard("x"), began, delta(" 好"), delta("的。"))
    assert (growing.who, growing.text, growing.partial) == ("agent", "好的。", True)
    _, whole = entries(heard("x"), began, delta("好"), ended("好的。", "好的。"))
    assert (whole.text, whole.heard, whole.partial) == ("好的。", None, False)


def test_an_english_opener_is_followed_by_a_space():
    opener = e.OpenerChosen(at=1.6, turn=1, text="I am sorry.")
    assert entries(heard("x"), began, opener, delta("Let me see."))[-1].text == "I am sorry. Let me see."


def test_of_a_reply_that_was_cut_it_is_known_what_was_heard():
    cut = e.BargeIn(at=2.5, turn=1, heard="好")
    assert entries(heard("x"), began, delta("好的。"), cut)[-1].heard == "好"
    assert entries(heard("x"), began, delta("好的。"), cut, ended("好的。", "好"))[-1].heard == "好"
    assert entries(heard("x"), began, delta("好的。"), ended("好的。", ""))[-1].heard == ""


def test_an_interruption_before_there_was_a_reply_leaves_no_reply():
    assert [entry.who for entry in entries(heard("x"), e.BargeIn(at=1.2, turn=1, heard=""))] == ["customer"]


def test_noise_leaves_nothing_behind():
    assert entries(e.SpeechStarted(at=0.5, turn=1, voiced_from=0.4), heard(""), ended("", "")) == ()


def test_words_before_which_no_customer_spoke_are_an_operators():
    assert entries(began, delta("hello"))[0].who == "operator"


def test_a_reply_has_the_style_of_its_newest_sentence():
    said = e.SentenceReady(at=2.0, turn=1, index=0, text="好的。", style=Style.WARM)
    assert entries(heard("x"), began, said)[-1].style is Style.WARM


def test_what_happened_between_is_remarked():
    remarks = entries(
        e.VisitReset(at=1.0),
        e.StaffCalled(at=1.0, turn=1, because="转人工"),
        e.ControlChanged(at=1.0, operator=True),
        e.ControlChanged(at=1.0, operator=False),
    )
    assert [entry.text for entry in remarks] == [
        "new_customer",
        "staff_wanted",
        "operator_on",
        "operator_off",
    ]
    assert len({entry.key for entry in remarks}) == 4


def test_only_the_newest_are_kept():
    kept = entries(*(heard(str(turn), turn=turn) for turn in range(1, KEPT + 11)))
    assert [entry.text for entry in kept] == [str(turn) for turn in range(11, KEPT + 11)]
