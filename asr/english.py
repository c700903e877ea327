"""English pronunciations in ARPAbet: cmudict's words, compounds of them, and a guess from letters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

_RULES: Final = Path(__file__).with_name("letters.toml")
_ALTERNATIVE: Final = re.compile(r"\(\d+\)$")
_VOWELS: Final = frozenset("aeiouy")
_SHORTEST_HALF: Final = 3
"""Letters: a compound's halves are words of at least so many, or `together` would be `to get her`."""

Pronunciations = Mapping[str, tuple[str, ...]]
_Parts = tuple[tuple[str, ...], tuple[str, ...]]
"""Variants of a word's first and second part; empty where it cannot be cut."""


def look_up(dictionary: Path, words: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Read these words' pronunciations, and those of every beginning or end they may be compounded of.

    Raises:
        OSError: the dictionary cannot be read.
    """
    wanted = set(words)
    for word in words:
        wanted.update(word[:cut] for cut in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1))
        wanted.update(word[cut:] for cut in range(2, len(word) - _SHORTEST_HALF + 1))
    found: dict[str, list[str]] = {}
    with dictionary.open(encoding="utf-8") as lines:
        for line in lines:
            entry, _, phones = line.partition(" ")
            word = _ALTERNATIVE.sub("", entry) if entry.endswith(")") else entry
            if word in wanted:
                found.setdefault(word, []).append(phones.strip())
    return {word: tuple(phones) for word, phones in found.items()}


def pronounce(word: str, known: Pronunciations) -> tuple[tuple[str, ...], bool]:
    """Pronounce a lower-case word; the second part is True when it was guessed from its letters."""
    if word in known:
        return known[word], False
    for first, second in (_halves(word, known), _derived(word, known)):
        if first and second:
            return tuple(f"{a} {b}" for a, b in product(first[:2], second[:2])), False
    return guess(word), True


def guess(word: str) -> tuple[str, ...]:
    """Read a word by its letters; one without vowels, or of up to three letters, also by their names."""
    letters = re.sub(r"[^a-z]", "", word)
    if not letters:
        return ()
    named = " ".join(_names()[letter] for letter in letters)
    if not _VOWELS & set(letters):
        return (named,)
    read = _read(letters)
    readings = (read, named) if len(letters) <= 3 else (read,)
    return tuple(dict.fromkeys(reading for reading in readings if reading)) or (named,)


def _derived(word: str, known: Pronunciations) -> _Parts:
    """Cut a prefix off a word of the dictionary: `un|muted`."""
    for prefix, phones in _prefixes().items():
        stem = word.removeprefix(prefix)
        if stem != word and len(stem) >= _SHORTEST_HALF and stem in known:
            return (phones,), known[stem]
    return (), ()


def _halves(word: str, known: Pronunciations) -> _Parts:
    """Cut a compound as near to its middle as both halves are words: `tooth|ache`."""
    cuts = [
        cut
        for cut in range(_SHORTEST_HALF, len(word) - _SHORTEST_HALF + 1)
        if word[:cut] in known and word[cut:] in known
    ]
    if not cuts:
        return (), ()
    best = min(cuts, key=lambda cut: abs(2 * cut - len(word)))
    return known[word[:best]], known[word[best:]]


def _read(letters: str) -> str:
    phones: list[str] = []
    at = 0
    while at < len(letters):
        spelling, sound = next(rule for rule in _rules() if _fits(rule[0], letters, at))
        phones.append(sound)
        at += len(spelling.strip("^$"))
    return " ".join(phone for phone in phones if phone)


def _fits(spelling: str, letters: str, at: int) -> bool:
    bare = spelling.strip("^$")
    if not letters.startswith(bare, at) or (spelling[0] == "^" and at > 0):
        return False
    # An ending needs a stem before it, so that `the` and `es` keep a vowel.
    return not spelling.endswith("$") or (at > 1 and at + len(bare) == len(letters))


@cache
def _rules() -> tuple[tuple[str, str], ...]:
    rules: list[list[str]] = tomllib.loads(_RULES.read_text("utf-8"))["rules"]
    pairs = [(spelling, sound) for spelling, sound in rules]
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0].strip("^$")), not {"^", "$"} & set(pair[0]))))


@cache
def _prefixes() -> dict[str, str]:
    return tomllib.loads(_RULES.read_text("utf-8"))["prefixes"]


@cache
def _names() -> dict[str, str]:
    return tomllib.loads(_RULES.read_text("utf-8"))["names"]
