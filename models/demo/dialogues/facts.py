"""Invented facts with their questions: the model must learn to read a reference, not to know it by heart.

A fact is one answer sentence made of parts (counter, papers, fee, delay; or place, hours, fee); each part has
questions that ask for it and a short answer for a second question. Pure, given the random generator.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from core.text import Language
from models.demo.dialogues.cards import lines, read

Spell = Callable[[int, Language], str]

DIGITS = 0.25
"""Share of facts whose numbers are written in digits, as operators' own files do."""
INVENTED = 0.2
"""Share of training facts about a name that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A reference and the talk about it."""

    topic: str
    questions: tuple[str, ...]
    """First questions; the first of them stands in the reference."""
    answer: str
    follow: tuple[tuple[str, str], ...]
    """(second question, short answer) pairs."""


@dataclass(frozen=True, slots=True)
class _Part:
    says: str
    asks: tuple[str, ...]
    again: tuple[str, ...]


def make_fact(language: Language, rng: random.Random, *, unseen: bool = False) -> Fact:
    """Invent a fact about a topic of the lists, or (in training) about a name that does not exist.

    Args:
        language: of the fact.
        rng: the only source of chance.
        unseen: take the topic from the lists kept for the examination.
    """
    office = rng.random() < 0.6
    topics = _topics()[language]["office" if office else "place"][unseen]
    topic = rng.choice(topics)
    if not unseen and rng.random() < INVENTED:
        topic = invented_name(language, rng)
    number = _digits if rng.random() < DIGITS else spoken_number
    parts = (_office if office else _place)(language, rng, number)
    kept = [part for part in parts if rng.random() < 0.75] or [parts[0]]
    asks = [ask.format(t=topic) for part in kept for ask in part.asks]
    general = _GENERAL[language]["office" if office else "place"]
    asks += [ask.format(t=topic) for ask in general]
    rng.shuffle(asks)
    return Fact(
        topic=topic,
        questions=tuple(asks),
        answer=_join(language, topic, [part.says for part in kept]),
        follow=tuple((ask, _short(language, part.says)) for part in kept for ask in part.again),
    )


def invented_name(language: Language, rng: random.Random) -> str:
    """Make a name of random Hanzi, or of one or two random syllabic words."""
    if language == "zh":
        return "".join(rng.choice(hanzi()) for _ in range(rng.choice((2, 2, 3, 4))))
    return " ".join(_invented_word(rng) for _ in range(rng.choice((1, 1, 2))))


@cache
def hanzi() -> str:
    """The 3,755 Hanzi of GB 2312 level 1, in its order (rows 16 to 55)."""
    cells = (bytes((row + 0xA0, cell + 0xA0)) for row in range(16, 56) for cell in range(1, 95))
    return "".join(cell.decode("gb2312", errors="ignore") for cell in cells)


def spoken_number(number: int, language: Language) -> str:
    """Write 0 ≤ number < 1000 in words."""
    return _hanzi_number(number) if language == "zh" else _english_number(number)


def _digits(number: int, language: Language) -> str:
    del language
    return str(number)


