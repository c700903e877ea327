"""Cutting a streamed reply into the pieces that are spoken: `Sentence.text`, one after another.

The first piece leaves at the first clause mark worth a breath, so that the voice can start; the rest
go sentence by sentence, or clause by clause where a sentence is too long. The pieces are the same
however the stream was cut. Pure: no clock, no asyncio; 0 characters of waiting after `。，；` outside
quotations, one or two after other marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tts.boundaries import Boundary, BoundaryScanner, Kind, is_hanzi

FIRST_HANZI = 4
FIRST_WORDS = 3
"""The least a first piece holds: 4 Hanzi are about 0.9 s of sound, in which the next piece is made."""
PATIENCE_HANZI = 20
PATIENCE_WORDS = 12
"""Beyond this the first piece takes a soft mark (`、：——`) rather than wait longer."""
SHORTEST_UNITS = 6
LONGEST_UNITS = 60
"""Later pieces: 60 syllables are about 13 s of Mandarin, the longest a listener follows in one breath."""
HOPELESS_UNITS = 120
"""Without any mark for so long, a piece ends between two Hanzi or words."""

_SAYS_NOTHING = re.compile(
    r"(?:[\s*`_#>~\u200d\ufe0f\u20e3\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff\U000e0020-\U000e007f]"
    r"|</?[A-Za-z|][^<>]{0,40}>|\[[a-z_ ]+\])*"
)
"""White space, emoji and markup: not worth a piece of their own."""


class SentenceCutter:
    """Cuts one reply. Feed deltas as they come, then finish once."""

    def __init__(self) -> None:
        self._scanner = BoundaryScanner()
        self._text = ""
        self._start = Boundary(0, Kind.SOFT, 0, 0, 0)
        self._fallback: Boundary | None = None
        self._first = True
        self._previous = ""

    def feed(self, delta: str) -> list[str]:
        """Take the next delta; give the pieces that are complete now."""
        pieces: list[str] = []
        scanner, step = self._scanner, self._scanner.step
        self._text += delta
        for c in delta:
            step(c)
            if scanner.ready or self._fallback is not None:
                self._choose(pieces)
            if scanner.units - self._start.units > HOPELESS_UNITS:
                self._force(c, pieces)
            self._previous = c
        return pieces

    def pause(self) -> list[str]:
        """The stream has paused after the last delta: give what can be told complete without the next one.

        Saves a model's time per token on the first English sentence. Cutting then depends on where the stream
        pauses, but only in `word.com` and the like, cut by a tokenizer behind the full stop.
        """
        pieces: list[str] = []
        self._scanner.pause()
        if self._scanner.ready:
            self._choose(pieces)
        return pieces

    def finish(self) -> list[str]:
        """The reply is complete: give the rest."""
        pieces: list[str] = []
        self._scanner.finish()
        self._choose(pieces)
        rest = self._text.strip()
        self._text = ""
        if rest and not _SAYS_NOTHING.fullmatch(rest):
            pieces.append(rest)
        return pieces

    def _choose(self, pieces: list[str]) -> None:
        scanner = self._scanner
        for boundary in scanner.ready:
            self._end_at_fallback(boundary.hanzi, boundary.words, boundary.units, pieces)
            if boundary.at > self._start.at and self._ends(boundary):
                self._cut(boundary, pieces)
        scanner.ready.clear()
        self._end_at_fallback(scanner.hanzi, scanner.words, scanner.units, pieces)

    def _end_at_fallback(self, hanzi: int, words: int, units: int, pieces: list[str]) -> None:
        """End the piece at the place remembered, if it has grown too long by these counts."""
        if self._fallback is None:
            return
        longer = units - self._start.units > LONGEST_UNITS
        too_long = self._impatient(hanzi, words) if self._first else longer
        if too_long:
            self._cut(self._fallback, pieces)

    def _impatient(self, hanzi: int, words: int) -> bool:
        """Only ever asked of the first piece, whose start is zero."""
        return hanzi > PATIENCE_HANZI or (hanzi == 0 and words > PATIENCE_WORDS)

    def _ends(self, boundary: Boundary) -> bool:
        """Does the piece end here? If it only may, remember the place."""
        if self._first:
            hanzi, words = boundary.hanzi, boundary.words
            enough = hanzi >= FIRST_HANZI or words >= FIRST_WORDS or hanzi + words >= FIRST_HANZI
            must = boundary.kind in (Kind.SENTENCE, Kind.CLAUSE) or self._impatient(hanzi, words)
        else:
            units = boundary.units - self._start.units
            enough = units >= SHORTEST_UNITS
            must = boundary.kind in (Kind.SENTENCE, Kind.ELLIPSIS) or units > LONGEST_UNITS
        if enough and not must:
            self._fallback = boundary
        return enough and must

    def _cut(self, boundary: Boundary, pieces: list[str]) -> None:
        size = boundary.at - self._start.at
        pieces.append(self._text[:size].strip())
        self._text = self._text[size:]
        self._start = boundary
        self._first = False
        self._fallback = None

    def _force(self, c: str, pieces: list[str]) -> None:
        """End before `c`, if that is between two Hanzi or two words."""
        if c.isspace() or (is_hanzi(c) and is_hanzi(self._previous)):
            s, one = self._scanner, int(is_hanzi(c))
            self._cut(Boundary(s.at - 1, Kind.SOFT, s.hanzi - one, s.words, s.units - one), pieces)


def split(deltas: Iterable[str]) -> Iterator[str]:
    """Cut a whole stream lazily: a piece comes out as soon as it is complete."""
    cutter = SentenceCutter()
    for delta in deltas:
        yield from cutter.feed(delta)
    yield from cutter.finish()
