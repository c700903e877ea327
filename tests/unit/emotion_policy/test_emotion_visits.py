"""Scripted visits: what one turn leaves to the next."""

from __future__ import annotations

import pytest

from core.emotion import State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.memory import Memory

pytestmark = pytest.mark.unit


def visit(*texts: str, scenario: Scenario = "retail", memory: Memory | None = None) -> list[Decision]:
    memory, decisions = memory or Memory(), []
    for text in texts:
        decision = decide(Observation(text=text, language="zh", scenario=scenario, memory=memory))
        memory = decision.memory
        decisions.append(decision)
    return decisions


def test_a_complaint_is_apologised_for_once_and_then_acted_upon():
    first, second, third = visit("等了两个小时没人管", "到现在还没人处理", "太差了，你们怎么解决")
    assert (first.style, second.style, third.style) == (Style.APOLOGETIC, Style.SOOTHING, Style.SOOTHING)
    assert (second.escalation, third.escalation) == ("offer", "now")
    assert first.steering != second.steering != third.steering


def test_after_a_complaint_thanks_are_not_answered_cheerfully():
    styles = [
        one.style for one in visit("等了两个小时没人管", "问题解决了，谢谢", "给我讲个笑话", "你喜欢吃什么")
    ]
    assert styles[1] is Style.GENTLE
    assert Style.CHEERFUL not in styles


def test_after_a_complaint_one_plain_question_does_not_brighten():
    styles = [one.style for one in visit("等了两个小时没人管", "几点关门？", "停车多少钱？", "厕所在哪里？")]
    assert styles == [Style.APOLOGETIC, Style.SOOTHING, Style.GENTLE, Style.PROFESSIONAL]


def test_after_a_death_practical_questions_are_answered_gently():
    decisions = visit("我爸上个月去世了", "需要什么材料？", "多少钱？", "谢谢你")
    assert {one.style for one in decisions} == {Style.GENTLE}
    assert decisions[1].state is State.INQUIRY
    assert decisions[1].steering != decisions[0].steering


def test_care_comes_at_once():
    cheerful, caring = visit("给我讲个笑话", "我好害怕")
    assert cheerful.style is Style.CHEERFUL
    assert caring.style is Style.SOOTHING


def test_a_person_is_offered_once_and_fetched_when_asked_twice():
    first, second = visit("转人工", "我要找你们经理")
    assert (first.escalation, second.escalation) == ("offer", "now")


def test_two_failures_of_the_agent_offer_a_person():
    (decision,) = visit("几点开门？", memory=Memory(agent_failures=2))
    assert decision.escalation == "offer"


@pytest.mark.parametrize(
    "text", ["有人晕倒了", "我不想活了", "有个自称警察的人让我把钱转到安全账户", "信不信我砸了你这机器"]
)
def test_danger_fetches_a_person_now(text):
    (decision,) = visit(text)
    assert decision.escalation == "now"


def test_self_harm_is_answered_gently():
    (decision,) = visit("我不想活了")
    assert decision.style is Style.GENTLE


def test_an_old_customer_is_spoken_to_slowly():
    (plain,) = visit("我要取钱")
    (old,) = visit("我要取钱，我老花眼")
    assert old.arc.body.rate == pytest.approx(plain.arc.body.rate * 0.9)


def test_a_doubtful_transcript_is_answered_professionally():
    decision = decide(Observation(text="真好，服务很好", language="zh", scenario="retail", confidence=0.0))
    assert decision.style is Style.PROFESSIONAL
