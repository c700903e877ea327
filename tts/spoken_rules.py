"""The shape of a spoken-form rule, and the rules on markup that both languages share. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
"""A pattern and what to say for it; the group `x`, if any, is the stretch replaced. None declines."""


def rule(pattern: str, say: str | Callable[[re.Match[str]], str | None], flags: int = 0) -> Rule:
    """Build a rule; a string is said as it is."""
    if callable(say):
        return re.compile(pattern, flags), say
    return re.compile(pattern, flags), lambda _: say


MARKUP: tuple[Rule, ...] = (
    rule(r"<think>.*?(?:</think>|$)", "", re.DOTALL),
    rule(r"</?[A-Za-z|][^<>]{0,60}>", ""),
    rule(r"\[[a-z_ ]{1,20}\](?!\()", ""),
    rule(r"(?<=[^\s\[])\[\d{1,2}\](?!\()", ""),
    rule(r"\]\([^()\s]*\)", ""),
    rule(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)、])[ \t]+(?=\S)", "", re.MULTILINE),
    rule(r"^\d{1,2}[.)、](?=[\u3400-\u9fff])(?![^\n]*\d、)", "", re.MULTILINE),
    rule(r"[\u2460-\u2473]", lambda m: str(ord(m[0]) - 0x245F) if not m.start() else ""),
    rule(r"[ \t]*\n\s*", "\n"),
    rule(r"(?<![\d*])\*{2,3}(?!\*)|(?<!\*)\*{2,3}(?![\d*])|`+|__", ""),
    rule(r"(?<!\d)[ \t]?[:;]-?[)(D](?=\s|$)", ""),
    rule(r"[【】]", lambda m: "，" if m[0] == "】" else ""),
    rule(r"[(（](?=[^()（）]*[)）]\s*(?:[。！？，；,.!?;]|$))", lambda m: "，" if m[0] == "（" else ", "),
    rule(r"[)）](?=\s*(?:[。！？，；,.!?;]|$))", ""),
)
