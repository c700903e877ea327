"""From the library's word events to places in the text: which character sounds at which sample. Pure.

espeak-ng gives English one event per word with its length, and Mandarin one per Hanzi, except that a word of
its dictionary (谢谢, 窗口) is one event of length 1: its further Hanzi are placed evenly up to the next
event, Mandarin syllables being of nearly equal length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.text import Language

WordEvent = tuple[int, int, int]
"""Position and length in characters of what the library read, and the sample of the onset."""
Mark = tuple[int, int]
"""Sample, and index of the last character that has begun to sound."""


def marks_of(
    words: Sequence[WordEvent], origin: Sequence[int], text: str, samples: int, language: Language
) -> list[Mark]:
    """Place the characters of one clause.

    Args:
        words: in the order the library gave them.
        origin: for each character of what the library read, its index in `text`.
        text: the clause.
        samples: length of the clause's sound; no mark lies beyond it.
        language: of the clause.
    """
    if not words or not origin:
        return []
    latest = max(samples - 1, 0)
    spans = [_span(word, origin, latest) for word in words]
    if language == "en":
        return [(sample, last) for sample, _, last in spans]
    marks: list[Mark] = []
    for number, (sample, first, last) in enumerate(spans):
        if number + 1 < len(spans):
            until, before = spans[number + 1][0], spans[number + 1][1]
        else:
            until, before = latest, len(text)
        marks += _spread(sample, max(until, sample), first, max(before, last + 1), text)
    return marks


def _span(word: WordEvent, origin: Sequence[int], latest: int) -> tuple[int, int, int]:
    position, length, sample = word
    first = min(max(position, 0), len(origin) - 1)
    last = min(max(position + length - 1, first), len(origin) - 1)
    return max(0, min(sample, latest)), origin[first], origin[last]


def _spread(sample: int, until: int, first: int, before: int, text: str) -> Iterator[Mark]:
    """Give each character that sounds an equal share of the time."""
    sounding = [index for index in range(first, before) if text[index].isalnum()] or [first]
    for share, index in enumerate(sounding):
        yield sample + (until - sample) * share // len(sounding), index


def rising(marks: Sequence[Mark], reached: int) -> Iterator[Mark]:
    """Keep the marks that tell something new, in rising order of both."""
    at = 0
    for sample, characters in marks:
        if characters > reached and sample >= at:
            at, reached = sample, characters
            yield sample, characters
