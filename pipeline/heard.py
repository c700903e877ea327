"""What the customer has heard of a reply, to the character. Pure.

Told where each sentence lies in the reply, how much sound it became and where its characters sound
(the voice's word events), it answers: after so many seconds of played sound, which characters of the
reply have been heard? A character counts as soon as it begins to sound, except the one that had just begun:
`MINIMUM_SOUND` of it must have been played.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

MINIMUM_SOUND = 0.04
"""Seconds of a word that must sound before it counts: two house frames, about half of a short vowel."""


@dataclass(slots=True, kw_only=True)
class _Part:
    begin: int
    """Offset of the sentence's first character in the reply."""
    end: int
    start: float
    """Seconds of reply sound before the sentence."""
    seconds: float = 0.0
    complete: bool = False
    marks: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    """(seconds into the sentence, characters of it that have begun to sound)."""


class HeardText:
    """One reply. Feed it in the order things happen; ask it at any time."""

    def __init__(self) -> None:
        self._reply = ""
        self._parts: list[_Part] = []
        self._seconds = 0.0
        self._cursor = 0
        self._amended = 0

    @property
    def reply(self) -> str:
        return self._reply

    @property
    def seconds(self) -> float:
        """Of sound made so far."""
        return self._seconds

    def grow(self, text: str) -> None:
        """More of the reply has been written."""
        self._reply += text if self._reply else text.lstrip()

    def amend(self, text: str, instead: str) -> None:
        """A sentence is said otherwise than it was written, or not at all; told before it sounds."""
        done = max(self._cursor, self._amended)
        found = self._reply.find(text, done)
        if found < 0:
            return
        before, after = self._reply[:found], self._reply[found + len(text) :]
        if not instead:
            before = before[:done] + before[done:].rstrip()
        self._reply = before + instead + after
        self._amended = len(before) + len(instead)

    def sentence(self, text: str) -> None:
        """A sentence of the reply is about to become sound, after everything before it.

        Its characters are looked up in the reply, so that white space and dropped markup between
        sentences do not shift the count; a sentence that is not found there counts from where the last ended.
        """
        found = self._reply.find(text, self._cursor)
        begin = self._cursor if found < 0 else found
        self._cursor = min(len(self._reply), begin + len(text)) if found < 0 else begin + len(text)
        self._parts.append(_Part(begin=begin, end=self._cursor, start=self._seconds))

    def spoken(self, seconds: float, characters: int) -> None:
        """A word event: `characters` of the current sentence have begun by `seconds` into its sound."""
        self._parts[-1].marks.append((seconds, characters))

    def sound(self, seconds: float) -> None:
        """The current sentence has grown by so many seconds of sound."""
        self._parts[-1].seconds += seconds
        self._seconds += seconds

    def sentence_done(self) -> None:
        """All sound of the current sentence has been made."""
        self._parts[-1].complete = True

    def after(self, played: float) -> str:
        """The part of the reply heard after `played` seconds of its sound."""
        return self._reply[: self._offset(played)].rstrip()

    def _offset(self, played: float) -> int:
        index = bisect_right(self._parts, played, key=lambda part: part.start) - 1
        if index < 0:
            return 0
        count = _characters(self._parts[index], played - self._parts[index].start)
        if count == 0:
            return self._parts[index - 1].end if index else 0
        return self._parts[index].begin + count


def _characters(part: _Part, into: float) -> int:
    """How many characters of a sentence have been heard so many seconds into its sound."""
    length = part.end - part.begin
    if part.complete and into >= part.seconds - MINIMUM_SOUND:
        return length
    if part.marks:
        mark = bisect_right(part.marks, into - MINIMUM_SOUND, key=lambda mark: mark[0]) - 1
        return 0 if mark < 0 else min(part.marks[mark][1], length)
    return int(min(1.0, into / part.seconds) * length) if part.seconds > 0 else 0
