"""Sentences on their way to the voice: numbered, checked, told how to sound, and never a jump."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Delivery, State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Arc, Decision, Flag, Observation
from emotion_policy.memory import Memory
from emotion_policy.styles import FURTHEST_MOVE, delivery
from pipeline import phrasing as module
from pipeline.phrasing import Phrasing, answered

pytestmark = pytest.mark.unit

COMPLAINT = decide(Observation(text="等了两个小时没人管，太差了", language="zh", scenario="retail"))
GRIEF = decide(Observation(text="我爸上个月去世了", language="zh", scenario="medical"))
TEXTS = (
    "对不起，让您久等了。", "一共三百元。", "请您到窗口来。", "我马上查。", "恭喜您。", "退款3天到账！", "我能理解您的心情，我来查。", "Take 2 tablets.",
)  # fmt: skip


def phrasing() -> Phrasing:
    return Phrasing(lambda _style, _language: ("很高兴",))


def said(texts: list[str], decision: Decision | None = COMPLAINT):
    reply = phrasing()
    return [reply.say(text, decision, "zh", last=index == len(texts) - 1) for index, text in enumerate(texts)]


def test_a_reply_opens_carries_the_matter_and_closes():
    styles = [each.sentence.delivery.style for each in said(["对不起，让您久等了。", "我来查。", "请稍等。"])]
    assert styles == [Style.APOLOGETIC, Style.PROFESSIONAL, Style.SOOTHING]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_dose_is_said_in_the_bodys_voice_wherever_it_stands(place):
    texts = ["请您放心。", "我来查。", "请稍等。"]
    texts[place] = "每次两片，一日三次。"
    delivered = said(texts, GRIEF)[place].sentence.delivery
    assert (delivered.rate, delivered.pause) == (GRIEF.arc.body.rate, GRIEF.arc.body.pause)
    assert delivered.style is GRIEF.arc.body.style


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6), st.sampled_from((COMPLAINT, GRIEF)))
def test_the_voice_never_jumps_between_neighbouring_sentences(texts, decision):
    emotions = [astuple(each.sentence.delivery.emotion) for each in said(texts, decision) if each.sentence]
    for before, after in pairwise(emotions):
        assert math.fsum(abs(a - b) for a, b in zip(before, after, strict=True)) <= FURTHEST_MOVE + 1e-9


def test_a_clause_that_only_claims_or_cheers_vanishes_if_its_sentence_goes_on():
    for clause in ("很高兴为您服务，", "我能理解您的心情，", "哈哈，"):
        reply = said([clause, "我来查。"])
        assert (reply[0].sentence, reply[0].checked.text) == (None, "")
        assert (reply[1].sentence.text, reply[1].sentence.index) == ("我来查。", 0)
        assert said([clause])[0].sentence.text, "a reply's only words are never lost"


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6))
def test_sentences_are_numbered_in_order_and_hold_the_checked_words(texts):
    reply = [each for each in said(texts) if each.sentence]
    assert reply, "something is always said"
    assert [each.sentence.index for each in reply] == list(range(len(reply)))
    assert all(each.sentence.text == each.checked.text for each in reply)


def test_words_that_break_the_tone_and_stay_are_said_in_the_states_own_voice():
    reply = said(["我来查。", "如果不行，恭喜您。", "请稍等。"])
    assert reply[1].checked.conflict == "恭喜"
    assert reply[1].sentence.delivery.style is COMPLAINT.arc.open.style


def test_a_sentence_that_does_not_suit_at_all_vanishes_from_a_reply_that_goes_on_without_it():
    reply = said(["我来查。", "恭喜您。", "I feel your pain.", "请稍等。"])
    assert [each.sentence.text for each in reply if each.sentence] == ["我来查。", "请稍等。"]
    assert [each.checked.conflict for each in reply] == [""] * 4


def test_a_site_s_own_words_are_refused_too():
    assert said(["很高兴见到您，请坐。"])[0].sentence.text == "请坐。"


def test_one_apology_is_enough_for_a_complaint_and_the_bereaved_may_hear_two():
    assert said(["对不起，让您久等了。", "抱歉，我现在就查。"])[1].sentence.text == "我现在就查。"
    assert said(["对不起。", "抱歉，我现在就查。"], GRIEF)[1].sentence.text == "抱歉，我现在就查。"


def test_an_opener_is_said_as_it_was_chosen_and_counts_as_the_apology():
    reply = phrasing()
    first = reply.say("对不起，这件事给您添麻烦了。", COMPLAINT, "zh", opener=True)
    assert first.sentence.text == "对不起，这件事给您添麻烦了。"
    assert first.sentence.delivery == COMPLAINT.arc.open
    assert reply.say("抱歉，我现在就查。", COMPLAINT, "zh").sentence.text == "我现在就查。"


def test_an_announcement_is_nobodys_answer():
    (only,) = said(["恭喜各位！"], None)
    assert (only.sentence.text, only.sentence.delivery) == ("恭喜各位！", Delivery())


@pytest.mark.parametrize(
    ("state", "grief", "flags", "state_of_words"),
    [
        (State.INQUIRY, False, (), State.INQUIRY),
        (State.INQUIRY, True, (), State.GRIEF),
        (State.URGENT, True, (), State.URGENT),
        (State.SMALLTALK, False, (Flag.SELF_HARM,), State.GRIEF),
        (State.INQUIRY, False, (Flag.SCAM_IN_PROGRESS,), State.URGENT),
    ],
)
def test_words_must_suit_the_gravest_that_the_visit_holds(state, grief, flags, state_of_words):
    plain = Decision(
        state=state,
        probability=1.0,
        runner_up=state,
        intensity=0.0,
        style=Style.NEUTRAL,
        arc=Arc(),
        memory=Memory(grief=grief),
        flags=frozenset(flags),
    )
    assert answered(plain) is state_of_words


def test_a_bright_arc_is_reached_in_small_steps():
    bright = replace(COMPLAINT, state=State.SMALLTALK, style=Style.CHEERFUL)
    steep = replace(bright, arc=Arc(open=delivery(Style.SOOTHING), close=delivery(Style.CHEERFUL)))
    first, second = said(["好的。", "再见。"], steep)
    moved = zip(
        astuple(first.sentence.delivery.emotion), astuple(second.sentence.delivery.emotion), strict=True
    )
    assert 0.2 < math.fsum(abs(a - b) for a, b in moved) <= FURTHEST_MOVE


def test_once_prepared_a_sentence_is_checked_without_reading_anything(monkeypatch):
    module.prepare()

    def refuse(*_arguments, **_named):
        raise AssertionError("a customer waits for a file")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    assert list(phrasing().say("请稍等。", COMPLAINT, "zh").events(at=0.0, turn=1))
