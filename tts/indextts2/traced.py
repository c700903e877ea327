"""Text that is rewritten step by step, while every character keeps its place in the original. Pure.

A step is a list of rules as in `tts.spoken_rules`: tried in order over the whole text, and the first to claim
a stretch wins, so that what an early rule has said is left alone by the later ones.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tts.spoken_rules import Rule

_log = logging.getLogger(__name__)


class Traced(NamedTuple):
    """A text on its way from what was written to what the model reads."""

    text: str
    reached: Sequence[int]
    """For each character of `text`, how many of the original are said once it sounds; never falling."""


def traced(original: str) -> Traced:
    """A text as it was written."""
    return Traced(original, range(1, len(original) + 1))


def rewritten(text: Traced, rules: Sequence[Rule]) -> Traced:
    """One step. A rule that declines, or fails, leaves its stretch to the rules after it, or as it is."""
    claims = _claims(text.text, rules)
    if not claims:
        return text
    said: list[str] = []
    reached: list[int] = []
    at = 0
    for start in sorted(claims):
        end, words = claims[start]
        said += (text.text[at:start], words)
        reached += text.reached[at:start]
        reached += [text.reached[end - 1]] * len(words)
        at = end
    said.append(text.text[at:])
    reached += text.reached[at:]
    return Traced("".join(said), reached)


def _claims(text: str, rules: Sequence[Rule]) -> dict[int, tuple[int, str]]:
    """Start of each rewritten stretch to its end and what is said for it."""
    claims: dict[int, tuple[int, str]] = {}
    taken = bytearray(len(text))
    for pattern, say in rules:
        group = "x" if "x" in pattern.groupindex else 0
        for found in pattern.finditer(text):
            start, end = found.span(group)
            if start < end and not any(taken[start:end]) and (words := _said(say, found)) is not None:
                claims[start] = (end, words)
                taken[start:end] = b"\1" * (end - start)
    return claims


def _said(say: Callable[[re.Match[str]], str | None], found: re.Match[str]) -> str | None:
    try:
        return say(found)
    except Exception:  # noqa: BLE001 - a rule that fails must not silence the sentence
        _log.warning("no reading for %r", found[0], exc_info=True)
        return None
