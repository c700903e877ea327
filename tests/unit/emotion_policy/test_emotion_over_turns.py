"""What a policy makes of a visit, whoever tells the states: what stays, what brightens, when a person comes."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.emotion import Delivery, State, Style
from emotion_policy import detect
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation
from emotion_policy.memory import Memory
from emotion_policy.persistence import NEGATIVE
from emotion_policy.policy import Policy, QuietHours, packaged
from emotion_policy.policy_file import compile_text
from emotion_policy.prosody import Prosody
from emotion_policy.styles import FURTHEST_MOVE, protection
from emotion_policy.vetoes import FORBIDDEN
from tests.unit.emotion_policy.conftest import scripted
from tests.unit.emotion_policy.strategies import policies, scripts

pytestmark = pytest.mark.unit

HEAD = 'schema = 1\nscenario = "retail"\n'


def styles_of(decisions: list[Decision]) -> list[str]:
    return [str(one.style) for one in decisions]


def policy(text: str) -> Policy:
    return compile_text(HEAD + text, "site.toml")


class TestScriptedVisits:
    """The style of each turn, one after another."""

    @pytest.mark.parametrize(
        ("turns", "styles"),
        [
            # A grievance: one apology, then action; mended, it brightens a step a turn and never beyond warm.
            (
                [
                    "complaint",
                    "complaint",
                    "thanks resolved",
                    "thanks",
                    "smalltalk",
                    "smalltalk",
                    "smalltalk",
                ],
                ["apologetic", "soothing", "gentle", "professional", "warm", "warm", "warm"],
            ),
            # A plain question does not end a grievance; two do.
            (
                ["complaint", "inquiry", "inquiry", "inquiry", "inquiry"],
                ["apologetic", "soothing", "gentle", "professional", "professional"],
            ),
            # A question that is no clear one does not brighten.
            (
                ["complaint", "inquiry", "inquiry unclear", "inquiry"],
                ["apologetic", "soothing", "soothing", "gentle"],
            ),
            # A grief stays, whatever is asked after it.
            (["grief", "inquiry", "request", "thanks", "smalltalk"], ["gentle"] * 5),
            # After a grief an emergency is an emergency, and a grievance is met with more care, not less.
            (["grief", "urgent", "complaint", "inquiry"], ["gentle", "calm_firm", "apologetic", "gentle"]),
            # An emergency goes on through plain answers, until it is said to be over.
            (
                ["urgent", "inquiry", "inquiry", "inquiry"],
                ["calm_firm", "calm_firm", "calm_firm", "professional"],
            ),
            (["urgent", "thanks resolved", "inquiry"], ["calm_firm", "warm", "professional"]),
            # Fear is soothed through the next question.
            (
                ["anxious", "inquiry", "inquiry", "smalltalk"],
                ["soothing", "soothing", "gentle", "professional"],
            ),
            # Abuse gets its answer, and no grudge.
            (["abusive", "inquiry", "thanks"], ["calm_firm", "professional", "warm"]),
            # A new grievance after a good end is apologised for anew.
            (["complaint", "thanks resolved", "complaint"], ["apologetic", "gentle", "apologetic"]),
            # Nothing lingers of confusion, and a good mood needs no patience.
            (["confused", "thanks", "smalltalk"], ["gentle", "warm", "cheerful"]),
            # Care comes at once.
            (
                ["smalltalk", "anxious", "complaint", "grief"],
                ["cheerful", "soothing", "apologetic", "gentle"],
            ),
        ],
    )
    def test_each_turn_sounds_as_the_visit_asks_for(self, visit, turns, styles):
        assert styles_of(visit(*turns)) == styles

    def test_an_insult_in_a_grief_takes_no_sentence_out_of_it(self, visit):
        site = policy('[states.grief]\narc = ["gentle", "gentle", "warm"]\n')
        insulted = visit("grief", "abusive", policy=site)[1].arc
        assert {insulted.open.style, insulted.body.style, insulted.close.style} == {Style.GENTLE}

    def test_the_next_customer_inherits_nothing(self, visit):
        assert styles_of(visit("grief", "complaint")) != styles_of(visit("smalltalk"))
        assert styles_of(visit("smalltalk")) == ["cheerful"]

    def test_what_was_held_says_why(self, visit):
        *_, held, brightening = visit("complaint", "inquiry", "inquiry")
        assert held.held == "complaint a moment ago"
        assert "brightens slowly" in brightening.held
        assert held.held in held.because
        assert held.vetoes == ("professional: complaint a moment ago",)

    def test_the_arc_of_a_held_style_stays_in_it(self, visit):
        held = visit("complaint", "inquiry")[1].arc
        assert {held.open.style, held.body.style, held.close.style} == {Style.SOOTHING}


class TestLevels:
    """The larger of what this turn shows and what is left of before, for each state."""

    def test_a_level_rises_at_once_and_decays_as_the_policy_says(self, visit):
        at = list(State).index(State.COMPLAINT)
        levels = [one.memory.levels[at] for one in visit("complaint", "inquiry", "complaint 0.3", "inquiry")]
        assert levels == [0.9, 0.63, 0.441, 0.3087]

    def test_a_slow_decay_keeps_a_style_longer(self, visit):
        slow = policy("[states.complaint]\ndecay = 0.95\n")
        styles = styles_of(visit("complaint", *["inquiry"] * 6, policy=slow))
        assert styles[:6] == ["apologetic", *["soothing"] * 5]

    def test_a_fast_decay_lets_go_sooner(self, visit):
        fast = policy("[states.urgent]\ndecay = 0.5\n")
        assert styles_of(visit("urgent", "inquiry", policy=fast)) == ["calm_firm", "professional"]

    def test_an_emergency_that_is_over_leaves_no_level(self, visit):
        assert visit("urgent", "thanks resolved")[1].memory.levels[0] == 0.0

    @given(st.lists(st.sampled_from([str(state) for state in State]), max_size=8))
    def test_levels_are_probabilities_one_for_each_state(self, turns):
        memory = Memory()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(detect, "detect", scripted)
            for turn in turns:
                memory = decide(Observation(text=turn, language="zh", memory=memory)).memory
                assert len(memory.levels) == len(State)
                assert all(0 <= level <= 1 for level in memory.levels)


class TestEscalation:
    """none, offer, now: the ladder, with the policy's numbers on its rungs."""

    def ladder(self, visit, *turns: str, **more: object) -> list[str]:
        return [one.escalation for one in visit(*turns, **more)]

    def test_the_second_complaint_offers_and_the_third_turn_of_distress_fetches(self, visit):
        assert self.ladder(visit, "complaint", "complaint", "complaint") == ["none", "offer", "now"]
        assert self.ladder(visit, "complaint", "inquiry", "complaint") == ["none", "none", "offer"]
        assert self.ladder(visit, "anxious", "anxious", "anxious") == ["none", "none", "now"]

    def test_a_policy_may_wait_longer_or_shorter(self, visit):
        patient = policy("[states.complaint]\nescalate = { offer_after = 3, now_after = 5 }\n")
        assert self.ladder(visit, *["complaint"] * 5, policy=patient) == [
            "none",
            "none",
            "offer",
            "offer",
            "now",
        ]
        quick = policy("[states.confused]\nescalate.offer_after = 2\n")
        assert self.ladder(visit, "confused", "confused", policy=quick) == ["none", "offer"]

    def test_abuse_is_offered_a_person_after_one_boundary(self, visit):
        first, second = visit("abusive", "abusive")
        assert (first.escalation, second.escalation) == ("offer", "offer")
        assert first.steering != second.steering

    @pytest.mark.parametrize(
        "turn", ["urgent", "inquiry self_harm", "inquiry scam_in_progress", "abusive threat"]
    )
    def test_danger_fetches_a_person_whatever_the_policy_says(self, visit, turn):
        rungs = "\n".join(
            f"[states.{state}]\nescalate = {{ offer_after = 9, now_after = 9 }}" for state in State
        )
        assert self.ladder(visit, turn, policy=policy(rungs)) == ["now"]


