"""What holds for both languages before numbers are read: language, contractions, markup, protected stretches.

Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from core.text import Language
from tts.indextts2.pinyin import TOKEN, WHOLE_TOKEN, corrected
from tts.indextts2.traced import Traced
from tts.spoken_rules import Rule, rule

_HANZI = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_MAIL = re.compile(r"[A-Za-z0-9]+@[A-Za-z0-9]+\.[A-Za-z]+")
_SILENT = frozenset(("So", "Sk", "Cf", "Cc", "Cs", "Co", "Cn"))
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 9: 0x20}
"""Full-width forms to their ASCII ones (Unicode block FF00); other blanks to a space."""
_UNFOLDED = frozenset("²³")
"""Digits that are part of a unit."""

CONTRACTIONS: tuple[Rule, ...] = (
    rule(
        r"\b(?:what|where|who|which|how|here|there|it|she|he|that|this)(?P<x>['’]s)\b", " is", re.IGNORECASE
    ),
)
"""`It's` is read out in full, as upstream does. Possessives (`it's own`) are hit too."""

MARKUP: tuple[Rule, ...] = (
    rule(r"<think>.*?(?:</think>|$)", "", re.DOTALL),
    rule(r"</?[a-z][a-z0-9]*(?:\s[^<>|]*)?/?>", ""),
    rule(r"\[[a-z_]{1,20}\](?!\()", ""),
    rule(r"(?P<x>\[)[^\[\]\n]+\]\([^()\s]*\)", ""),
    rule(r"\]\([^()\s]*\)", ""),
    rule(r"^[ \t]*(?:[-*•]|#{1,6}|>)[ \t]+(?=\S)", "", re.MULTILINE),
    rule(r"(?<![\d*])\*{1,3}(?=[^\s\d])|(?<=[^\s\d])\*{1,3}(?![\d*])|`+|__", ""),
    rule(
        r"[^\x00-\x7f\u00b0\u2010-\u2027\u2103\u2109\u3000-\u33ff\u3400-\u9fff\uff00-\uffef]",
        lambda m: _heard(m[0]),
    ),
)
"""Marks of a written page that a voice is silent about. Brackets with words in them are no markup."""

PROTECTED: tuple[Rule, ...] = (
    rule(r"<[^<>|\n]+\|[^<>|\n]+>", lambda m: m[0]),
    rule(r"(?<=[\u4e00-\u9fff])[·\-—](?=[\u4e00-\u9fff])", lambda m: None if _is_range(m) else "-"),
    (WHOLE_TOKEN, lambda m: corrected(m[0])),
)
"""Stretches that are said as they are: `<word|reading>`, the joints of a foreign name, pinyin."""
TERM = r"(?<![A-Za-z0-9-])[A-Za-z][A-Za-z0-9]*(?:-(?:\d+(?:\.\d+)+[A-Za-z0-9]*|[A-Za-z0-9]+))+"
"""A technical term with hyphens, `Qwen3-0.6B`: its hyphens are neither signs nor ranges."""


def use_chinese(text: str) -> bool:
    """Does upstream read this text as Chinese? Hanzi, no Latin letter, an address, or pinyin with tone."""
    return (
        not _LATIN.search(text)
        or bool(_HANZI.search(text))
        or _MAIL.fullmatch(text) is not None
        or TOKEN.search(text) is not None
    )


def reading_language(text: str, reply: Language | None = None) -> Language:
    """Which language's rules read the numbers of `text`.

    Args:
        text: one sentence or more.
        reply: the language of the reply that it is a part of, which decides where the text's own letters
            leave it open (`12:30.`, `The e10 engine`); None decides as upstream does.
    """
    if reply == "en" and not _HANZI.search(text):
        return "en"
    return "zh" if use_chinese(text) else "en"


def folded(text: Traced) -> Traced:
    """Full-width letters, digits and signs, and other scripts' digits, as their ASCII ones; one for one."""
    if text.text.isascii():
        return text
    table = dict(_WIDE)
    for character in set(text.text):
        digit = unicodedata.digit(character, None)
        if digit is not None and character not in _UNFOLDED:
            table[ord(character)] = ord(str(digit))
    return Traced(text.text.translate(table), text.reached)


def in_parts(term: str, read: Callable[[str], str]) -> str:
    """A technical term, its parts read one by one and its hyphens kept."""
    return "-".join(part if part.isalpha() else read(part) for part in term.split("-"))


def _heard(character: str) -> str | None:
    return "" if unicodedata.category(character) in _SILENT else None


def _is_range(joint: re.Match[str]) -> bool:
    """`周一-周五`: from, to."""
    text, at = joint.string, joint.start()
    return joint[0] == "-" and at >= 2 and text[at - 2] in "周" and text[at + 1] == "周"
