"""Critical words by their sound: a recogniser that writes 就命 heard 救命. Pure.

Toneless syllables, of the critical terms alone. A term that is written as it should be is no business of
this file, nor is a place where its sound makes another word of the list `words`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.emotion import State

TERMS = Path(__file__).with_name("sounds.toml")
SYLLABLES = Path(__file__).with_name("syllables.toml")
WEIGHT = 0.5
"""Of a term found by sound, against 1 for a cue in plain writing: unrelated words collide."""

_SMALL = frozenset("是这那几还没一十不过都也要有了吧啊呢吗上下里你我他她在的得")
"""Function characters: what holds one is no misspelt noun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    syllable: Mapping[str, str]
    """Of each Hanzi that could be heard as part of a term."""
    terms: Mapping[tuple[str, ...], tuple[str, State]]
    """Syllables of a term to how it is written and what it tells."""
    sizes: tuple[int, ...]
    """Lengths of terms, longest first."""
    words: frozenset[str]
    """Words that sound like a term and are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelt:
    """A term found by its sound."""

    term: str
    state: State
    start: int
    end: int


@cache
def sounds() -> Sounds:
    """The shipped tables."""
    with TERMS.open("rb") as file:
        sheet = tomllib.load(file)
    with SYLLABLES.open("rb") as file:
        listed_by: dict[str, str] = tomllib.load(file)
    syllable = {character: name for name, listed in listed_by.items() for character in listed}
    terms = {
        tuple(syllable[character] for character in term): (term, State(state))
        for state, listed in sheet["terms"].items()
        for term in listed
    }
    sizes = tuple(sorted({len(term) for term in terms}, reverse=True))
    return Sounds(syllable=syllable, terms=terms, sizes=sizes, words=frozenset(sheet["words"]["other"]))


def misspelt(text: str) -> Iterator[Misspelt]:
    """Find terms that are in the text by sound and not in writing.

    Args:
        text: normalised.
    """
    table = sounds()
    heard = [table.syllable.get(character, "") for character in text]
    for start in range(len(text)):
        if not heard[start]:
            continue
        for size in table.sizes:
            written = text[start : start + size]
            found = table.terms.get(tuple(heard[start : start + size]))
            if (
                found
                and written != found[0]
                and len(written) == size
                and not _is_word(text, start, size, table)
            ):
                yield Misspelt(term=found[0], state=found[1], start=start, end=start + size)


def alike(character: str) -> str:
    """Hanzi that sound like one of a critical term, itself among them; empty for any other."""
    table = sounds()
    name = table.syllable.get(character)
    return "".join(sorted(each for each, other in table.syllable.items() if other == name)) if name else ""


def _is_word(text: str, start: int, size: int, table: Sounds) -> bool:
    """Is the place made of small words, or part of a word that is what it says?"""
    if any(character in _SMALL for character in text[start : start + size]):
        return True
    around = range(max(start - 1, 0), start + 1)
    return any(
        text[left : left + width] in table.words
        for left in around
        for width in (2, 3, 4)
        if left + width > start
    )
