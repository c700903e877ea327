"""Where in a transcript something was found: from a span of the normalised text back to the words. Pure.

Follows `normalise` character by character. Where that cannot be followed (scripts whose characters merge)
a span is the whole transcript: coarse and never wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from emotion_policy.normalise import ENDS, LONGEST, Instead, characters, normalise, steps

Span = tuple[int, int]
"""Beginning and end, in characters."""


class Places:
    """Of one transcript."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._origins = _origins(text)

    def of(self, start: int, end: int) -> Span:
        """Where a span of the normalised text comes from; an empty one stays (0, 0)."""
        if end <= start:
            return 0, 0
        found = self._origins[start:end]
        return (found[0][0], found[-1][1]) if found else (0, self._length)


def _origins(text: str) -> Sequence[Span]:
    """For each normalised character where it comes from; empty where that is not known."""
    plain, origins = _spelt(text)
    for pattern, instead in steps():
        plain, origins = _replaced(plain, origins, pattern, instead)
    bare = plain.lstrip(ENDS)
    left = len(plain) - len(bare)
    bare = bare.rstrip(ENDS)
    return origins[left : left + len(bare)] if bare == normalise(text) else []


def _spelt(text: str) -> tuple[str, list[Span]]:
    pieces, origins = list[str](), list[Span]()
    for start, end in _clusters(text):
        piece = characters(text[start:end] or " ")
        pieces.append(piece)
        origins += [(start, end)] * len(piece)
    return "".join(pieces), origins


def _clusters(text: str) -> Iterator[Span]:
    """Each character with the marks that combine with it; an empty span where the middle was left out."""
    cut = len(text) - LONGEST
    half = LONGEST // 2
    kept = [(0, len(text))] if cut <= 0 else [(0, half), (half, half), (half + cut, len(text))]
    for begin, stop in kept:
        start = begin
        for at in range(begin + 1, stop):
            if not unicodedata.combining(text[at]):
                yield start, at
                start = at
        if start < stop or begin == stop:
            yield start, stop


def _replaced(
    plain: str, origins: list[Span], pattern: re.Pattern[str], instead: Instead
) -> tuple[str, list[Span]]:
    pieces, places, done = list[str](), list[Span](), 0
    for found in pattern.finditer(plain):
        start, end = found.span()
        new = instead(found)
        pieces += plain[done:start], new
        places += origins[done:start]
        places += _kept(origins[start:end], len(new), same=plain.startswith(new, start))
        done = end
    if not done:
        return plain, origins
    return "".join(pieces) + plain[done:], places + origins[done:]


def _kept(origins: list[Span], size: int, *, same: bool) -> list[Span]:
    """Where a replacement comes from: its own characters, if it begins or is as long as what it replaces."""
    if same or size == len(origins):
        return origins[:size]
    return [(origins[0][0], origins[-1][1])] * size
