"""What everybody says, in the fewest words: a policy that knows only long stories would miss these.

Each sentence is clear to anybody; the policy may miss a few, and what it may not is to be bright about distress.
"""

from __future__ import annotations

import pytest

from core.emotion import State, Style
from core.text import script_of
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.persistence import NEGATIVE

pytestmark = pytest.mark.unit

LEAST_RIGHT = 0.93
"""Part of the sentences whose state must be told."""
MOST_BRIGHT = 0.035
"""Part of the distressed sentences that may be answered warmly, when they were misunderstood."""
BRIGHT = frozenset({Style.WARM, Style.CHEERFUL, Style.ENCOURAGING})

PLAIN: dict[State, tuple[str, ...]] = {
    State.URGENT: (
        "救命！", "着火了！", "有人晕倒了", "快叫救护车", "孩子丢了", "有人打架，快报警", "地上全是血，快来人", "快救人", "出事了快来", "失火了", "我喘不上气",
        "有人溺水了", "他没呼吸了", "Help!", "Fire!", "Call an ambulance!", "Somebody fainted", "My child is missing", "I can't breathe",
        "Emergency!", "Quick, he's choking", "There's a fire", "Someone is having a heart attack", "He's unconscious",
    ),
    State.GRIEF: (
        "我爸爸去世了", "我妈妈走了", "他不在了", "我奶奶昨天过世了", "我家猫死了", "我爷爷走了", "我女儿去世了", "她已经不在人世了", "我们失去了孩子",
        "My father died", "My wife passed away", "We just lost our son", "My dog died yesterday", "My grandmother is gone", "My son is dead",
        "We lost my brother last month", "My husband died", "She's no longer with us",
    ),
    State.ABUSIVE: (
        "滚", "你这个白痴", "废物", "去死吧", "傻逼机器", "你有病吧", "你个蠢货", "闭嘴", "神经病", "你们都是垃圾", "滚开", "Shut up", "You are useless", "You idiot",
        "Go to hell", "Screw you", "You stupid machine", "Get lost, idiot", "You're stupid", "Piss off", "Shut your mouth",
    ),
    State.COMPLAINT: (
        "我要投诉", "我要投诉你们", "我很生气", "太差了", "你们的服务太差了", "等太久了", "等了一个小时了", "东西坏了", "我要退货，质量太差", "怎么还没好", "骗人的",
        "我对你们很不满意", "这服务也太烂了", "我非常不满", "气死人了", "等了半天没人理", "给我退款，东西是坏的", "你们太过分了", "I want to complain",
        "I want to make a complaint", "I'm very angry", "This is terrible", "This is unacceptable", "I've been waiting for an hour", "It's broken again",
        "Your service is awful", "I want my money back", "I'm really angry", "This is ridiculous", "Your service is terrible", "Nothing works here",
        "I am not happy with this", "It still doesn't work", "Nobody is helping me",
    ),
    State.ANXIOUS: (
        "我很担心", "我好害怕", "我很紧张", "怎么办啊", "我有点慌", "万一出事怎么办", "我好担心", "吓死我了", "我心里好慌", "会不会有事啊", "我特别担心", "我特别害怕",
        "I'm worried", "I'm scared", "I'm so nervous", "What if it goes wrong", "I'm afraid of the operation", "I'm really worried", "I'm terrified",
        "I feel so anxious", "I'm afraid",
    ),
    State.CONFUSED: (
        "我看不懂", "我不明白", "我听不懂", "我迷路了", "这个怎么弄啊，我不会", "什么意思", "不明白你说什么", "这是什么意思", "我不懂", "找不到地方", "怎么用啊",
        "I don't understand", "I'm lost", "I'm confused", "This makes no sense", "How does this thing work, I can't figure it out",
        "I have no idea what to do", "What do you mean", "I can't find it", "I'm so confused", "I don't know how to use this",
    ),
    State.PRAISE: (
        "你真棒", "服务真好", "你们真厉害", "太贴心了", "做得好", "很满意", "真不错", "你太聪明了", "服务态度很好", "非常满意", "You're great", "Well done",
        "Excellent service", "You're so helpful", "I love this place", "Great job", "You are amazing", "The staff are lovely", "Very good service",
    ),
    State.THANKS: (
        "谢谢", "谢谢你", "多谢", "太感谢了", "辛苦了", "谢啦", "非常感谢", "麻烦你了，谢谢", "Thanks", "Thank you", "Thank you very much", "Many thanks",
        "Cheers, thanks", "Thanks so much", "Thank you very much indeed", "Much appreciated",
    ),
    State.REQUEST: (
        "帮我开灯", "打开空调", "关灯", "帮我打印一份", "我要取钱", "叫个工作人员来", "帮我查一下余额", "把声音调小一点", "我要挂号", "来一杯咖啡", "打开窗帘", "帮我叫辆车",
        "把灯打开", "帮我充值", "我想改签", "给我一张地图", "Turn on the light", "Turn off the lights", "Play some music", "Book a room for me",
        "Print this please", "Set an alarm for seven", "Please call a taxi", "Cancel my appointment", "Turn on the TV", "Open the curtains",
        "Call a nurse", "Change my password", "Give me a map", "Send me the form", "Put the heating on",
    ),
    State.INQUIRY: (
        "几点开门", "厕所在哪里", "多少钱", "怎么去火车站", "需要带身份证吗", "可以刷卡吗", "明天上班吗", "这个药怎么吃", "停车场在哪", "需要预约吗", "收费吗", "什么时候上班",
        "有儿童票吗", "What time do you open", "Where is the toilet", "How much is it", "Do you accept cards", "Is there parking",
        "When is the next train", "How do I get to platform two", "Where's the lift", "Can I pay by card", "How long does it take", "Is it open today",
        "Which bus goes to town",
    ),
    State.FAREWELL: (
        "再见", "拜拜", "我走了", "下次见", "晚安", "走了啊", "回头见", "Bye", "Goodbye", "See you later", "Have a nice day, bye", "See you", "Take care, bye",
        "Good night",
    ),
    State.GREETING: (
        "你好", "您好", "早上好", "嗨", "喂，你好", "哈喽", "你好呀", "下午好", "Hello", "Hi", "Good morning", "Good evening", "Hey", "Good afternoon", "Hello there",
    ),
    State.SMALLTALK: (
        "讲个笑话", "你叫什么名字", "你几岁了", "你会唱歌吗", "今天天气不错", "你喜欢什么", "你多大了", "你喜欢吃什么", "讲个故事", "你是真人吗", "Tell me a joke",
        "What's your name", "How old are you", "Do you like music", "Nice weather today", "Are you a robot", "Sing me a song", "Who made you",
        "Do you have a family", "What's your favourite colour",
    ),
}  # fmt: skip
SENTENCES = [(text, state) for state, listed in PLAIN.items() for text in listed]


