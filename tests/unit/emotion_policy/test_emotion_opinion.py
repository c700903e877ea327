"""The second opinion: it confirms or takes more care; it never brightens, lifts a veto or counts."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Delivery, Opinion, State, Style
from emotion_policy import vetoes
from emotion_policy.decide import decide
from emotion_policy.decision import Arc, Decision, Observation, Scenario
from emotion_policy.memory import Memory
from emotion_policy.opinion import revise
from emotion_policy.persistence import NEGATIVE
from emotion_policy.policy import packaged
from emotion_policy.styles import FURTHEST_MOVE, SLOWEST, delivery, protection

pytestmark = pytest.mark.unit

ORDER = tuple(State)
TEXTS = (
    "几点开门", "谢谢你", "再见", "你好", "讲个笑话", "我要投诉，等了两个小时", "我好害怕", "我妈妈上周去世了", "着火了快来人", "你们都是废物",
    "我没听懂", "where is the toilet", "I am so worried about the result", "this is outrageous, I want my money back", "",
)  # fmt: skip
SCENARIOS: tuple[Scenario, ...] = ("retail", "medical", "government", "education", "smart-home")


def vote(state: State, probability: float = 0.9) -> Opinion:
    rest = (1.0 - probability) / 12
    return Opinion(probabilities=tuple(probability if each is state else rest for each in ORDER))


def decided(state: State, style: Style, **more: object) -> Decision:
    plain = delivery(style)
    return replace(
        Decision(
            state=state, probability=0.8, runner_up=State.REQUEST, intensity=0.3, style=style, because="words",
            arc=Arc(open=plain, body=plain, close=plain), memory=Memory(states=(state,), styles=(style,), levels=(0.0,) * 13),
        ),
        **more,
    )  # fmt: skip


opinions = st.lists(st.floats(0.001, 1.0), min_size=13, max_size=13).map(
    lambda weights: Opinion(probabilities=tuple(weight / sum(weights) for weight in weights))
) | st.builds(vote, st.sampled_from(State), st.floats(0.1, 1.0))
visits = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4)


def after(texts: list[str], scenario: Scenario) -> Decision:
    memory = Memory()
    for text in texts:
        decision = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory))
        memory = decision.memory
    return decision


def parts(decision: Decision) -> tuple[Delivery, Delivery, Delivery]:
    return decision.arc.open, decision.arc.body, decision.arc.close


def distance(one: Delivery, other: Delivery) -> float:
    return sum(abs(a - b) for a, b in zip(astuple(one.emotion), astuple(other.emotion), strict=True))


@pytest.mark.parametrize(
    ("state", "style"),
    [
        (State.GRIEF, Style.GENTLE), (State.ANXIOUS, Style.SOOTHING), (State.COMPLAINT, Style.SOOTHING),
        (State.URGENT, Style.CALM_FIRM), (State.ABUSIVE, Style.CALM_FIRM),
    ],
)  # fmt: skip
def test_a_more_serious_vote_makes_the_whole_voice_more_careful(state: State, style: Style) -> None:
    revised = revise(decided(State.INQUIRY, Style.NEUTRAL), vote(state))
    assert revised.style is style
    assert {part.style for part in parts(revised)} == {style}
    assert revised.because == f"words; second opinion: {state} 0.90"
    assert revised.state is State.INQUIRY


@pytest.mark.parametrize("state", [state for state in State if state not in NEGATIVE])
def test_a_brighter_vote_changes_nothing(state: State) -> None:
    for own, style in (
        (State.INQUIRY, Style.NEUTRAL),
        (State.GRIEF, Style.GENTLE),
        (State.COMPLAINT, Style.SOOTHING),
    ):
        decision = decided(own, style)
        assert revise(decision, vote(state, 1.0)) is decision


def test_an_agreeing_vote_changes_nothing() -> None:
    for state in State:
        decision = decided(state, Style.PROFESSIONAL)
        assert revise(decision, vote(state, 1.0)) is decision


def test_a_doubtful_vote_changes_nothing() -> None:
    decision = decided(State.INQUIRY, Style.NEUTRAL)
    assert revise(decision, vote(State.ANXIOUS, 0.49)) is decision
    assert revise(decision, vote(State.ANXIOUS, 0.51)) is not decision


def test_a_less_serious_worry_does_not_answer_a_more_serious_one() -> None:
    decision = decided(State.URGENT, Style.CALM_FIRM)
    assert revise(decision, vote(State.ANXIOUS, 1.0)) is decision


def test_a_site_may_refuse_the_vote() -> None:
    decision, policy = decided(State.INQUIRY, Style.NEUTRAL), packaged("government")
    assert policy.second_opinion
    assert revise(decision, vote(State.GRIEF), None, replace(policy, second_opinion=False)) is decision


def test_a_policy_that_fails_leaves_the_decision_as_it_was() -> None:
    decision = decided(State.INQUIRY, Style.NEUTRAL)
    broken = replace(packaged("government"), states={})
    assert revise(decision, vote(State.GRIEF), None, broken) is decision


def test_a_vote_for_a_complaint_soothes_and_does_not_apologise() -> None:
    for scenario in SCENARIOS:
        revised = revise(decided(State.INQUIRY, Style.WARM), vote(State.COMPLAINT), None, packaged(scenario))
        assert revised.style is Style.SOOTHING
        assert not revised.memory.apologised


def test_after_a_grief_no_vote_makes_the_voice_firm() -> None:
    bereaved = decided(
        State.INQUIRY, Style.GENTLE, memory=Memory(states=(State.GRIEF, State.INQUIRY), grief=True)
    )
    assert revise(bereaved, vote(State.ABUSIVE)).style is Style.GENTLE
    cooler = replace(bereaved, style=Style.NEUTRAL, arc=decided(State.INQUIRY, Style.NEUTRAL).arc)
    assert {part.style for part in parts(revise(cooler, vote(State.URGENT)))} == {Style.GENTLE}


def test_a_child_is_not_spoken_to_firmly_on_a_vote_for_abuse() -> None:
    for scenario in SCENARIOS:
        child = decided(State.SMALLTALK, Style.CHEERFUL, marks=frozenset({"child"}))
        assert revise(child, vote(State.ABUSIVE), None, packaged(scenario)).style is not Style.CALM_FIRM


def test_what_was_said_stays_and_the_voice_moves_on_from_it_without_a_jump() -> None:
    decision = decided(State.SMALLTALK, Style.CHEERFUL)
    spoken = decision.arc.open
    revised = revise(decision, vote(State.GRIEF), spoken)
    assert revised.arc.open == spoken
    assert revised.arc.body.style is Style.GENTLE
    assert distance(spoken, revised.arc.body) <= FURTHEST_MOVE
    assert distance(revised.arc.body, revised.arc.close) <= FURTHEST_MOVE


def test_the_manner_of_the_visit_is_kept() -> None:
    old = decided(State.INQUIRY, Style.NEUTRAL, marks=frozenset({"elderly"}), arousal=1.0)
    quiet = replace(old, arc=replace(old.arc, open=replace(old.arc.open, volume=0.5)))
    plain = revise(decided(State.INQUIRY, Style.NEUTRAL), vote(State.ANXIOUS))
    revised = revise(quiet, vote(State.ANXIOUS))
    assert SLOWEST <= revised.arc.body.rate < plain.arc.body.rate
    assert revised.arc.body.volume == 0.5


def test_the_memory_slows_brightening_but_counts_and_latches_nothing() -> None:
    decision = decided(State.INQUIRY, Style.NEUTRAL)
    memory = revise(decision, vote(State.GRIEF, 0.8)).memory
    assert (memory.states, memory.styles) == ((State.GRIEF,), (Style.GENTLE,))
    assert memory.levels[ORDER.index(State.GRIEF)] == 0.4
    assert replace(memory, states=(), styles=(), levels=()) == Memory()


def test_after_a_vote_the_next_plain_turn_does_not_turn_bright() -> None:
    first = decide(Observation(text="讲个笑话", language="zh", scenario="retail"))
    voted = revise(first, vote(State.ANXIOUS), None, packaged("retail"))
    follow = Observation(text="再讲个笑话", language="zh", scenario="retail")
    bright = decide(replace(follow, memory=first.memory))
    careful = decide(replace(follow, memory=voted.memory))
    assert protection(careful.style) > protection(bright.style)


@given(visits, st.sampled_from(SCENARIOS), opinions, st.booleans())
def test_no_vote_ever_brightens_lifts_a_veto_or_changes_the_state(
    texts: list[str], scenario: Scenario, opinion: Opinion, begun: bool
) -> None:
    decision = after(texts, scenario)
    revised = revise(decision, opinion, decision.arc.open if begun else None, packaged(scenario))
    for before, now in zip(parts(decision), parts(revised), strict=True):
        assert protection(now.style) >= protection(before.style)
        assert now.style not in vetoes.FORBIDDEN.get(decision.state, ())
    assert revised.style not in vetoes.FORBIDDEN.get(decision.state, ())
    assert replace(
        revised, style=decision.style, arc=decision.arc, because=decision.because, memory=decision.memory
    ) == decision  # fmt: skip
    kept = {"states": (), "styles": (), "levels": ()}
    assert replace(revised.memory, **kept) == replace(decision.memory, **kept)


@given(visits, st.sampled_from(SCENARIOS), opinions)
def test_the_same_vote_again_changes_nothing_more(
    texts: list[str], scenario: Scenario, opinion: Opinion
) -> None:
    policy = packaged(scenario)
    once = revise(after(texts, scenario), opinion, None, policy)
    again = revise(once, opinion, None, policy)
    assert replace(again, because=once.because) == once


@given(visits, st.sampled_from(SCENARIOS), opinions)
def test_the_voice_never_jumps_from_one_part_to_the_next(
    texts: list[str], scenario: Scenario, opinion: Opinion
) -> None:
    opening, body, close = parts(revise(after(texts, scenario), opinion, None, packaged(scenario)))
    assert distance(opening, body) <= FURTHEST_MOVE + 1e-9
    assert distance(body, close) <= FURTHEST_MOVE + 1e-9
