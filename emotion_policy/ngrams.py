"""What the linear model reads of a transcript: n-grams and meanings of its words, hashed to columns.

The hash is CRC-32 (RFC 1952), which is the same on every machine and in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from zlib import crc32

from emotion_policy import thesaurus

COLUMNS = 1 << 16
"""Columns that n-grams share; two may collide, and training sees the collision."""
LONGEST_HANZI, LONGEST_WORDS = 4, 3
"""Tokens in the longest n-gram of each script."""
STEM = 5
"""Letters of a longer word that stand for its family: disappointed, disappointing."""
RECENT = 24
"""Tokens of an earlier turn that may explain this one: its last ones."""


def word_columns(cut: Sequence[str]) -> list[int]:
    """Columns of a text's tokens, ascending, each once; empty for a text without words."""
    return _hashed(_grams(cut)) if cut else []


def meaning_columns(cut: Sequence[str]) -> list[int]:
    """Columns of what the words mean."""
    return _hashed(thesaurus.grams(thesaurus.thesaurus().read(cut)))


def context_columns(asked: Sequence[str], before: Sequence[str]) -> list[int]:
    """Columns of what was said before: the agent's last words and the customer's."""
    said = {f"a>{gram}" for gram in _pairs(asked[-RECENT:])}
    said |= {f"u>{gram}" for gram in _pairs(before[-RECENT:])}
    return _hashed(said)


def _hashed(grams: Iterable[str]) -> list[int]:
    return sorted({crc32(gram.encode()) % COLUMNS for gram in grams})


def _grams(cut: Sequence[str]) -> Iterator[str]:
    edged = ["^", *cut, "$"]
    for start in range(len(edged)):
        hanzi = True
        gram = ""
        for size in range(1, LONGEST_HANZI + 1):
            if start + size > len(edged):
                break
            token = edged[start + size - 1]
            hanzi = hanzi and not token[0].isascii()
            gram = f"{gram} {token}"
            if size <= LONGEST_WORDS or hanzi:
                yield gram
    for token in cut:
        if len(token) > STEM:
            yield f"s>{token[:STEM]}"


def _pairs(cut: Sequence[str]) -> Iterator[str]:
    yield from cut
    for first, second in pairwise(cut):
        yield f"{first} {second}"
