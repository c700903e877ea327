"""Rows made out of rows: what a recogniser does to words, and pairs that differ in nothing but the state.

Seeded by the row itself, so that the same cards give the same rows whatever their order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from zlib import crc32

from core.emotion import State
from emotion_policy.normalise import script_pairs
from emotion_policy.sounds import alike
from emotion_policy.training.cards import Row

_POLITE = {
    "zh": ("请问，", "麻烦问一下，", "你好，", "您好，", "那个，", "不好意思，", "嗯，"),
    "en": ("excuse me, ", "sorry, ", "hi, ", "hello, ", "um, ", "good morning, ", "please, "),
}
_SHIELD = {
    "zh": (
        "我不是来投诉的，就想问问",
        "没有别的意思，也不是不满意，",
        "不急不急，",
        "不是投诉啊，",
        "不是什么大事，就是想打听一下，",
    ),
    "en": (
        "no complaint, just wondering, ",
        "it's not urgent, but ",
        "I'm not complaining, just asking, ",
        "nothing's wrong, I just want to know, ",
    ),
}
_GRIEVANCE = {
    "zh": ("不是我要投诉，但是", "我不想为难你，可是", "我也不是挑刺，", "本来不想说的，不过"),
    "en": (
        "I don't want to complain, but ",
        "I'm not one to moan, however ",
        "no offence, but ",
        "I hate to say it, but ",
    ),
}
_TOPICS_ZH = (
    "急诊",
    "急救",
    "消防",
    "火灾",
    "诈骗",
    "投诉",
    "死亡证明",
    "抢救",
    "癌症",
    "自杀干预",
    "地震",
    "走失",
    "报警",
    "过敏",
)
_FRAMES_ZH = (
    "{}的宣传册在哪拿",
    "{}讲座几点开始",
    "请问{}窗口在几楼",
    "{}培训怎么报名",
    "{}热线是多少",
    "想了解一下{}方面的规定",
    "有没有讲{}的书",
)
_TOPICS_EN = (
    "fire",
    "first aid",
    "fraud",
    "complaint",
    "emergency",
    "cancer",
    "suicide",
    "earthquake",
    "bereavement",
    "theft",
)
_FRAMES_EN = (
    "where do I find the {} leaflet",
    "what time is the {} talk",
    "which floor is the {} desk",
    "how do I sign up for the {} course",
    "do you have any books about {}",
    "what is the number of the {} line",
)
_PLEAS_ZH = ("给我{}", "{}呗", "能不能{}", "你会{}吗", "无聊，{}", "来，{}听听")
_FUN_ZH = ("讲个笑话", "讲个故事", "唱首歌", "猜个谜语", "说段相声", "背首诗", "学声猫叫", "说句方言")
_PLEAS_EN = ("{}", "can you {}", "please {}", "I'm bored, {}", "go on, {}", "would you {} for me")
_FUN_EN = (
    "tell me a joke",
    "sing me a song",
    "tell me a story",
    "say something funny",
    "do an impression",
    "rap",
)
_ENDS = str.maketrans("", "", "，。！？、；：,.!?;:…")


def variants(rows: Sequence[Row]) -> list[Row]:
    """Noise of a recogniser, and counterfactual neighbours; the rows themselves are not among them."""
    return [made for row in rows for made in (*_noisy(row), *_counterfactual(row))] + [*_topics(), *_fun()]


def _fun() -> Iterator[Row]:
    """Asked to amuse, the agent is asked for nothing: it is a chat."""
    for lang, fun, pleas in (("zh", _FUN_ZH, _PLEAS_ZH), ("en", _FUN_EN, _PLEAS_EN)):
        for number, what in enumerate(fun):
            for plea in (pleas[number % len(pleas)], pleas[(number + 2) % len(pleas)]):
                yield Row(
                    card=f"fun:{what}",
                    state=State.SMALLTALK,
                    lang="zh" if lang == "zh" else "en",
                    scenario="government",
                    text=plea.format(what),
                )


def _noisy(row: Row) -> Iterator[Row]:
    rng = random.Random(crc32(f"noise {row.scenario} {row.text}".encode()))
    kind = rng.choice(("bare", "script", "truncated", "filler", "homophone"))
    text = _NOISES[kind](row.text, rng)
    if text.strip() and text != row.text:
        yield replace(row, text=text, tags=row.tags | {"asr_noisy"})


def _bare(text: str, rng: random.Random) -> str:
    del rng
    return text.translate(_ENDS).lower()


def _traditional(text: str, rng: random.Random) -> str:
    del rng
    return text.translate(_traditional_characters())


@cache
def _traditional_characters() -> dict[int, str]:
    return str.maketrans({simple: traditional for traditional, simple in reversed(script_pairs())})


def _truncated(text: str, rng: random.Random) -> str:
    """Lose one or two characters or the last word, of a text long enough to be understood without."""
    if text.isascii():
        words = text.split()
        return " ".join(words[:-1]) if len(words) > 7 else text
    return text[: -rng.randint(1, 2)] if len(text) > 14 else text


def _filler(text: str, rng: random.Random) -> str:
    if text.isascii():
        words = text.split()
        words.insert(rng.randint(0, len(words)), rng.choice(("um", "like", "you know", "er")))
        return " ".join(words)
    at = rng.choice([0, *(at + 1 for at, character in enumerate(text) if character in "，。、")])
    return text[:at] + rng.choice(("嗯", "那个", "就是", "呃", "然后")) + text[at:]


def _homophone(text: str, rng: random.Random) -> str:
    """One character that a critical word might hold, as another of the same sound."""
    places = [at for at, character in enumerate(text) if len(alike(character)) > 1]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + rng.choice(alike(text[at])) + text[at + 1 :]


_NOISES = {
    "bare": _bare,
    "script": _traditional,
    "truncated": _truncated,
    "filler": _filler,
    "homophone": _homophone,
}


def _counterfactual(row: Row) -> Iterator[Row]:
    """The same words behind a courtesy, a shield or an excuse."""
    rng = random.Random(crc32(f"pair {row.scenario} {row.text}".encode()))
    script = "en" if row.text.isascii() else "zh"
    draw = rng.random()
    match row.state:
        case State.INQUIRY | State.REQUEST if draw < 0.45:
            yield _behind(row, rng.choice(_SHIELD[script]), "negation")
        case State.COMPLAINT if draw < 0.45:
            yield _behind(row, rng.choice(_GRIEVANCE[script]), "negation")
        case State.GREETING | State.FAREWELL | State.THANKS | State.SMALLTALK:
            pass
        case _ if draw < 0.35:
            yield _behind(row, rng.choice(_POLITE[script]), "polite")
        case _:
            pass


def _behind(row: Row, prefix: str, tag: str) -> Row:
    return replace(row, text=prefix + row.text, tags=row.tags | {tag})


def _topics() -> Iterator[Row]:
    """Frightening and angry words as a mere topic: a question, whoever asks it."""
    for script, topics, frames in (("zh", _TOPICS_ZH, _FRAMES_ZH), ("en", _TOPICS_EN, _FRAMES_EN)):
        for number, topic in enumerate(topics):
            for frame in (frames[number % len(frames)], frames[(number + 3) % len(frames)]):
                yield Row(
                    card=f"topic:{topic}",
                    state=State.INQUIRY,
                    lang="zh" if script == "zh" else "en",
                    scenario="government",
                    text=frame.format(topic),
                    tags=frozenset({"keyword_trap"}),
                )
