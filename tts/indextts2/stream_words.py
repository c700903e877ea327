"""Where the words of a segment probably lie: a guess, since the model does not tell. Pure; counts samples.

Before the segment's length is known its pieces are taken to be said slowly, so that hardly ever more counts
as heard than was; once it is known, the rest is spread over what remains.
"""

from __future__ import annotations

from collections.abc import Generator

from core.text import Spoken
from tts.indextts2.text_front import TextSegment

SLOW_HANZI_SECONDS = 0.3
"""A Hanzi takes about 0.25 s."""
SLOW_PIECE_SECONDS = 0.45
"""Any other piece; an English word of one piece takes about 0.4 s."""

BLANK = "\u2581"
"""What a tokenizer of this kind writes for a space (SentencePiece)."""


class Words:
    """One segment's word events, in order."""

    def __init__(
        self, segment: TextSegment, text: str, *, start: int, rate: int, duration: float = 1.0
    ) -> None:
        """Begin.

        Args:
            text: the sentence that the segment is a part of.
            start: samples of the sentence that sound before the segment.
            rate: samples a second.
            duration: longer than 1 is slower.
        """
        said = max((i + 1 for i, letter in enumerate(text) if letter.isalnum()), default=0)
        self._reached = [min(reached, said) for reached in segment.reached]
        self._slow = [_seconds(piece) * duration * rate for piece in segment.pieces]
        self._next = 0
        self._at = float(start)
        self._characters = 0

    def before(self, sample: int) -> Generator[Spoken, None, None]:
        """Of the words that begin before a sample of the sentence, those that were not told yet."""
        while self._next < len(self._slow) and self._at < sample:
            if self._reached[self._next] > self._characters:
                self._characters = self._reached[self._next]
                yield Spoken(at_samples=int(self._at), characters=self._characters)
            self._at += self._slow[self._next]
            self._next += 1

    def ends(self, end: int, *, left: int) -> None:
        """The segment ends at sample `end` of the sentence; what was not told lies between `left` and there.

        Args:
            left: samples whose words were all told, by `before`.
        """
        present = self._at - left
        planned = present + sum(self._slow[self._next :])
        if planned > 0:
            room = (end - left) / planned
            self._at = left + present * room
            self._slow = [length * room for length in self._slow]


def _seconds(piece: str) -> float:
    if any("\u3400" <= letter <= "\u9fff" for letter in piece):
        return SLOW_HANZI_SECONDS
    return SLOW_PIECE_SECONDS if piece.strip().strip(BLANK) else 0.0
