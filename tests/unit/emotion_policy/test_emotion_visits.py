"""Scripted visits: what one turn leaves to the next."""

from __future__ import annotations

from typing import get_args

import pytest

from core.emotion import State, Style
from core.text import script_of
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Flag, Observation, Scenario
from emotion_policy.memory import Memory

pytestmark = pytest.mark.unit


def visit(*texts: str, scenario: Scenario = "retail", memory: Memory | None = None) -> list[Decision]:
    memory, decisions = memory or Memory(), []
    for text in texts:
        decision = decide(Observation(text=text, language=script_of(text), scenario=scenario, memory=memory))
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


SESSIONS: dict[str, tuple[Scenario, tuple[tuple[str, str, str], ...]]] = {
    "a complaint that is mended stays below cheerful to the end": ("retail", (
        ("我上周买的电饭煲又坏了，修了两次都没修好。", "apologetic", "none"),
        ("好了好了，问题解决了，谢谢你。", "gentle", "none"),
        ("太感谢你了，这次真好用。", "professional", "none"),
        ("对了，你会讲笑话吗？给我讲个笑话。", "warm", "none"),
        ("再讲个笑话吧。", "warm", "none"),
    )),
    "a complaint in English is mended and taken leave of without cheer": ("government", (
        ("I've been queueing for two hours and nobody has helped me.", "apologetic", "none"),
        ("Great, it's all sorted now, thank you so much.", "gentle", "none"),
        ("Goodbye.", "professional", "none"),
    )),
    "a grief is gentle through three practical questions and the thanks": ("government", (
        ("我爸爸上个月去世了，我来给他销户。", "gentle", "none"),
        ("需要带什么材料？", "gentle", "none"),
        ("要多少钱？", "gentle", "none"),
        ("几点下班？", "gentle", "none"),
        ("好的，谢谢你。", "gentle", "none"),
    )),
    "a grief in English as well, also in a shop that likes to be cheerful": ("retail", (
        ("My husband passed away last week and I need to close his account.", "gentle", "none"),
        ("Which documents do I need?", "gentle", "none"),
        ("How much does it cost?", "gentle", "none"),
        ("What time do you close?", "gentle", "none"),
        ("Tell me a joke.", "gentle", "none"),
    )),
    "a second complaint gets no second apology, a third one a person": ("retail", (
        ("等了两个小时没人管，太过分了。", "apologetic", "none"),
        ("到现在还没人处理，你们怎么办事的。", "soothing", "offer"),
        ("第三次了，还是没人来，太差劲了。", "soothing", "now"),
    )),
    "and so in English": ("retail", (
        ("You charged me twice and nobody will refund me.", "apologetic", "none"),
        ("I've called four times and you still haven't refunded me, this is unacceptable.", "soothing", "offer"),
        ("This is ridiculous, I'm still waiting and nobody cares.", "soothing", "now"),
    )),
    "who asks for a person twice gets one now": ("retail", (
        ("我要转人工。", "professional", "offer"),
        ("帮我转人工客服。", "professional", "now"),
    )),
    "abuse gets a boundary and an offer, twice, and no grudge": ("retail", (
        ("你这个没用的垃圾机器，蠢货！", "calm_firm", "offer"),
        ("闭嘴，你就是个废物！", "calm_firm", "offer"),
        ("几点关门？", "professional", "none"),
    )),
    "fear that was calmed brightens one step a turn": ("medical", (
        ("I'm really scared about my operation tomorrow.", "soothing", "none"),
        ("Oh, that's good to know, thank you.", "gentle", "none"),
        ("What time should I arrive?", "professional", "none"),
        ("Which floor is it on?", "professional", "none"),
    )),
    "fear that was not calmed is soothed through the next question": ("medical", (
        ("我明天要做心脏手术，我好害怕，怕得睡不着。", "soothing", "none"),
        ("手术前几个小时不能吃东西？", "soothing", "none"),
        ("住院部在几楼？", "gentle", "none"),
        ("那家属可以陪护吗？", "professional", "none"),
    )),
    "an emergency is firm until it is said to be over": ("retail", (
        ("快来人，我爸突然倒在地上没反应了！", "calm_firm", "now"),
        ("几楼有担架？", "calm_firm", "none"),
        ("他醒过来了，没事了，谢谢你们。", "warm", "none"),
        ("洗手间在哪里？", "professional", "none"),
    )),
    "a question asked again and again is answered alike each time": ("government", (
        ("办居住证需要带哪些材料？", "neutral", "none"),
        ("办居住证需要带哪些材料？", "neutral", "none"),
        ("办居住证需要带哪些材料？", "neutral", "none"),
    )),
    "a fraud under way is stopped firmly": ("retail", (
        ("有个自称警察的人让我现在就把钱转到安全账户。", "calm_firm", "now"),
        ("他还在电话里，催我快点转钱。", "calm_firm", "now"),
    )),
    "who wants to die is met gently and not left alone": ("medical", (
        ("我不想活了。", "gentle", "now"),
        ("我真的不想活了，活着没意思。", "gentle", "now"),
    )),
}  # fmt: skip


