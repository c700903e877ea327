"""A closed grammar out of whole sentences: how each is read, and the tree a decoder walks. Pure.

A sentence's reading is a tuple of grammar words: English words as they are, a Mandarin syllable as
`zh:ni`. The tree shares beginnings, so that the decoder follows each of them once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from asr.numerals import spoken
from core.text import Language, script_of

SYLLABLE: Final = "zh:"
"""Marks a grammar word that is a Mandarin syllable."""
_RUN: Final = re.compile(r"(?P<zh>[\u3400-\u9fff]+)|(?P<en>[a-z]+(?:'[a-z]+)*)|(?P<figures>[0-9]+)")
_READINGS_AT_MOST: Final = 8
"""A sentence with three numbers has eight readings; more would be a telephone book."""

Reading = tuple[str, ...]
Syllables = Callable[[str], Sequence[str]]
"""Hanzi in, one toneless pinyin syllable each out (`ü` as `v`)."""
Transition = tuple[int, int, float, str] | tuple[int, int, float]
"""From state, to state, probability, and the word unless the step is silent."""

START: Final = 0
END: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Readings and the sentences they stand for."""

    sentences: Mapping[Reading, str]
    unread: tuple[str, ...]
    """Sentences with nothing to say in them: no Hanzi, no Latin word, no figure."""
    shadowed: tuple[tuple[str, str], ...]
    """(left out, kept): pairs that sound the same."""

    @property
    def words(self) -> frozenset[str]:
        return frozenset(word for reading in self.sentences for word in reading)

    def without(self, words: Iterable[str]) -> Grammar:
        """Drop every reading that uses one of these words: nobody knows how they are pronounced."""
        unknown = frozenset(words)
        kept = {reading: text for reading, text in self.sentences.items() if not unknown & set(reading)}
        silenced = set(self.sentences.values()) - set(kept.values())
        return Grammar(sentences=kept, unread=(*self.unread, *sorted(silenced)), shadowed=self.shadowed)


def compile_grammar(sentences: Iterable[str], syllables: Syllables) -> Grammar:
    """Read every sentence; where two sound the same, the first is kept."""
    found: dict[Reading, str] = {}
    unread: list[str] = []
    shadowed: list[tuple[str, str]] = []
    for sentence in dict.fromkeys(sentences):
        readings = read(sentence, syllables)
        if not readings:
            unread.append(sentence)
        for reading in readings:
            kept = found.setdefault(reading, sentence)
            if kept != sentence:
                shadowed.append((sentence, kept))
    return Grammar(sentences=found, unread=tuple(unread), shadowed=tuple(shadowed))


def read(sentence: str, syllables: Syllables) -> tuple[Reading, ...]:
    """Say a sentence in grammar words, in every usual way; `()` when there is nothing to say.

    Hanzi are read by `syllables`, run by run; figures in the language of the sentence; marks are silent.
    """
    plain = unicodedata.normalize("NFKC", sentence).lower().replace("’", "'")
    language = script_of(plain)
    runs = [_read_run(match, language, syllables) for match in _RUN.finditer(plain)]
    readings = (sum(choice, ()) for choice in product(*runs))
    return tuple(dict.fromkeys(reading for reading in readings if reading))[:_READINGS_AT_MOST]


def tree(readings: Iterable[Reading]) -> tuple[Transition, ...]:
    """List the transitions of the prefix tree from `START` to `END`; every word costs the same."""
    states: dict[tuple[int, str], int] = {}
    transitions: list[Transition] = []
    for reading in dict.fromkeys(readings):
        at = START
        for word in reading:
            if (at, word) not in states:
                states[at, word] = END + 1 + len(states)
                transitions.append((at, states[at, word], 1.0, word))
            at = states[at, word]
        transitions.append((at, END, 1.0))
    return tuple(transitions)


def language_of(reading: Reading) -> Language:
    """Tell the language a reading sounds in, by the majority of its words."""
    mandarin = sum(word.startswith(SYLLABLE) for word in reading)
    return "zh" if 2 * mandarin >= len(reading) else "en"


def _read_run(match: re.Match[str], language: Language, syllables: Syllables) -> tuple[Reading, ...]:
    text = match.group()
    match match.lastgroup:
        case "zh":
            return (tuple(SYLLABLE + syllable for syllable in syllables(text)),)
        case "figures":
            return tuple(_words(said, syllables) for said in spoken(text, language))
        case _:
            return ((text,),)


def _words(said: str, syllables: Syllables) -> Reading:
    if said.isascii():
        return tuple(said.split())
    return tuple(SYLLABLE + syllable for syllable in syllables(said))
