"""Words by meaning: `thesaurus.toml`, read once. Rare words share evidence, and so do Chinese and English.

A text becomes the sequence of classes of its words, each the longest entry that begins there; the rest is
left out. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from emotion_policy.tokens import tokens

_FILE = Path(__file__).with_name("thesaurus.toml")
REACH = 3
"""Classes apart that still count as an ordered pair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thesaurus:
    classes: Mapping[str, tuple[str, ...]]
    """An entry, its tokens joined by blanks, to the classes it stands in."""
    longest: Mapping[str, int]
    """Most tokens of an entry that begins with this one."""

    def read(self, tokens: Sequence[str]) -> list[str]:
        """Classes of a text's tokens, in order."""
        found: list[str] = []
        at = 0
        while at < len(tokens):
            size, classes = self._entry(tokens, at)
            found += classes
            at += size
        return found

    def _entry(self, tokens: Sequence[str], at: int) -> tuple[int, tuple[str, ...]]:
        for size in range(self.longest.get(tokens[at], 0), 0, -1):
            classes = self.classes.get(" ".join(tokens[at : at + size]))
            if classes:
                return size, classes
        return 1, ()


def grams(classes: Sequence[str]) -> Iterator[str]:
    """What a sequence of classes says: each class, and each pair in order within `REACH`."""
    for at, name in enumerate(classes):
        yield f"k>{name}"
        for other in classes[at + 1 : at + 1 + REACH]:
            yield f"k>{name} {other}"


@cache
def thesaurus() -> Thesaurus:
    """The shipped thesaurus."""
    with _FILE.open("rb") as file:
        sheet: dict[str, dict[str, list[str]]] = tomllib.load(file)
    classes: dict[str, tuple[str, ...]] = {}
    longest: dict[str, int] = {}
    for name, languages in sheet.items():
        alone = (name,)
        for entry in (entry for entries in languages.values() for entry in entries):
            cut = tokens(entry)
            key = " ".join(cut)
            known = classes.get(key, ())
            if cut and name not in known:
                classes[key] = (*known, name) if known else alone
                longest[cut[0]] = max(longest.get(cut[0], 0), len(cut))
    return Thesaurus(classes=classes, longest=longest)
