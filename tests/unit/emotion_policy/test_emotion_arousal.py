"""How stirred a voice is, and how little that may change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.arousal import (
    DEAF_BELOW,
    FIRST_TURNS,
    LIMIT,
    STIRRED,
    TIE,
    VOICE,
    arousal,
    learn,
    sway,
)
from emotion_policy.config import EmotionConfig
from emotion_policy.decide import decide
from emotion_policy.decision import Evidence, Observation
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.prosody import FLOOR, UNVOICED, Baseline, Prosody

pytestmark = pytest.mark.unit

CALM = Prosody(energy=-30.0, f0=180.0, spread=2.0, voiced=0.5, rate=6.0, snr=30.0)
STIRRED_VOICE = Prosody(energy=-19.0, f0=250.0, spread=4.0, voiced=0.5, rate=7.5, snr=35.0)
voices = st.builds(
    Prosody,
    energy=st.floats(FLOOR, 0),
    f0=st.one_of(st.just(0.0), st.floats(60, 400)),
    spread=st.floats(0, 10),
    voiced=st.floats(0, 1),
    rate=st.floats(0, 20),
    snr=st.floats(0, 60),
)
baselines = st.lists(voices, max_size=6).map(lambda turns: learned(*turns))
evidences = st.lists(
    st.builds(
        Evidence,
        cue=st.sampled_from(["zh.wait", "en.wait", "linear", "site.fee"]),
        state=st.sampled_from(State),
        weight=st.floats(-1, 5),
        start=st.just(0),
        end=st.integers(0, 5),
    ),
    max_size=4,
).map(tuple)


def learned(*turns: Prosody) -> Baseline:
    baseline = Baseline()
    for turn in turns:
        baseline = learn(baseline, turn)
    return baseline


def heard(
    scores: dict[State, float], evidence: tuple[Evidence, ...] = (), intensity: float = 0.5
) -> Detection:
    """A detection that took the likeliest state."""
    first, second = sorted(scores, key=lambda state: -scores[state])[:2]
    return Detection(
        state=first,
        probability=scores[first],
        runner_up=second,
        margin=scores[first] - scores[second],
        intensity=intensity,
        scores=dict.fromkeys(State, 0.0) | scores,
        evidence=evidence,
    )


def cue(state: State, name: str = "zh.wait", weight: float = 1.0) -> Evidence:
    return Evidence(cue=name, state=state, weight=weight, start=0, end=3)


detections = st.builds(
    heard,
    st.lists(st.floats(0, 1), min_size=len(State), max_size=len(State)).map(
        lambda shares: dict(zip(State, shares, strict=True))
    ),
    evidences,
    st.floats(0, 1),
)


@given(voices, baselines)
def test_arousal_is_a_finite_number_of_deviations_within_its_limit(prosody, baseline):
    assert -LIMIT <= arousal(prosody, baseline) <= LIMIT


@given(voices, baselines, st.floats(0, 20), st.floats(1, 2), st.floats(1, 2))
def test_a_louder_higher_or_faster_voice_is_never_less_stirred(prosody, baseline, gain, higher, faster):
    more = replace(
        prosody,
        energy=min(0.0, prosody.energy + gain),
        f0=min(400.0, prosody.f0 * higher),
        rate=min(20.0, prosody.rate * faster),
    )
    assert arousal(more, baseline) >= arousal(prosody, baseline)


@given(voices, baselines, st.floats(0, DEAF_BELOW))
def test_in_noise_no_voice_counts_and_none_is_learned(prosody, baseline, snr):
    noisy = replace(prosody, snr=snr)
    assert arousal(noisy, baseline) == 0
    assume(snr < DEAF_BELOW)
    assert learn(baseline, noisy) == baseline


def test_what_was_not_measured_is_neither_stirred_nor_learned():
    assert arousal(None, Baseline()) == arousal(UNVOICED, Baseline()) == 0
    assert learn(Baseline(), None) == learn(Baseline(), UNVOICED) == Baseline()


def test_a_first_turn_hardly_counts_and_a_change_from_it_does():
    assert abs(arousal(CALM, Baseline())) < STIRRED / 2
    assert abs(arousal(STIRRED_VOICE, Baseline())) < STIRRED
    assert arousal(STIRRED_VOICE, learned(CALM)) > 1.5
    assert abs(arousal(CALM, learned(CALM))) < 0.2


def test_a_loud_and_high_voice_that_always_was_so_is_calm():
    assert abs(arousal(STIRRED_VOICE, learned(STIRRED_VOICE, STIRRED_VOICE, STIRRED_VOICE))) < 0.2


def test_without_words_the_rate_is_left_out_and_not_taken_for_slow():
    baseline = learned(CALM)
    assert arousal(replace(CALM, rate=0.0), baseline) == pytest.approx(arousal(CALM, baseline), abs=0.2)
    assert learned(CALM, replace(CALM, rate=0.0)).means[2] == pytest.approx(6.0, abs=0.5)


@given(
    st.lists(voices.filter(lambda one: one.f0 > 0 and one.snr >= 10 and one.rate > 0), min_size=1, max_size=4)
)
def test_the_baseline_is_the_mean_and_the_squares_of_the_first_turns(turns):
    baseline = learned(*turns)
    values = np.array([(one.energy, 12 * np.log2(one.f0 / 100), one.rate) for one in turns])
    assert baseline.turns == len(turns)
    assert baseline.means == pytest.approx(tuple(values.mean(axis=0)), abs=1e-6)
    assert baseline.squares == pytest.approx(
        tuple(np.square(values - values.mean(axis=0)).sum(axis=0)), abs=1e-5
    )


def test_who_grows_angry_turn_by_turn_does_not_become_the_measure_of_calm():
    calm = learned(*[CALM] * FIRST_TURNS)
    assert learn(calm, STIRRED_VOICE) == calm


@given(detections, st.floats(-LIMIT, LIMIT))
def test_a_voice_only_strengthens_or_breaks_a_tie_of_an_inquiry_that_a_cue_named(detection, z):
    swayed = sway(detection, z)
    assert detection.intensity <= swayed.intensity <= 1
    assert (swayed.flags, swayed.marks, swayed.scores) == (detection.flags, detection.marks, detection.scores)
    if swayed.state is detection.state:
        assert (swayed.probability, swayed.margin) == (detection.probability, detection.margin)
    else:
        assert detection.state is State.INQUIRY
        assert swayed.state in {State.COMPLAINT, State.ANXIOUS}
        assert any(one.state is swayed.state and one.weight > 0 for one in detection.evidence)
        assert detection.probability - swayed.probability <= TIE + 1e-9
        assert z >= STIRRED


@given(detections.filter(lambda one: not one.evidence), st.floats(-LIMIT, LIMIT))
def test_words_in_which_nothing_was_found_keep_their_state_however_they_are_shouted(detection, z):
    assert sway(detection, z).state is detection.state


@given(detections, st.floats(0, LIMIT), st.floats(0, LIMIT))
def test_more_arousal_is_never_less_intensity(detection, one, other):
    small, large = sorted((one, other))
    assert sway(detection, small).intensity <= sway(detection, large).intensity


@given(detections, st.floats(-LIMIT, 0))
def test_a_calm_voice_changes_nothing(detection, z):
    assert sway(detection, z) is detection


@pytest.mark.parametrize("state", [State.COMPLAINT, State.ANXIOUS])
def test_a_stirred_voice_decides_between_a_question_and_the_distress_that_a_cue_named(state):
    tied = heard({State.INQUIRY: 0.5, state: 0.4, State.REQUEST: 0.1}, (cue(state),))
    swayed = sway(tied, 2.0)
    assert (swayed.state, swayed.probability, swayed.runner_up) == (state, 0.4, State.INQUIRY)
    assert swayed.margin == pytest.approx(-0.1)
    assert any(one.cue == VOICE and one.state is state and one.weight > 0 for one in swayed.evidence)
    assert sway(tied, 0.9).state is State.INQUIRY


@pytest.mark.parametrize(
    "detection",
    [
        heard({State.INQUIRY: 0.6, State.COMPLAINT: 0.4}, (cue(State.COMPLAINT),)),
        heard({State.INQUIRY: 0.5, State.COMPLAINT: 0.45}, (cue(State.COMPLAINT, "linear"),)),
        heard({State.INQUIRY: 0.5, State.COMPLAINT: 0.45}, (cue(State.COMPLAINT, weight=0.0),)),
        heard({State.INQUIRY: 0.5, State.GRIEF: 0.45}, (cue(State.GRIEF),)),
        heard({State.INQUIRY: 0.5, State.ABUSIVE: 0.45}, (cue(State.ABUSIVE),)),
        heard({State.REQUEST: 0.5, State.COMPLAINT: 0.45}, (cue(State.COMPLAINT),)),
        replace(heard(dict.fromkeys(State, 1 / 13), (cue(State.COMPLAINT),)), state=State.INQUIRY),
    ],
    ids=[
        "no tie",
        "the model alone",
        "a cue that counts nothing",
        "grief",
        "abuse",
        "no inquiry",
        "nothing said",
    ],
)
def test_no_voice_makes_a_state_that_the_words_did_not(detection):
    assert sway(detection, LIMIT).state is detection.state


def test_a_strong_complaint_becomes_one_of_the_strongest():
    assert sway(heard({State.COMPLAINT: 0.9, State.INQUIRY: 0.1}, intensity=0.7), 2.0).intensity > 0.8


@pytest.mark.parametrize(
    ("setting", "policy", "hears"),
    [("auto", True, True), ("auto", False, False), ("on", False, True), ("off", True, False)],
)
def test_a_setting_overrules_what_the_policy_says_of_voices(setting, policy, hears):
    assert EmotionConfig(scenario="government", prosody=setting).hears_voices(policy=policy) is hears


@pytest.mark.parametrize(
    "text",
    ["几点开门", "厕所在哪里", "你好", "谢谢", "再见", "帮我打印一下", "这个表怎么填", "今天天气不错",
     "what time do you open", "where is the toilet", "please print this for me", "good morning"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_neutral_words_stay_what_they_are_however_they_are_shouted(text, language):
    memory = Memory(voice=learned(CALM, CALM))
    shouted = decide(Observation(text=text, language=language, prosody=STIRRED_VOICE, memory=memory))
    read = decide(Observation(text=text, language=language, memory=memory))
    assert shouted.arousal > STIRRED
    assert (shouted.state, shouted.style, shouted.escalation) == (read.state, read.style, read.escalation)


@settings(deadline=None)
@given(
    st.sampled_from(
        ["几点开门", "我等了两个小时没人管", "我很担心结果", "你个废物", "服务真好", "there is a fire", "嗯"]
    ),
    voices,
    st.floats(0, 20),
    st.floats(1, 2),
)
def test_the_more_stirred_a_customer_the_agent_is_never_faster(text, prosody, gain, higher):
    memory = Memory(voice=learned(CALM))
    more = replace(prosody, energy=min(0.0, prosody.energy + gain), f0=min(400.0, prosody.f0 * higher))
    calm, stirred = (
        decide(Observation(text=text, language="zh", prosody=each, memory=memory)) for each in (prosody, more)
    )
    if stirred.state is calm.state and stirred.style is calm.style:
        for part in ("open", "body", "close"):
            assert getattr(stirred.arc, part).rate <= getattr(calm.arc, part).rate
