"""Mixed text as runs of one language each, so that every run is read by its own voice. Pure.

Hanzi are zh, Latin letters en. A number goes with the letters or Hanzi it touches, else with the
sentence's language; spaces and marks stay with what stands before them, opening ones with what follows.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from core.text import Language

_ATOM = re.compile(
    r"(?P<zh>[\u3400-\u9fff々〇\U00020000-\U0003ffff]+)"
    r"|(?P<en>[A-Za-z\u00c0-\u024f]+(?:['’.&-]?[A-Za-z\u00c0-\u024f]+)*)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)"
    r"|(?P<opening>[“‘（(《「『【<$￥¥€#+-])"
    r"|(?P<mark>.)",
    re.DOTALL,
)


class Run(NamedTuple):
    """A stretch of one language."""

    text: str
    language: Language
    start: int
    """Characters before it."""


def runs(text: str, default: Language) -> tuple[Run, ...]:
    """Cut `text` into runs; together they are the text, and neighbours differ in language."""
    found: list[Run] = []
    for (start, end), language in _languages(text, default):
        if found and found[-1].language == language:
            last = found[-1]
            found[-1] = Run(text[last.start : end], language, last.start)
        else:
            found.append(Run(text[start:end], language, start))
    return tuple(found)


def _languages(text: str, default: Language) -> list[tuple[tuple[int, int], Language]]:
    atoms = list(_ATOM.finditer(text))
    known: list[Language | None] = [_of_letters(atom) for atom in atoms]
    for index, atom in enumerate(atoms):
        if atom.lastgroup == "number":
            known[index] = _of_number(known, index, default)
    following: list[Language] = [default] * len(atoms)
    for index in range(len(atoms) - 1, -1, -1):
        later = following[index + 1] if index + 1 < len(atoms) else default
        following[index] = known[index] or later
    filled: list[Language] = []
    for index, atom in enumerate(atoms):
        ahead = atom.lastgroup == "opening" or not filled
        filled.append(known[index] or (following[index] if ahead else filled[-1]))
    return [(atom.span(), language) for atom, language in zip(atoms, filled, strict=True)]


def _of_letters(atom: re.Match[str]) -> Language | None:
    match atom.lastgroup:
        case "zh":
            return "zh"
        case "en":
            return "en"
        case _:
            return None


def _of_number(known: list[Language | None], index: int, default: Language) -> Language:
    before = known[index - 1] if index else None
    after = known[index + 1] if index + 1 < len(known) else None
    return before or after or default
