"""Words about a state that are not the state, and the guard that knows."""

from __future__ import annotations

import pytest

from core.emotion import State
from emotion_policy.decide import decide
from emotion_policy.decision import Flag, Observation
from emotion_policy.normalise import normalise

pytestmark = pytest.mark.unit


def state_of(text: str) -> State:
    return decide(Observation(text=text, language="zh")).state


def flags_of(text: str) -> frozenset[Flag]:
    return decide(Observation(text=text, language="zh")).flags


def test_asking_where_to_complain_is_no_complaint():
    assert state_of("投诉电话是多少？") is State.INQUIRY
    assert state_of("where is the complaints desk?") is State.INQUIRY


def test_asking_the_price_of_an_ambulance_is_no_emergency():
    assert state_of("救护车收费多少钱？") is State.INQUIRY
    assert state_of("Where is the fire exit?") is State.INQUIRY


def test_being_hungry_to_death_is_no_death():
    assert state_of("饿死我了，中午没吃饭") is State.SMALLTALK


def test_a_dead_battery_is_no_bereavement():
    assert state_of("My phone battery died, where can I charge it?") is not State.GRIEF
    assert state_of("My father died last week") is State.GRIEF


def test_calling_oneself_stupid_insults_nobody():
    assert state_of("我真是太笨了") is not State.ABUSIVE
    assert state_of("sorry, stupid question, where do I pay?") is not State.ABUSIVE


def test_the_rubbish_bin_is_no_insult():
    assert state_of("垃圾桶在哪里？") is State.INQUIRY


def test_a_denied_worry_is_no_worry():
    assert state_of("我不担心，就问一下几点开门") is not State.ANXIOUS


def test_a_negation_cancels_one_cue_and_not_the_sentence():
    assert state_of("我没有生气，可是等了两个小时没人管") is State.COMPLAINT


def test_praise_around_a_failure_is_a_complaint():
    assert state_of("你们真棒，等了三个小时没人理") is State.COMPLAINT


def test_a_polite_thank_you_does_not_hide_the_request():
    assert state_of("帮我打印一份证明，谢谢") in {State.REQUEST, State.THANKS}


def test_a_goodbye_wins_over_its_thanks():
    assert state_of("谢谢，再见") is State.FAREWELL


@pytest.mark.parametrize(
    "text", ["转人工", "找个真人来", "我要找你们领导", "Can I talk to a real person?", "轉人工客服"]
)
def test_asking_for_a_person_is_flagged(text):
    assert Flag.WANTS_HUMAN in flags_of(text)


@pytest.mark.parametrize("text", ["人工智能是什么？", "经理办公室在几楼？"])
def test_artificial_intelligence_and_the_managers_room_are_no_person(text):
    assert Flag.WANTS_HUMAN not in flags_of(text)


@pytest.mark.parametrize("text", ["我不想活了", "I want to kill myself"])
def test_self_harm_is_flagged(text):
    assert Flag.SELF_HARM in flags_of(text)


@pytest.mark.parametrize("text", ["想死你们了", "这是跳楼价吗", "困死我了"])
def test_exaggeration_is_no_self_harm(text):
    assert Flag.SELF_HARM not in flags_of(text)


def test_a_scam_under_way_is_flagged_and_a_lecture_on_scams_is_not():
    assert Flag.SCAM_IN_PROGRESS in flags_of("有个自称警察的人让我把钱转到安全账户")
    assert Flag.SCAM_IN_PROGRESS not in flags_of("防诈骗讲座几点开始？")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("嗯，謝謝您。", "谢谢您"),
        ("就命啊", "救命啊"),
        ("thats it", "that's it"),
        ("你 好", "你好"),
        ("ＡＢＣ", "abc"),
    ],
)
def test_one_spoken_thing_has_one_form(said, written):
    assert normalise(said).lstrip(", ") == written


@pytest.mark.parametrize(
    "text", ["我爸爸昨天去世了", "等了两个小时没人管", "有人晕倒了快来人", "我很担心手术"]
)
def test_punctuation_and_courtesy_change_nothing(text):
    assert state_of(text) is state_of(text + "！") is state_of("您好，" + text)
