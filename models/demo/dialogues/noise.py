"""Make wordings look as they come from a recogniser or a keyboard: fillers, slips, punctuation. Pure."""

from __future__ import annotations

import random

from core.text import Language
from models.demo.dialogues.facts import hanzi, invented_name

_BEFORE: dict[Language, tuple[str, ...]] = {
    "zh": (
        "嗯",
        "那个",
        "请问",
        "请问一下",
        "你好",
        "您好",
        "诶",
        "哎",
        "麻烦问一下",
        "不好意思",
        "我想问一下",
        "就是",
        "啊",
        "喂你好",
        "听说",
    ),
    "en": (
        "um",
        "uh",
        "excuse me",
        "hello",
        "hi",
        "so",
        "well",
        "please",
        "sorry",
        "okay so",
        "hey",
        "i mean",
        "oh",
        "actually",
    ),
}
_AFTER: dict[Language, tuple[str, ...]] = {
    "zh": ("啊", "呢", "呀", "吧", "谢谢", "哈", "啦", "麻烦你"),
    "en": ("please", "thanks", "you know", "then", "by the way"),
}
_MARKS: dict[Language, tuple[str, ...]] = {"zh": ("？", "。", "！", "?", "，"), "en": ("?", ".", "!", ",")}


def as_heard(words: str, language: Language, rng: random.Random) -> str:
    """Vary one utterance; more than half of all utterances come back unchanged."""
    draw = rng.random()
    if draw < 0.14:
        glue = "" if language == "zh" else " "
        words = rng.choice(_BEFORE[language]) + glue + words
    elif draw < 0.20:
        glue = "" if language == "zh" else " "
        words = words + glue + rng.choice(_AFTER[language])
    if rng.random() < 0.14:
        words = _slip(words, language, rng)
    if rng.random() < 0.28:
        words = _written(words, language, rng)
    return words


def junk(language: Language, rng: random.Random) -> str:
    """Words without sense, as a recogniser writes them for a noise."""
    if language == "zh":
        return "".join(rng.choice(hanzi()) for _ in range(rng.randint(2, 7)))
    return " ".join(invented_name("en", rng) for _ in range(rng.randint(2, 5)))


def _slip(words: str, language: Language, rng: random.Random) -> str:
    """Drop, repeat or replace one Hanzi or one word; utterances of one unit stay whole."""
    units = list(words) if language == "zh" else words.split()
    if len(units) < 3:
        return words
    place = rng.randrange(len(units))
    match rng.randrange(3):
        case 0:
            del units[place]
        case 1:
            units.insert(place, units[place])
        case _:
            units[place] = rng.choice(hanzi()) if language == "zh" else invented_name("en", rng)
    return ("" if language == "zh" else " ").join(units)


def _written(words: str, language: Language, rng: random.Random) -> str:
    """Write it as a recogniser with punctuation does."""
    if language == "en":
        words = words[:1].upper() + words[1:]
        words = words.replace(" i ", " I ").replace(" i'", " I'")
    return words + rng.choices(_MARKS[language], weights=[6, 5, *[1] * (len(_MARKS[language]) - 2)])[0]