def decided(text: str, scenario: Scenario) -> Decision:
    return decide(Observation(text=text, language=script_of(text), scenario=scenario))


@pytest.mark.parametrize("scenario", ["retail", "government"])
def test_plain_words_are_understood(scenario: Scenario) -> None:
    wrong = [
        (text, str(found))
        for text, state in SENTENCES
        if (found := decided(text, scenario).state) is not state
    ]
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(SENTENCES), wrong


@pytest.mark.parametrize("state", list(State))
def test_of_every_state_most_plain_words_are_understood(state: State) -> None:
    wrong = [text for text in PLAIN[state] if decided(text, "retail").state is not state]
    assert len(wrong) <= 0.2 * len(PLAIN[state]), wrong


@pytest.mark.parametrize("scenario", ["retail", "medical", "education"])
def test_hardly_any_distress_in_plain_words_is_answered_brightly(scenario: Scenario) -> None:
    distressed = [text for text, state in SENTENCES if state in NEGATIVE]
    bright = [text for text in distressed if decided(text, scenario).style in BRIGHT]
    assert len(bright) <= MOST_BRIGHT * len(distressed), bright


def test_hardly_any_calm_plain_words_are_answered_as_an_emergency_or_an_insult() -> None:
    calm = [text for text, state in SENTENCES if state not in NEGATIVE]
    firm = [text for text in calm if decided(text, "retail").style is Style.CALM_FIRM]
    assert len(firm) <= MOST_BRIGHT * len(calm), firm
