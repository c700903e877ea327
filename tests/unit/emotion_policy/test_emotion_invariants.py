"""What holds for every text, site and visit."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy import detect
from emotion_policy.decide import decide, prepare
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.lexicon import lexicon
from emotion_policy.memory import Memory
from emotion_policy.policy import packaged
from emotion_policy.styles import delivery

pytestmark = pytest.mark.unit
prepare()

SAMPLES = (
    "你好", "谢谢你", "快来人啊，有人晕倒了", "我爸上个月去世了", "等了两个小时没人管", "我很担心", "看不懂", "你个废物",
    "服务真好", "几点开门", "帮我打印一下", "再见", "问题解决了，谢谢", "给我讲个笑话", "转人工", "我不想活了",
    "骗子让我转账", "you are useless", "my mother passed away", "thank you so much", "I am so worried", "what time is it",
    "there is a fire", "still waiting after two hours", "嗯", "", "🙂🙂", "不是投诉", "but", "please help me",
)  # fmt: skip
texts = st.one_of(
    st.sampled_from(SAMPLES), st.text(max_size=60), st.lists(st.sampled_from(SAMPLES)).map("，".join)
)
scenarios = st.sampled_from(get_args(Scenario))
memories = st.builds(
    Memory,
    states=st.lists(st.sampled_from(State), max_size=6).map(tuple),
    grief=st.booleans(),
    complaints=st.integers(0, 4),
    apologised=st.booleans(),
    negative_in_a_row=st.integers(0, 4),
    wanted_human=st.integers(0, 3),
    agent_failures=st.integers(0, 3),
    levels=st.one_of(
        st.just(()), st.lists(st.floats(0, 1), min_size=len(State), max_size=len(State)).map(tuple)
    ),
    words=st.lists(st.sampled_from(SAMPLES), max_size=3).map(tuple),
    repeated=st.integers(0, 4),
).flatmap(
    lambda memory: st.lists(
        st.sampled_from(Style), min_size=len(memory.states), max_size=len(memory.states)
    ).map(lambda styles: replace(memory, styles=tuple(styles)))
)
observations = st.builds(
    Observation,
    text=texts,
    language=st.sampled_from(("zh", "en")),
    confidence=st.floats(0, 1),
    scenario=scenarios,
    memory=memories,
)


def deliveries(decision: Decision):
    return [decision.arc.open, decision.arc.body, decision.arc.close]


@given(observations)
def test_nothing_bright_answers_complaint_grief_or_urgency(observation):
    decision = decide(observation)
    if decision.state in {State.COMPLAINT, State.GRIEF, State.URGENT}:
        said = {decision.style, *(each.style for each in deliveries(decision))}
        assert not said & {Style.CHEERFUL, Style.ENCOURAGING}


@given(observations)
def test_the_voice_is_never_angry_afraid_or_disgusted_and_never_overdriven(observation):
    for each in deliveries(decide(observation)):
        assert each.emotion.angry == each.emotion.afraid == each.emotion.disgusted == 0
        assert all(0 <= amount <= 1 for amount in astuple(each.emotion))
        assert sum(astuple(each.emotion)) <= 0.8
        assert 0.8 <= each.rate <= 1.2
        assert 0 <= each.pause <= 1


@given(observations)
def test_neighbouring_sentences_are_close_in_emotion(observation):
    first, middle, last = (astuple(each.emotion) for each in deliveries(decide(observation)))
    for before, after in ((first, middle), (middle, last)):
        assert sum(abs(a - b) for a, b in zip(before, after, strict=True)) <= 0.2505


@given(observations)
def test_abuse_is_never_met_with_warmth(observation):
    decision = decide(observation)
    if decision.state is State.ABUSIVE:
        said = {decision.style, *(each.style for each in deliveries(decision))}
        assert not said & {Style.WARM, Style.CHEERFUL, Style.ENCOURAGING}


@given(st.lists(texts, max_size=6), scenarios)
def test_grief_outlives_every_later_turn_of_the_visit(later, scenario):
    memory = decide(Observation(text="我妈妈上周去世了", language="zh", scenario=scenario)).memory
    for text in later:
        decision = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory))
        memory = decision.memory
        assert memory.grief
        assert decision.style in {Style.GENTLE, Style.SOOTHING, Style.APOLOGETIC, Style.CALM_FIRM}
        assert decision.style is not Style.CALM_FIRM or decision.state is State.URGENT


@given(st.lists(texts, max_size=5), scenarios)
def test_the_next_customer_inherits_nothing(earlier, scenario):
    fresh = decide(Observation(text="几点开门？", language="zh", scenario=scenario))
    memory = Memory()
    for text in earlier:
        memory = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory)).memory
    assert decide(Observation(text="几点开门？", language="zh", scenario=scenario, memory=Memory())) == fresh


@given(observations)
def test_the_same_observation_gives_the_same_decision(observation):
    assert repr(replace(decide(observation), microseconds=0)) == repr(
        replace(decide(observation), microseconds=0)
    )


@pytest.mark.parametrize("text", ["", "   ", "？？？", "🙂🎉", "xqzv", "ё", "a" * 10_000, "的" * 10_000])
@pytest.mark.parametrize("scenario", get_args(Scenario))
def test_words_that_say_nothing_get_the_sites_default(text, scenario):
    decision = decide(Observation(text=text, language="zh", scenario=scenario))
    assert decision.state is State.INQUIRY
    assert decision.style is packaged(scenario).states[State.INQUIRY].default


@settings(deadline=None)
@given(observations)
def test_deciding_never_raises_and_always_answers(observation):
    decision = decide(observation)
    assert "failed" not in decision.because
    assert decision.steering
    assert 0 <= decision.probability <= 1
    assert 0 <= decision.intensity <= 1
    assert decision.runner_up is not decision.state


def test_a_broken_policy_is_professional_and_says_why(monkeypatch):
    def broken(_observation, _policy):
        raise KeyError("cue")

    monkeypatch.setattr(detect, "detect", broken)
    decision = decide(Observation(text="你好", language="zh"))
    assert decision.style is Style.PROFESSIONAL
    assert decision.arc.open.style is Style.PROFESSIONAL
    assert "KeyError" in decision.because
    assert decision.vetoes


def test_an_unknown_site_is_taken_for_the_most_neutral_one():
    assert packaged("moon base") is packaged("government")
    unknown = decide(Observation(text="几点开门？", language="zh", scenario="moon base"))
    assert replace(unknown, microseconds=0) == replace(
        decide(Observation(text="几点开门？", language="zh", scenario="government")), microseconds=0
    )


@pytest.mark.parametrize("style", Style)
def test_every_style_has_a_voice_within_its_share_of_the_speaker(style):
    total = sum(astuple(delivery(style).emotion))
    assert total == 0 if style is Style.NEUTRAL else 0.35 <= total <= 0.6 + 1e-9


def test_every_state_has_a_cue():
    words = lexicon()
    assert {cue.state for cue in words.cues} >= set(State)