@pytest.mark.parametrize("name", SESSIONS)
def test_each_turn_of_a_session_sounds_as_it_should(name: str) -> None:
    scenario, turns = SESSIONS[name]
    decisions = visit(*(text for text, _, _ in turns), scenario=scenario)
    heard = [(str(one.style), one.escalation) for one in decisions]
    assert heard == [(style, escalation) for _, style, escalation in turns], [
        str(one.state) for one in decisions
    ]


def test_the_next_customer_starts_fresh_whatever_the_last_one_was() -> None:
    for _, turns in SESSIONS.values():
        visit(*(text for text, _, _ in turns))
        (greeted, joked) = visit("你好！", "给我讲个笑话。")
        assert (greeted.style, joked.style) == (Style.WARM, Style.CHEERFUL)
        assert not greeted.held


def test_the_third_time_of_asking_gets_longer_pauses_and_the_second_does_not() -> None:
    first, second, third = visit(*["办居住证需要带哪些材料？"] * 3, scenario="government")
    assert second.arc.body.pause == first.arc.body.pause
    assert third.arc.body.pause > first.arc.body.pause
    assert "repeat" in third.marks


def test_what_the_model_is_told_changes_with_each_complaint_and_each_insult() -> None:
    for name in ("a second complaint gets no second apology, a third one a person", "and so in English"):
        lines = [one.steering for one in visit(*(text for text, _, _ in SESSIONS[name][1]))]
        assert len(set(lines)) == len(lines)
    first, second, _ = visit("你这个没用的垃圾机器，蠢货！", "闭嘴，你就是个废物！", "几点关门？")
    assert first.steering != second.steering


def test_a_flag_is_raised_in_the_turn_that_says_it() -> None:
    flags = {
        "who asks for a person twice gets one now": Flag.WANTS_HUMAN,
        "a fraud under way is stopped firmly": Flag.SCAM_IN_PROGRESS,
        "who wants to die is met gently and not left alone": Flag.SELF_HARM,
    }
    for name, flag in flags.items():
        scenario, turns = SESSIONS[name]
        assert flag in visit(turns[0][0], scenario=scenario)[0].flags


@pytest.mark.parametrize("scenario", get_args(Scenario))
def test_after_a_wish_to_die_no_plain_question_is_answered_sternly_or_brightly(scenario: Scenario) -> None:
    _, after = visit("我不想活了。", "药房在几楼？", scenario=scenario)
    assert after.style in {Style.GENTLE, Style.SOOTHING}
    assert after.escalation == "now"


@pytest.mark.parametrize("scenario", get_args(Scenario))
def test_on_every_site_a_mended_complaint_and_a_grief_stay_careful(scenario: Scenario) -> None:
    mended = visit(
        "等了两个小时没人管，太过分了。", "问题解决了，谢谢你。", "给我讲个笑话。", scenario=scenario
    )
    assert not {one.style for one in mended} & {Style.CHEERFUL, Style.ENCOURAGING}
    bereaved = visit(
        "我妈妈上周去世了。", "需要什么材料？", "给我讲个笑话。", "谢谢你，再见。", scenario=scenario
    )
    assert {one.style for one in bereaved} == {Style.GENTLE}
