"""Detection: probabilities of the thirteen states, precedence among the likely, and what was counted for them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.decision import Flag, Observation
from emotion_policy.detect import DEFAULT, OPERATOR, SURE, detect
from emotion_policy.detection import Detection
from emotion_policy.lexicon import Cue
from emotion_policy.memory import Memory
from emotion_policy.normalise import normalise
from emotion_policy.policy import packaged
from tests.unit.emotion_policy.strategies import observations

pytestmark = pytest.mark.unit

POLICY = packaged("retail")
NEVER = dict.fromkeys(State, 1.01)


def found(text: str, rules: object = POLICY, **more: object) -> Detection:
    return detect(Observation(text=text, language="zh", **more), rules)


def rules(thresholds: dict[State, float] | None = None, cues: tuple[Cue, ...] = ()) -> SimpleNamespace:
    return SimpleNamespace(thresholds=thresholds or NEVER, cues=cues)


def own(find: str, state: State, weight: float = 1.0) -> Cue:
    return Cue(name="site.own", find=re.compile(find), state=state, weight=weight)


@given(observations)
def test_probabilities_are_of_all_states_and_sum_to_one(observation: Observation) -> None:
    one = detect(observation, POLICY)
    assert one.scores.keys() == set(State)
    assert all(0 <= score <= 1 for score in one.scores.values())
    assert math.fsum(one.scores.values()) == pytest.approx(1.0, abs=1e-3)
    assert one.probability == one.scores[one.state]


@given(observations)
def test_the_runner_up_is_the_likeliest_of_the_others(observation: Observation) -> None:
    one = detect(observation, POLICY)
    assert one.runner_up is not one.state
    if one.evidence:
        assert one.scores[one.runner_up] == max(
            score for state, score in one.scores.items() if state is not one.state
        )
        assert one.margin == pytest.approx(one.probability - one.scores[one.runner_up], abs=2e-4)


@given(observations, st.dictionaries(st.sampled_from(State), st.floats(0, 1.01)))
def test_the_first_state_that_reaches_its_threshold_wins_else_the_likeliest(observation, thresholds) -> None:
    thresholds = NEVER | thresholds
    one = detect(observation, rules(thresholds))
    if not one.evidence or any(abs(one.scores[state] - thresholds[state]) < 1e-4 for state in State):
        return
    reached = [state for state in State if one.scores[state] >= thresholds[state]]
    if reached:
        assert one.state is reached[0]
    else:
        assert one.scores[one.state] == max(one.scores.values())


def test_precedence_may_choose_the_less_likely_and_says_so_by_a_negative_margin() -> None:
    one = found("几点开门", rules(NEVER | {State.URGENT: 0.0}))
    assert one.state is State.URGENT
    assert one.margin < 0


@given(observations)
def test_evidence_stands_strongest_first_and_within_the_text(observation: Observation) -> None:
    one = detect(observation, POLICY)
    text = normalise(observation.text)
    assert all(0 <= each.start <= each.end <= len(text) for each in one.evidence)
    assert [each.weight for each in one.evidence] == sorted(
        (each.weight for each in one.evidence), reverse=True
    )
    assert all(each.weight >= 0 and math.isfinite(each.weight) for each in one.evidence)
    assert sum(each.cue == "linear" for each in one.evidence) == bool(one.evidence)


@pytest.mark.parametrize("text", ["", "  ", "？！", "🙂", "ё"])
def test_what_holds_no_word_is_the_default_and_says_nothing_strongly(text: str) -> None:
    one = found(text)
    assert (one.state, one.intensity, one.margin, one.evidence) == (DEFAULT, 0.0, 0.0, ())
    assert len(set(one.scores.values())) == 1


@given(observations)
def test_the_same_words_give_the_same_detection(observation: Observation) -> None:
    assert detect(observation, POLICY) == detect(observation, POLICY)


class TestTheOperatorsOwnCues:
    @pytest.mark.parametrize("state", list(State))
    def test_a_cue_of_the_site_makes_its_state_likelier(self, state: State) -> None:
        plain, told = found("停车费的事", rules()), found("停车费的事", rules(cues=(own("停车费", state),)))
        assert told.scores[state] > plain.scores[state]
        (cue,) = (each for each in told.evidence if each.cue == "site.own")
        assert (cue.weight, cue.state) == (OPERATOR, state)

    def test_a_cue_that_is_not_there_or_is_denied_changes_nothing(self) -> None:
        cue = own("停车费", State.COMPLAINT)
        assert found("今天几点开门", rules(cues=(cue,))).scores == found("今天几点开门", rules()).scores
        denied = found("不是停车费的事", rules(cues=(cue,)))
        assert denied.scores == found("不是停车费的事", rules()).scores
        assert denied.cancelled == ("site.own: negated",)

    @given(st.floats(0.1, 1.4), st.floats(0.01, 0.5))
    def test_a_heavier_cue_counts_more(self, weight: float, more: float) -> None:
        light, heavy = (
            found("停车费的事", rules(cues=(own("停车费", State.COMPLAINT, each),))).scores[State.COMPLAINT]
            for each in (weight, weight + more)
        )
        assert heavy >= light

    def test_a_cue_of_the_site_does_not_outvote_plain_words(self) -> None:
        cheer = rules(dict(POLICY.thresholds), (own("经理", State.PRAISE),))
        assert found("我爸爸昨天去世了，经理", cheer).state is State.GRIEF


class TestDoubt:
    @given(st.floats(0, SURE), st.floats(0, SURE))
    def test_the_less_sure_the_recogniser_the_flatter_the_probabilities(
        self, one: float, other: float
    ) -> None:
        low, high = sorted((one, other))
        most = [max(found("我要投诉你们", confidence=each).scores.values()) for each in (low, high)]
        assert most[0] <= most[1]

    def test_doubt_is_marked_and_sureness_is_not(self) -> None:
        assert "low_asr_confidence" in found("几点开门", confidence=0.3).marks
        assert "low_asr_confidence" not in found("几点开门", confidence=0.9).marks
        assert found("几点开门", confidence=SURE).scores == found("几点开门", confidence=1.0).scores

    @given(st.floats(allow_nan=False))
    def test_an_impossible_confidence_is_the_nearest_possible_one(self, confidence: float) -> None:
        assert (
            found("你好", confidence=confidence).scores
            == found("你好", confidence=min(max(confidence, 0), 1)).scores
        )


class TestFlagsAndTopics:
    @pytest.mark.parametrize(
        ("text", "flag"),
        [
            ("我不想活了", Flag.SELF_HARM),
            ("I want to kill myself", Flag.SELF_HARM),
            ("有个自称警察的人让我把钱转到安全账户", Flag.SCAM_IN_PROGRESS),
            (
                "someone from the bank on the phone wants me to move my money to a safe account",
                Flag.SCAM_IN_PROGRESS,
            ),
            ("转人工", Flag.WANTS_HUMAN),
            ("let me talk to a real person", Flag.WANTS_HUMAN),
        ],
    )
    def test_what_cuts_across_states_is_flagged(self, text: str, flag: Flag) -> None:
        assert flag in found(text).flags

    @pytest.mark.parametrize("text", ["我不想活了", "有个自称警察的人让我把钱转到安全账户"])
    def test_danger_is_urgent_or_a_grief_and_nothing_calmer(self, text: str) -> None:
        assert found(text).state in {State.URGENT, State.GRIEF}

    @pytest.mark.parametrize("text", ["急诊和门诊的费用一样吗", "投诉电话是多少", "where is the fire exit"])
    def test_a_topic_is_no_state(self, text: str) -> None:
        assert found(text).state is State.INQUIRY


class TestIntensity:
    def test_stress_raises_intensity_and_courtesy_keeps_the_state(self) -> None:
        plain, stressed = found("等了两个小时没人管"), found("等了两个小时没人管，简直太离谱了")
        assert plain.state is stressed.state is State.COMPLAINT
        assert stressed.intensity > plain.intensity

    @given(observations)
    def test_intensity_is_between_nothing_and_one(self, observation: Observation) -> None:
        assert 0 <= detect(observation, POLICY).intensity <= 1


def test_what_was_said_before_may_tip_a_short_turn() -> None:
    asked = "要不要请工作人员过来？"
    memory = Memory(states=(State.COMPLAINT,), words=("等了两个小时没人管",))
    alone, after = found("要", rules()), found("要", rules(), asked=asked, memory=memory)
    assert alone.scores != after.scores


def test_the_site_is_part_of_what_is_read() -> None:
    one = Observation(text="这题我不会", language="zh", scenario="education")
    assert detect(one, POLICY).scores != detect(replace(one, scenario="medical"), POLICY).scores