def _hanzi_number(number: int) -> str:
    ones = "零一二三四五六七八九"
    if number < 10:
        return ones[number]
    if number < 20:
        return "十" + (ones[number % 10] if number % 10 else "")
    if number < 100:
        return ones[number // 10] + "十" + (ones[number % 10] if number % 10 else "")
    rest = number % 100
    link = "" if not rest else ("零" + ones[rest] if rest < 10 else _hanzi_tens(rest))
    return ones[number // 100] + "百" + link


def _hanzi_tens(number: int) -> str:
    return ("一" if number < 20 else "") + _hanzi_number(number)


_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = ["zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]


def _english_number(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")
    rest = number % 100
    return f"{_ONES[number // 100]} hundred" + (f" and {_english_number(rest)}" if rest else "")


def _invented_word(rng: random.Random) -> str:
    syllables = [
        rng.choice("bcdfghjklmnprstvwz") + rng.choice(("a", "e", "i", "o", "u", "ai", "or", "en", "ar"))
        for _ in range(3)
    ]
    return "".join(syllables[: rng.choice((2, 2, 3))]) + rng.choice(("", "", "n", "s", "x", "m"))


@cache
def _topics() -> dict[Language, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    found = read("facts.toml")
    kinds = ("office", "place")
    return {
        "zh": {kind: (lines(found["zh"][kind]), lines(found["zh"][f"unseen_{kind}"])) for kind in kinds},
        "en": {kind: (lines(found["en"][kind]), lines(found["en"][f"unseen_{kind}"])) for kind in kinds},
    }


@cache
def _words(language: Language, kind: str) -> tuple[str, ...]:
    return lines(read("facts.toml")[language][kind])


_GENERAL: dict[Language, dict[str, tuple[str, ...]]] = {
    "zh": {
        "office": ("怎么办{t}", "我要办{t}", "{t}怎么弄", "想问一下{t}的事"),
        "place": ("有没有{t}", "我想找{t}", "这里有{t}吗"),
    },
    "en": {
        "office": ("how do i get a {t}", "i need a {t}", "i am here for the {t}", "tell me about the {t}"),
        "place": ("is there a {t}", "i am looking for the {t}", "do you have a {t}"),
    },
}


def _join(language: Language, topic: str, says: list[str]) -> str:
    if language == "zh":
        return topic + "，".join(says) + "。"
    first, *others = says
    tail = f". It {' and '.join(others)}." if others else "."
    return f"The {topic} {first}{tail}"


def _short(language: Language, says: str) -> str:
    return says + "。" if language == "zh" else f"It {says}."


def _office(language: Language, rng: random.Random, write: Spell) -> list[_Part]:
    counter, fee, days = (
        rng.randint(1, 60),
        rng.choice((0, 0, rng.randint(1, 99), 5 * rng.randint(2, 100))),
        rng.randint(1, 30),
    )
    papers = rng.sample(_words(language, "papers"), rng.choice((1, 2, 2)))
    if language == "zh":
        where = f"在{write(counter, language)}号窗口办理"
        cost = f"费用{write(fee, language)}元" if fee else "免费"
        wait = f"{write(days, language)}{rng.choice(('天领取', '个工作日办好', '天办好'))}"
        return [
            _Part(
                where,
                ("{t}在哪里办", "{t}是几号窗口", "办{t}去哪个窗口"),
                ("在几号窗口", "去哪个窗口", "在哪里办"),
            ),
            _Part(
                f"要带{'和'.join(papers)}", ("办{t}要带什么", "{t}需要什么材料"), ("要带什么", "需要什么材料")
            ),
            _Part(cost, ("{t}多少钱", "办{t}要钱吗"), ("多少钱", "要钱吗", "收费吗")),
            _Part(
                wait,
                ("{t}几天能拿", "{t}要多久", "{t}什么时候能好"),
                ("要多久", "几天能拿到", "什么时候能好"),
            ),
        ]
    cost = f"costs {write(fee, language)} yuan" if fee else "is free"
    return [
        _Part(
            f"is handled at counter {write(counter, language)}",
            ("where do i get a {t}", "which counter is the {t}"),
            ("which counter", "where is that"),
        ),
        _Part(
            f"needs your {' and '.join(papers)}",
            ("what do i need for a {t}", "what should i bring for the {t}"),
            ("what should i bring", "what do i need"),
        ),
        _Part(
            cost,
            ("how much is the {t}", "is there a fee for the {t}"),
            ("how much is it", "is there a fee", "is it free"),
        ),
        _Part(
            f"takes {write(days, language)} day{'s' if days > 1 else ''}",
            ("how long does the {t} take", "when will the {t} be ready"),
            ("how long does it take", "when is it ready"),
        ),
    ]


def _place(language: Language, rng: random.Random, write: Spell) -> list[_Part]:
    floor, opens, closes = rng.randint(1, 9), rng.randint(6, 11), rng.randint(13, 22)
    fee = rng.choice((0, rng.randint(1, 60)))
    side = rng.choice(_words(language, "sides"))
    if language == "zh":
        day = "上午" if opens >= 8 else "早上"
        evening = "下午" if closes < 18 else "晚上"
        hours = f"{day}{write(opens, language)}点到{evening}{write(closes - 12, language)}点开放"
        return [
            _Part(
                f"在{write(floor, language)}楼{side}",
                ("{t}在哪里", "{t}怎么走", "{t}在几楼"),
                ("在几楼", "怎么走", "在哪里"),
            ),
            _Part(
                hours, ("{t}几点开门", "{t}几点关门", "{t}开到几点"), ("几点开门", "那几点关门", "开到几点")
            ),
            _Part(
                f"每次{write(fee, language)}元" if fee else "免费",
                ("{t}收费吗", "用{t}多少钱"),
                ("多少钱", "收费吗"),
            ),
        ]
    level = (
        _ORDINALS[floor]
        if write is spoken_number
        else f"{floor}{('st', 'nd', 'rd')[floor - 1] if floor < 4 else 'th'}"
    )
    return [
        _Part(
            f"is on the {level} floor {side}",
            ("where is the {t}", "how do i find the {t}", "which floor is the {t}"),
            ("which floor", "where is it", "how do i get there"),
        ),
        _Part(
            f"is open from {write(opens, language)} to {write(closes - 12, language)}",
            ("when is the {t} open", "when does the {t} close"),
            ("when does it open", "when does it close"),
        ),
        _Part(
            f"costs {write(fee, language)} yuan" if fee else "is free",
            ("is the {t} free", "how much is the {t}"),
            ("how much is it", "is it free"),
        ),
    ]
