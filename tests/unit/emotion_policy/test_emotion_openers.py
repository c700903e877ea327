"""The first words that an upset customer hears."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.emotion import Delivery, State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Arc, Decision, Flag, Observation, Scenario
from emotion_policy.memory import Memory
from emotion_policy.openers import KINDS, _kinds, choose, expected
from emotion_policy.policy import packaged
from emotion_policy.roles import exact
from emotion_policy.words import apologises, check

pytestmark = pytest.mark.unit

SCENARIOS = get_args(Scenario)
LINES = [
    (name, language, line)
    for name, kind in _kinds().items()
    for table in kind.lines.values()
    for language, lines in table.items()
    for line in lines
]
CALM = (
    State.INQUIRY, State.REQUEST, State.GREETING, State.FAREWELL, State.THANKS, State.PRAISE, State.SMALLTALK,
)  # fmt: skip


def decided(state: State, style: Style = Style.SOOTHING, **more: object) -> Decision:
    part = Delivery(style=style)
    plain = Decision(
        state=state,
        probability=0.9,
        runner_up=state,
        intensity=0.5,
        style=style,
        arc=Arc(open=part, body=part, close=part),
    )
    return replace(plain, **more)


def chosen(
    decision: Decision, before: Memory | None = None, *, text: str = "等了两个小时", **where: str
) -> str:
    where = {"scenario": "government", "language": "zh", **where}
    return choose(decision, before or Memory(), text=text, **where)


def test_every_kind_has_four_different_lines_in_each_language_wherever_it_has_any():
    assert set(_kinds()) == set(KINDS)
    for kind in _kinds().values():
        assert set(kind.lines) <= {"any", *SCENARIOS}
        for table in kind.lines.values():
            assert set(table) == {"zh", "en"}
            assert all(len(lines) == len(set(lines)) == 4 for lines in table.values())


@pytest.mark.parametrize(("name", "language", "line"), LINES)
def test_an_opener_suits_its_state_promises_nothing_and_holds_no_figure(name, language, line):
    for style in packaged("government").styles.values():
        checked = check(line, KINDS[name], language, style.banned[language])
        assert (checked.text, checked.found) == (line, ())
    assert not exact(line)
    assert not re.search(
        r"保证|一定|承诺|我(?:们)?(?:会|马上|这就)|\b(?:will|promise|guarantee|shall)\b|[’']ll\b", line
    )
    assert not re.search(r"[?？]", line), "the rest would have to wait for an answer"
    assert line.endswith(("。", "."))


@pytest.mark.parametrize(("name", "language", "line"), LINES)
def test_only_the_openers_for_a_grievance_and_the_bereaved_say_sorry(name, language, line):
    assert name in {"complaint", "grief"} or not apologises(line)
    assert name != "complaint" or apologises(line)


@pytest.mark.parametrize(("name", "language", "line"), LINES)
def test_in_an_emergency_eight_words_are_enough(name, language, line):
    if name in {"urgent", "scam"}:
        most = 8 if name == "urgent" else 10
        assert len(re.findall("[\u4e00-\u9fff]", line)) <= most
        assert len(re.findall(r"[A-Za-z']+", line)) <= 8


@pytest.mark.parametrize("state", CALM)
def test_a_plain_customer_gets_a_direct_answer(state):
    assert chosen(decided(state)) == ""


@given(st.sampled_from(SCENARIOS), st.sampled_from(("zh", "en")), st.text(max_size=20))
def test_the_same_words_in_the_same_visit_get_the_same_opener(scenario, language, text):
    decision = decided(State.COMPLAINT, Style.APOLOGETIC)
    first = choose(decision, Memory(), scenario=scenario, language=language, text=text)
    assert first == choose(decision, Memory(), scenario=scenario, language=language, text=text) != ""


def test_different_words_get_different_openers():
    found = {chosen(decided(State.ANXIOUS), text=str(number)) for number in range(40)}
    assert len(found) == 4


def test_an_unknown_site_gets_the_general_lines():
    assert chosen(decided(State.URGENT), scenario="zoo") in _kinds()["urgent"].lines["any"]["zh"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "等了两个小时没人管", "你们怎么又弄错了", "我很担心手术", "我看不懂这个", "你个废物", "我妈上个月走了", "快来人有人晕倒了", "谢谢", "几点开门", "我不想活了",
                "this is ridiculous", "I am so worried", "you are useless", "骗子让我转账",
            ]
        ),
        max_size=9,
    ),
    st.sampled_from(SCENARIOS),
)  # fmt: skip
def test_in_a_visit_no_opener_is_said_twice_and_one_apology_is_made_for_a_grievance(texts, scenario):
    memory, said, apologies = Memory(), [], 0
    for text in texts:
        language = "en" if text.isascii() else "zh"
        before = memory
        decision = decide(Observation(text=text, language=language, scenario=scenario, memory=before))
        opener = choose(decision, before, scenario=scenario, language=language, text=text)
        memory = replace(decision.memory, openers=(*before.openers, opener) if opener else before.openers)
        said += [opener] * bool(opener)
        if opener and decision.state is State.COMPLAINT and apologises(opener):
            assert not before.apologised
            apologies += 1
        if "谢" in text:
            apologies = 0
    assert len(said) == len(set(said))
    assert apologies <= 1


def test_who_was_apologised_to_gets_straight_to_the_matter():
    plain = [*_kinds()["complaint_plain"].everywhere()]
    assert chosen(decided(State.COMPLAINT, Style.APOLOGETIC), Memory(apologised=True)) in plain
    assert chosen(decided(State.COMPLAINT, Style.SOOTHING)) in plain
    assert apologises(chosen(decided(State.COMPLAINT, Style.APOLOGETIC)))


def test_condolence_and_boundary_are_said_once():
    for state in (State.GRIEF, State.ABUSIVE):
        first = chosen(decided(state))
        assert first
        assert chosen(decided(state), Memory(openers=(first,)), text="再说") == ""
    assert chosen(decided(State.COMPLAINT, Style.GENTLE), Memory(grief=True)) == ""


def test_where_a_person_is_fetched_nothing_is_put_before_that_but_in_an_emergency():
    assert chosen(decided(State.COMPLAINT, escalation="now")) == ""
    assert chosen(decided(State.ANXIOUS, escalation="now")) == ""
    assert chosen(decided(State.URGENT, Style.CALM_FIRM, escalation="now"))


def test_what_is_doubtful_or_half_heard_is_not_answered_with_a_condolence():
    assert chosen(decided(State.GRIEF, probability=0.4)) == ""
    assert chosen(decided(State.GRIEF, marks=frozenset({"low_asr_confidence"}))) == ""
    assert chosen(decided(State.URGENT, marks=frozenset({"low_asr_confidence"})))


def test_self_harm_and_fraud_come_before_everything_else():
    both = frozenset({Flag.SELF_HARM, Flag.SCAM_IN_PROGRESS})
    assert chosen(decided(State.INQUIRY, flags=both)) in _kinds()["self_harm"].lines["any"]["zh"]
    scam = decided(State.INQUIRY, flags=frozenset({Flag.SCAM_IN_PROGRESS}), probability=0.1)
    assert chosen(scam, language="en") in _kinds()["scam"].lines["any"]["en"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_rendered_beforehand_is_what_is_said(scenario):
    ready = {(line, replace(delivery, because="")) for line, _, delivery in expected(packaged(scenario))}
    assert len(ready) >= 60
    for text in ("等了两个小时没人管", "我很担心手术的结果", "快来人啊，有人晕倒了", "我爸上个月去世了", "你个废物", "my mother passed away", "I am so worried about it"):  # fmt: skip
        language = "en" if text.isascii() else "zh"
        decision = decide(Observation(text=text, language=language, scenario=scenario))
        opener = choose(decision, Memory(), scenario=scenario, language=language, text=text)
        assert (opener, replace(decision.arc.open, because="")) in ready
