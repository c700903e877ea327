"""A sentence as the spans given to the engine one by one: a clause in one language, and the rest after it.

Short spans keep the first sound early (a library call takes about 1 ms per second of sound), and the
pauses between them stay audible when Mandarin runs at 300 words a minute. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.text import Language
from tts.scripts import runs

LONGEST = 120
"""Characters of a span where no mark comes sooner; a Hanzi counts as three."""

PAUSES = {
    "、": 0.10, "，": 0.15, ",": 0.15, "：": 0.22, ":": 0.22, "；": 0.22, ";": 0.22, "…": 0.22, "—": 0.15,
    "。": 0.30, "！": 0.30, "？": 0.30, ".": 0.30, "!": 0.30, "?": 0.30, "\n": 0.30,
}  # fmt: skip
"""Seconds at rate 1: what espeak-ng itself makes of these marks in English at 175 words a minute (measured).
At Mandarin's 300 it leaves 0.04 s after a comma, which runs clauses together."""

_CLAUSE = re.compile(
    r".*?(?:(?P<mark>[。！？；，、：…—\n])[。！？；，、：…—\n]*|(?P<ascii>[,;:!?])[,;:!?.]*(?=\s|$))[”’」』》）】)\"\s]*"
    r"|.+",
    re.DOTALL,
)
_BREAK = re.compile(r"\s(?=\S*$)")


class Clause(NamedTuple):
    """What one library call says."""

    text: str
    language: Language
    start: int
    """Characters of the sentence's spoken form before it."""
    pause: float
    """Seconds of silence after it, at rate 1."""


def clauses(text: str, default: Language) -> tuple[Clause, ...]:
    """Cut the spoken form; spans that say nothing only lengthen the pause before them."""
    found: list[Clause] = []
    for run in runs(text, default):
        for start, end, pause in _spans(run.text):
            part = run.text[start:end]
            if any(c.isalnum() for c in part):
                found.append(Clause(part, run.language, run.start + start, pause))
            elif found:
                found[-1] = found[-1]._replace(pause=max(found[-1].pause, pause))
    if found:
        found[-1] = found[-1]._replace(pause=0.0)
    return tuple(found)


def _spans(text: str) -> Iterator[tuple[int, int, float]]:
    for clause in _CLAUSE.finditer(text):
        mark = clause["mark"] or clause["ascii"]
        start = clause.start()
        while (cut := _too_long(text[start : clause.end()])) is not None:
            yield start, start + cut, 0.0
            start += cut
        if start < clause.end():
            yield start, clause.end(), PAUSES[mark] if mark else 0.0


def _too_long(text: str) -> int | None:
    """Where to cut a span that would keep the listener waiting; None if it is short enough."""
    size = 0
    for index, character in enumerate(text):
        size += 1 if character.isascii() else 3
        if size > LONGEST:
            space = _BREAK.search(text[:index])
            return space.end() if space else index
    return None
