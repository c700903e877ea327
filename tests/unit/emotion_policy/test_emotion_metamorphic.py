"""What must not change the state: marks, script, courtesy, fillers. What must: a negation before the cue.

The sentences are clear ones, written for these tests. A change that should change nothing may do so in one
sentence of twenty: which, is told by the failure.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.emotion import State
from core.text import script_of
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation, Scenario
from emotion_policy.detect import detect
from emotion_policy.normalise import script_pairs
from emotion_policy.policy import packaged

pytestmark = pytest.mark.unit

MOST_CHANGED = 0.05
"""Part of the sentences whose state a harmless change may move, or two of a short list."""
MOST_WRONG = 0.08
"""Part of the clear sentences that may be told wrongly."""
MARKS = str.maketrans("", "", "，。！？、；：,.!?;:…")
TRADITIONAL = str.maketrans({simple: traditional for traditional, simple in reversed(script_pairs())})

ZH: tuple[tuple[str, State, Scenario], ...] = (
    ("我老伴突然倒在地上没反应了，快叫医生！", State.URGENT, "medical"),
    ("商场二楼的仓库起火了，烟特别大！", State.URGENT, "retail"),
    ("我女儿不见了，她才四岁，穿红裙子！", State.URGENT, "retail"),
    ("厨房煤气漏了，味道好重，我头晕。", State.URGENT, "smart-home"),
    ("他被机器夹住了手，血止不住，快来人！", State.URGENT, "government"),
    ("我妈妈前天走了，我来给她注销户口。", State.GRIEF, "government"),
    ("我爱人上周因为癌症去世了，他的医保卡怎么办？", State.GRIEF, "medical"),
    ("孩子没保住，医生说是胎停。", State.GRIEF, "medical"),
    ("我家狗狗陪了我十四年，昨晚没了。", State.GRIEF, "smart-home"),
    ("爷爷的葬礼在周五，我想请三天假。", State.GRIEF, "education"),
    ("你就是个没用的垃圾机器，滚！", State.ABUSIVE, "retail"),
    ("你们这帮骗子，都是一群混蛋！", State.ABUSIVE, "retail"),
    ("你脑子有病吧，白痴，再废话我砸了你。", State.ABUSIVE, "smart-home"),
    ("我排了三个小时的队，窗口说下班就下班，太过分了！", State.COMPLAINT, "government"),
    ("上周买的洗衣机又漏水了，修了两次都没修好。", State.COMPLAINT, "retail"),
    ("你们护士态度太差了，问一句就翻白眼。", State.COMPLAINT, "medical"),
    ("多收了我八十块钱，打了四次电话都没人退给我。", State.COMPLAINT, "retail"),
    ("这个音箱半夜自己响，吵得全家睡不好，质量太差。", State.COMPLAINT, "smart-home"),
    ("明天要做手术，我特别害怕，一晚上没睡着。", State.ANXIOUS, "medical"),
    ("我的身份证丢了，会不会被人拿去贷款啊，我好担心。", State.ANXIOUS, "government"),
    ("孩子发烧两天了一直不退，我心里很慌。", State.ANXIOUS, "medical"),
    ("下周就高考了，我紧张得吃不下饭。", State.ANXIOUS, "education"),
    ("我按了好几次都不知道下一步该点哪里，看不懂。", State.CONFUSED, "government"),
    ("一个说去二楼，一个说去五楼，我都糊涂了。", State.CONFUSED, "government"),
    ("我迷路了，转了半天找不到出口。", State.CONFUSED, "retail"),
    ("这个说明书我看了三遍还是不明白怎么连网。", State.CONFUSED, "smart-home"),
    ("你们的服务真好，小姑娘特别热情！", State.PRAISE, "retail"),
    ("这个老师讲得真棒，孩子进步很大。", State.PRAISE, "education"),
    ("你反应真快，比上一代聪明多了。", State.PRAISE, "smart-home"),
    ("谢谢你帮我找到了钱包，太感谢了！", State.THANKS, "retail"),
    ("好的，多谢你了，辛苦了。", State.THANKS, "government"),
    ("感谢你的帮助。", State.THANKS, "medical"),
    ("帮我把客厅的灯关掉。", State.REQUEST, "smart-home"),
    ("给我打印一份上个月的账单。", State.REQUEST, "retail"),
    ("帮我挂一个明天上午的眼科号。", State.REQUEST, "medical"),
    ("请帮我预约周六下午的自习室。", State.REQUEST, "education"),
    ("办护照需要带哪些材料？", State.INQUIRY, "government"),
    ("洗手间在几楼？", State.INQUIRY, "retail"),
    ("这个药是饭前吃还是饭后吃？", State.INQUIRY, "medical"),
    ("图书馆周末几点关门？", State.INQUIRY, "education"),
    ("再见，下次再来。", State.FAREWELL, "retail"),
    ("那我先走了，拜拜。", State.FAREWELL, "government"),
    ("你好，有人在吗？", State.GREETING, "retail"),
    ("早上好呀！", State.GREETING, "smart-home"),
    ("你会唱歌吗？给我唱一首吧。", State.SMALLTALK, "smart-home"),
    ("你是机器人还是真人呀？", State.SMALLTALK, "retail"),
)  # fmt: skip
EN: tuple[tuple[str, State, Scenario], ...] = (
    ("My husband has collapsed and he's not breathing!", State.URGENT, "medical"),
    ("There's smoke coming out of the socket and the curtain is on fire!", State.URGENT, "smart-home"),
    ("My little boy is missing, I can't find him anywhere!", State.URGENT, "retail"),
    ("My father passed away last week and I need to close his account.", State.GRIEF, "retail"),
    ("We lost the baby on Monday.", State.GRIEF, "medical"),
    ("You're a useless piece of junk, shut up!", State.ABUSIVE, "smart-home"),
    ("You people are all idiots, go to hell.", State.ABUSIVE, "government"),
    ("I've been waiting for two hours and nobody has helped me.", State.COMPLAINT, "medical"),
    ("This is the third time you've charged me twice, it's unacceptable.", State.COMPLAINT, "retail"),
    ("The kettle broke after a week and your shop refuses to refund me.", State.COMPLAINT, "retail"),
    ("I'm really worried about my scan results tomorrow.", State.ANXIOUS, "medical"),
    ("I'm scared I will fail the exam and lose my visa.", State.ANXIOUS, "education"),
    ("I don't understand this form, it makes no sense to me.", State.CONFUSED, "government"),
    ("I'm lost, I keep going round in circles.", State.CONFUSED, "retail"),
    ("Your staff are wonderful, the service was excellent.", State.PRAISE, "retail"),
    ("Thank you so much for your help.", State.THANKS, "government"),
    ("Thanks a lot, I appreciate it.", State.THANKS, "education"),
    ("Turn off the bedroom lights.", State.REQUEST, "smart-home"),
    ("Book me a table for four at seven.", State.REQUEST, "retail"),
    ("What time does the library open on Sunday?", State.INQUIRY, "education"),
    ("Which platform does the airport train leave from?", State.INQUIRY, "government"),
    ("Goodbye, see you next time.", State.FAREWELL, "retail"),
    ("Hello, good morning.", State.GREETING, "government"),
    ("Tell me a joke.", State.SMALLTALK, "smart-home"),
)  # fmt: skip
SENTENCES = ZH + EN

Change = Callable[[str], str]


def first(text: str) -> str:
    """Its first letter small, as behind something else."""
    return text if text.startswith(("I ", "I'")) else text[0].lower() + text[1:]


HARMLESS: dict[str, tuple[Change, tuple[tuple[str, State, Scenario], ...]]] = {
    "without marks": (lambda text: text.translate(MARKS), SENTENCES),
    "in small letters and without marks": (lambda text: text.translate(MARKS).lower(), EN),
    "with an exclamation mark": (lambda text: text.rstrip("。.！!？?") + "!", SENTENCES),
    "in traditional script": (lambda text: text.translate(TRADITIONAL), ZH),
    "with 请问": (lambda text: f"请问{text}", tuple(row for row in ZH if row[1] in {State.INQUIRY, State.CONFUSED, State.ANXIOUS, State.GRIEF, State.SMALLTALK})),
    "behind 您好": (lambda text: f"您好，{text}", ZH),
    "behind an excuse in Chinese": (lambda text: f"不好意思，麻烦一下，{text}", ZH),
    "with a filler in Chinese": (lambda text: f"嗯那个，{text}", ZH),
    "with please": (lambda text: f"{text.rstrip('.!?')}, please", tuple(row for row in EN if row[1] not in {State.THANKS, State.ABUSIVE, State.FAREWELL, State.GREETING, State.PRAISE})),
    "behind hello": (lambda text: f"Hello, {first(text)}", EN),
    "behind an excuse in English": (lambda text: f"Excuse me, {first(text)}", EN),
    "with a filler in English": (lambda text: f"um, {first(text)}", EN),
    "with blanks around": (lambda text: f"  {text} ", SENTENCES),
}  # fmt: skip


def decided(text: str, scenario: Scenario) -> Decision:
    return decide(Observation(text=text, language=script_of(text), scenario=scenario))


def test_there_are_sixty_clear_sentences_of_every_state() -> None:
    assert len(SENTENCES) >= 60
    assert {state for _, state, _ in SENTENCES} == set(State)


def test_clear_sentences_are_told() -> None:
    wrong = [text for text, state, scenario in SENTENCES if decided(text, scenario).state is not state]
    assert len(wrong) <= MOST_WRONG * len(SENTENCES), wrong


@pytest.mark.parametrize("name", HARMLESS)
def test_what_says_nothing_changes_nothing(name: str) -> None:
    change, rows = HARMLESS[name]
    moved = [
        (change(text), str(decided(text, scenario).state), str(decided(change(text), scenario).state))
        for text, _, scenario in rows
        if decided(text, scenario).state is not decided(change(text), scenario).state
    ]
    assert len(moved) <= max(MOST_CHANGED * len(rows), 2), moved


def test_no_change_makes_the_tone_a_fault() -> None:
    """Where a harmless change does move a state, the voice still does not turn bright on distress."""
    for change, rows in HARMLESS.values():
        for text, state, scenario in rows:
            if state in {State.URGENT, State.GRIEF, State.COMPLAINT}:
                assert str(decided(change(text), scenario).style) not in {"cheerful", "encouraging"}, text


DENIED = (
    ("我要投诉", "我不是要投诉", State.COMPLAINT), ("我很生气", "我没有生气", State.COMPLAINT), ("服务太差", "服务不算太差", State.COMPLAINT),
    ("我很失望", "我没有失望", State.COMPLAINT), ("我很担心", "我并不担心", State.ANXIOUS), ("我害怕", "我不害怕", State.ANXIOUS),
    ("我紧张", "我不紧张", State.ANXIOUS), ("很满意", "不是很满意", State.PRAISE),
    ("I'm angry", "I'm not angry", State.COMPLAINT), ("I want to complain", "I don't want to complain", State.COMPLAINT),
    ("I am worried", "I am not worried", State.ANXIOUS), ("I'm scared of it", "I'm not scared of it", State.ANXIOUS),
)  # fmt: skip
"""Cues that a negation can cancel: what is an emergency or a death stays one, since a missed one is worse."""


@pytest.mark.parametrize(("said", "denied", "state"), DENIED)
def test_a_negation_before_the_cue_cancels_its_evidence(said: str, denied: str, state: State) -> None:
    def cues(text: str) -> set[str]:
        heard = decided(text, "retail").evidence
        return {one.cue for one in heard if one.state is state and one.cue != "linear"}

    assert cues(said)
    assert cues(denied) == set()
    assert any(veto.endswith((": negated", ": fear as a topic")) for veto in decided(denied, "retail").vetoes)


def test_what_is_denied_is_less_likely() -> None:
    def probability(text: str, state: State) -> float:
        return detect(Observation(text=text, language=script_of(text)), packaged("retail")).scores[state]

    wrong = [
        denied for said, denied, state in DENIED if probability(denied, state) >= probability(said, state)
    ]
    assert len(wrong) <= 0.35 * len(DENIED), wrong


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("不是我要投诉，实在是等了两个小时没人管", State.COMPLAINT),
        ("我不是来吵架的，可是这台机器修了三次还是坏的", State.COMPLAINT),
        ("我不害怕打针，就是我妈妈上周去世了，我心里难受", State.GRIEF),
        ("I'm not angry, but I have been waiting for two hours", State.COMPLAINT),
        ("I'm not complaining, it's just that my dad died last week", State.GRIEF),
    ],
)
def test_a_negation_does_not_cancel_the_rest_of_the_sentence(text: str, state: State) -> None:
    assert decided(text, "retail").state is state


@pytest.mark.parametrize(
    "text",
    [
        "我不是要投诉，就想问一下几点开门",
        "不急不急，我就问问厕所在哪里",
        "没有不满意，请问怎么办会员卡",
        "I'm not complaining, I just want to know what time you close",
        "it's not urgent, where do I pay my bill",
    ],
)
def test_a_shield_before_a_plain_question_leaves_a_question(text: str) -> None:
    assert decided(text, "retail").state is State.INQUIRY