class TestManner:
    """What changes the sentences of a reply and not its style."""

    def test_an_old_customer_is_spoken_to_a_tenth_slower(self, visit):
        (plain,), (old,) = visit("inquiry"), visit("inquiry elderly")
        assert old.arc.body.rate == pytest.approx(plain.arc.body.rate * 0.9)

    def test_a_child_is_spoken_to_firmly_in_an_emergency_alone(self, visit):
        assert styles_of(visit("abusive child")) == ["gentle"]
        assert styles_of(visit("urgent child")) == ["calm_firm"]
        assert styles_of(visit("urgent child", policy=packaged("education"))) == ["soothing"]
        assert styles_of(visit("urgent", "inquiry child")) == ["calm_firm", "gentle"]
        stern = policy('[states.abusive]\nstyle.child = "calm_firm"\n')
        assert styles_of(visit("abusive child", policy=stern)) == ["gentle"]

    def test_a_child_at_school_is_answered_cheerfully(self, visit):
        assert (
            styles_of(visit("request child", "inquiry child", policy=packaged("education")))
            == ["cheerful"] * 2
        )

    def test_a_strong_complaint_is_apologised_for_where_a_weak_one_is_soothed(self, visit):
        assert styles_of(visit("complaint", policy=packaged("medical"))) == ["soothing"]
        assert styles_of(visit("complaint strong", "complaint strong", policy=packaged("medical"))) == [
            "apologetic",
            "soothing",
        ]

    def test_a_policy_that_asks_for_a_second_apology_does_not_get_it(self, visit):
        sorry = policy('[states.complaint]\nstyle.again = "apologetic"\n')
        assert styles_of(visit("complaint", "complaint", policy=sorry)) == ["apologetic", "soothing"]

    def test_again_is_for_a_state_that_comes_back(self, visit):
        again = policy('[states.confused]\nstyle = { default = "gentle", again = "soothing" }\n')
        assert styles_of(visit("confused", "confused", policy=again)) == ["gentle", "soothing"]

    def test_words_half_heard_are_not_answered_brightly(self, visit):
        assert styles_of(visit("praise low_asr_confidence")) == ["professional"]
        assert styles_of(visit("anxious low_asr_confidence")) == ["soothing"]

    def test_quiet_hours_lower_the_voice_where_they_are_declared(self, visit):
        quiet = policy('[quiet_hours]\nfrom = "22:00"\nto = "07:00"\nvolume = 0.6\n')
        (by_night,), (by_day,) = visit("urgent", policy=quiet, quiet=True), visit("urgent", policy=quiet)
        assert {by_night.arc.open.volume, by_night.arc.close.volume} == {0.6}
        assert by_day.arc.open.volume == 1.0
        assert visit("urgent", quiet=True)[0].arc.open.volume == 1.0

    def test_a_question_asked_a_third_time_is_answered_with_longer_pauses(self, visit):
        first, second, third, other = visit(
            "inquiry 社保卡在哪里办理",
            "inquiry 社保卡在哪里办理呢",
            "inquiry 社保卡到底在哪里办理",
            "inquiry 谢谢你啊小姐姐",
        )
        assert [one.memory.repeated for one in (first, second, third, other)] == [0, 1, 2, 0]
        assert "repeat" not in first.marks
        assert "repeat" in second.marks
        assert second.arc.open.pause == first.arc.open.pause
        assert third.arc.open.pause == pytest.approx(first.arc.open.pause + 0.15)

    def test_short_answers_are_no_repetition(self, visit):
        assert [one.memory.repeated for one in visit("thanks", "thanks", "thanks")] == [0, 0, 0]

    def test_the_last_turns_words_are_remembered_and_no_more(self, visit):
        memory = visit("inquiry 一", "inquiry 二", "inquiry 三", "inquiry 四" + "长" * 300 + "尾")[-1].memory
        assert len(memory.words) == 3
        assert max(map(len, memory.words)) <= 200


