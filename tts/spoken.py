"""What is read aloud for what stands on the screen, with every character's place kept.

`￥1,280.50` becomes 一千二百八十点五零元 and `尾号6217` 尾号六二幺七, and each spoken character still
knows how much of the written sentence has been said when it sounds. Rules are tried in order over the
written text; the first to claim a stretch wins. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from core.text import Language
from tts.spoken_en import ENGLISH
from tts.spoken_rules import MARKUP, Rule
from tts.spoken_zh import MANDARIN

_RULES: dict[Language, tuple[Rule, ...]] = {"zh": (*MARKUP, *MANDARIN), "en": (*MARKUP, *ENGLISH)}
_PLAIN = re.compile(r"[\s\u3400-\u9fffA-Za-z。，！？；：、“”‘’《》「」…—,?!'\"]*")
"""Nothing in such a text is read otherwise than it is written."""
_DIGIT_NAMES = dict(zip("0123456789", "零一二三四五六七八九", strict=True)) | {"1": "一幺"}
_SILENT = frozenset("#*_`~^|\\<>{}[]【】=+")


class SpokenForm(NamedTuple):
    """The text for the voice."""

    text: str
    reached: tuple[int, ...]
    """For each spoken character, how many written characters are said once it sounds; never falling."""


def spoken_form(written: str, language: Language) -> SpokenForm:
    """Rewrite a sentence for the ear; text that needs nothing comes back unchanged."""
    if _PLAIN.fullmatch(written) and "\n" not in written:
        return SpokenForm(written, tuple(range(1, len(written) + 1)))
    claims = _claims(written, _RULES[language])
    spoken: list[str] = []
    reached: list[int] = []
    at = 0
    while at < len(written):
        if at in claims:
            end, said = claims[at]
            spoken.append(said)
            one_by_one = _one_by_one(written[at:end], said)
            reached += range(at + 1, end + 1) if one_by_one else [end] * len(said)
            at = end
        else:
            said = _left(written[at])
            spoken.append(said)
            reached += [at + 1] * len(said)
            at += 1
    return SpokenForm("".join(spoken), tuple(reached))


def _claims(written: str, rules: tuple[Rule, ...]) -> dict[int, tuple[int, str]]:
    """Start of each rewritten stretch to its end and what is said for it."""
    claims: dict[int, tuple[int, str]] = {}
    taken = bytearray(len(written))
    for pattern, say in rules:
        for found in pattern.finditer(written):
            start, end = found.span("x") if "x" in pattern.groupindex else found.span()
            if start < end and not any(taken[start:end]) and (said := say(found)) is not None:
                claims[start] = (end, said)
                taken[start:end] = b"\1" * (end - start)
    return claims


def _one_by_one(written: str, said: str) -> bool:
    """Is every digit said as one character in its own place?"""
    return len(written) == len(said) and all(
        w == s or s in _DIGIT_NAMES.get(w, "") for w, s in zip(written, said, strict=True)
    )


def _left(character: str) -> str:
    """A character no rule claimed: signs that a voice would name fall silent."""
    if character in "（）()":
        return "，" if character in "（）" else ", "
    if character in _SILENT or (
        not character.isascii() and unicodedata.category(character) in ("So", "Sk", "Cf")
    ):
        return ""
    return character
