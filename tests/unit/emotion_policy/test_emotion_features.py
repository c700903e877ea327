"""Features: one reading of a transcript, for training and for running."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.decision import Evidence, Flag, Observation, Scenario
from emotion_policy.features import MOST, features, is_short
from emotion_policy.lexicon import lexicon
from emotion_policy.linear import Features, linear
from emotion_policy.listening import Heard, listen
from emotion_policy.memory import Memory
from emotion_policy.normalise import normalise

pytestmark = pytest.mark.unit

SAID = (
    "等了两个小时没人管", "我爸上个月去世了", "谢谢，再见", "几点开门", "不是投诉，就问一下", "我不想活了", "I am so worried about my mother",
    "you are useless", "where is the complaints desk", "嗯", "120", "坏了坏了坏了，担心，害怕，着急，慌",
)  # fmt: skip
texts = st.lists(st.sampled_from(SAID), min_size=1, max_size=6).map("，".join) | st.text(max_size=40)


def read(text: str, **more: object) -> Features:
    plain = normalise(text)
    return features(plain, listen(plain, lexicon()), Observation(text=text, language="zh", **more))


def evidence(state: State, weight: float, cue: str = "some cue") -> Evidence:
    return Evidence(cue=cue, state=state, weight=weight, start=0, end=1)


def named(heard: Heard, text: str = "坏了", **more: object) -> dict[str, float]:
    return dict(features(text, heard, Observation(text=text, language="zh", **more)).named)


def test_the_site_is_always_told() -> None:
    for scenario in get_args(Scenario):
        assert read("几点开门", scenario=scenario).named[f"site:{scenario}"] == 1.0
        assert f"site:{scenario}" in linear().row


def test_a_cue_counts_by_its_name_and_for_its_state() -> None:
    found = named(Heard(evidence=[evidence(State.COMPLAINT, 0.9), evidence(State.COMPLAINT, 0.5, "other")]))
    assert found["cue:some cue"] == 0.9
    assert found["cue:other"] == 0.5
    assert found["state:complaint"] == pytest.approx(1.4)
    assert "no cue" not in found


def test_a_word_found_by_its_sound_counts_for_its_state_and_not_as_a_cue() -> None:
    found = named(Heard(evidence=[evidence(State.URGENT, 0.5, "sounds like 救命")]))
    assert found["sound:urgent"] == 0.5
    assert not any(name.startswith("cue:") for name in found)


def test_marks_flags_guards_and_cancelled_cues_are_told_by_name() -> None:
    found = named(
        Heard(
            flags={Flag.WANTS_HUMAN},
            marks={"child"},
            guards=["fear as a topic"],
            cancelled=["is afraid: negated"],
        )
    )
    names = {"flag:wants_human", "mark:child", "guard:fear as a topic", "cancelled:is afraid", "no cue"}
    assert names <= found.keys()
    assert all(found[name] == 1.0 for name in names)


@given(texts)
def test_more_cues_of_one_state_say_no_more_from_some_point_on(text: str) -> None:
    found = read(text).named
    assert all(0 < found[name] <= MOST for name in found if name.startswith("state:"))


@given(texts)
def test_one_reading_is_the_same_as_another(text: str) -> None:
    assert read(text) == read(text)


@pytest.mark.parametrize("text", ["嗯", "好的", "yes", "yes please", "不可以", "没有了吧", "120"])
def test_one_or_two_words_are_short(text: str) -> None:
    assert is_short(text)


@pytest.mark.parametrize("text", ["", "。", "现在几点了", "where is it"])
def test_nothing_is_not_short_and_a_sentence_is_not_either(text: str) -> None:
    assert not is_short(text)


def test_a_short_turn_is_read_after_the_state_before_it() -> None:
    memory = Memory(states=(State.COMPLAINT, State.ANXIOUS), words=("等了两个小时", "我很担心"))
    found = read("好的", memory=memory)
    assert {"short", "last:anxious", "short after:anxious"} <= found.named.keys()
    assert "first" not in found.named
    assert "short after:anxious" not in read("请问现在几点开门", memory=memory).named


def test_a_first_turn_is_known_as_one_unless_the_agent_spoke_first() -> None:
    assert "first" in read("几点开门").named
    assert "first" not in read("几点开门", asked="您好，请问需要什么帮助").named


def test_what_was_said_before_is_read_from_both_sides() -> None:
    memory = Memory(states=(State.INQUIRY,), words=("我想问路", "我想取钱"))
    both = read("好的", asked="要不要请人来？", memory=memory)
    assert both.context
    assert both.context == read("好的", asked="要不要請人來", memory=Memory(words=("我想取钱",))).context
    assert read("好的").context == []


@given(texts)
def test_the_names_are_those_that_training_saw(text: str) -> None:
    known = linear().row.keys()
    for name in read(text).named:
        kind = name.partition(":")[0]
        assert name in known or kind in {"cancelled", "cue", "guard", "sound", "mark"}