def test_quiet_hours_go_round_midnight():
    night = QuietHours(begins=22 * 60, ends=7 * 60, volume=0.5)
    assert [night.hold(hour * 60) for hour in (21, 22, 23, 0, 6, 7, 12)] == [
        False,
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    noon = QuietHours(begins=12 * 60, ends=14 * 60, volume=0.5)
    assert [noon.hold(minute) for minute in (719, 720, 839, 840)] == [False, True, True, False]
    assert not packaged("retail").quiet(0)


def loud(energy: float, pitch: float, rate: float) -> Prosody:
    return Prosody(energy=energy, f0=pitch, spread=3.0, voiced=0.6, rate=rate, snr=40.0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(list(State)),
    st.floats(-45, 0),
    st.floats(80, 400),
    st.floats(2, 9),
    st.floats(0, 20),
    st.floats(1, 2),
)
def test_the_more_a_customer_is_stirred_the_less_the_agent_hurries(
    visit, state, energy, pitch, rate, more, times
):
    calm, stirred = (
        visit(str(state), prosody=voice)[0]
        for voice in (loud(energy, pitch, rate), loud(energy + more, pitch * times, rate * times))
    )
    assert stirred.arousal >= calm.arousal
    for before, after in zip(astuple(calm.arc), astuple(stirred.arc), strict=True):
        assert after[2] <= before[2]


def test_arousal_slows_by_a_seventh_at_most_and_calm_speeds_nothing_up(visit):
    (shouting,), (plain,), (whispering,) = (
        visit("inquiry", prosody=voice) for voice in (loud(0, 500, 12), None, loud(-60, 70, 1))
    )
    assert shouting.arousal > 1
    assert whispering.arousal < 0
    assert 0.85 * plain.arc.body.rate <= shouting.arc.body.rate < plain.arc.body.rate
    assert whispering.arc == plain.arc


def test_a_site_without_prosody_hears_no_voice(visit):
    deaf = replace(packaged("retail"), prosody=False)
    (decision,) = visit("inquiry", prosody=loud(0, 500, 12), policy=deaf)
    assert decision.arousal == 0
    assert decision.memory.voice == Memory().voice


# ---- whatever the policy, whatever the visit -------------------------------------------------------------------------


ANYTHING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def parts(decision: Decision) -> tuple[Delivery, Delivery, Delivery]:
    return decision.arc.open, decision.arc.body, decision.arc.close


@ANYTHING
@given(policies(), scripts)
def test_no_policy_lifts_a_veto_in_any_sentence(visit, policy, turns):
    for one in visit(*turns, policy=policy):
        assert not {one.style, *(part.style for part in parts(one))} & FORBIDDEN.get(one.state, frozenset())


@ANYTHING
@given(policies(), scripts)
def test_no_policy_ends_a_grief(visit, policy, turns):
    grief = False
    for one in visit(*turns, policy=policy):
        grief |= one.state is State.GRIEF
        assert one.memory.grief is grief
        if grief and one.state not in {State.URGENT, State.GRIEF}:
            assert protection(one.style) >= protection(Style.GENTLE)
        if grief and one.state is not State.URGENT:
            assert not {part.style for part in parts(one)} & FORBIDDEN[State.GRIEF]


@ANYTHING
@given(policies(), scripts, st.booleans())
def test_no_policy_overdrives_the_voice_or_lets_it_jump(visit, policy, turns, quiet):
    for one in visit(*turns, policy=policy, quiet=quiet):
        for part in parts(one):
            amounts = astuple(part.emotion)
            assert part.emotion.angry == part.emotion.afraid == part.emotion.disgusted == 0
            assert all(0 <= amount <= 1 for amount in amounts)
            assert math.fsum(amounts) <= 0.8
            assert 0.8 <= part.rate <= 1.2
            assert 0 <= part.pause <= 1
        for before, after in pairwise(parts(one)):
            pairs = zip(astuple(before.emotion), astuple(after.emotion), strict=True)
            assert math.fsum(abs(a - b) for a, b in pairs) <= FURTHEST_MOVE


@ANYTHING
@given(policies(), scripts)
def test_after_distress_a_style_brightens_one_step_a_turn_and_after_a_complaint_to_warm_at_most(
    visit, policy, turns
):
    decisions = visit(*turns, policy=policy)
    for index, one in enumerate(decisions):
        earlier = decisions[:index]
        if any(each.state in NEGATIVE for each in earlier[-6:]) and one.state not in NEGATIVE:
            calm = one.style is Style.CALM_FIRM or one.flags
            assert calm or protection(one.style) >= protection(earlier[-1].style) - 1
        if any(each.state is State.COMPLAINT for each in earlier):
            assert protection(one.style) >= protection(Style.WARM)


@ANYTHING
@given(policies(), scripts)
def test_a_grievance_is_apologised_for_once(visit, policy, turns):
    open_apology = False
    for one in visit(*turns, policy=policy):
        if one.state is State.COMPLAINT:
            assert not (open_apology and one.style is Style.APOLOGETIC)
        open_apology = one.style is Style.APOLOGETIC or (
            open_apology and one.state not in {State.THANKS, State.PRAISE} and "resolved" not in one.marks
        )


@ANYTHING
@given(policies(), scripts)
def test_the_same_visit_under_the_same_policy_is_the_same_record(visit, policy, turns):
    def record() -> list[str]:
        return [repr(replace(one, microseconds=0)) for one in visit(*turns, policy=policy)]

    assert record() == record()
