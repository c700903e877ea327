"""What lies between a model's bytes and the customer's ear: UTF-8, thoughts, stop strings, tags. Pure.

Each filter takes pieces as they come (`feed`) and gives back what is safe to say now; `finish` gives
the rest. However the pieces are cut, the joined result is the same.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from llm.label import LabelFilter
from llm.tags import TagFilter

_THOUGHT_BEGINS = "<think>"
_THOUGHT_ENDS = "</think>"


class Utf8Filter:
    """Bytes in, whole characters out: a Hanzi split over tokens waits for its last byte.

    Bytes that cannot become a character are dropped, never shown as U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")

    def feed(self, piece: bytes) -> str:
        return self._decoder.decode(piece).replace("\ufffd", "")


class ThoughtFilter:
    """Removes a leading `<think>…</think>`, which reasoning models write before they answer."""

    def __init__(self) -> None:
        self._waiting = ""
        self._state = "opening"

    def feed(self, text: str) -> str:
        if self._state == "answering":
            return text
        self._waiting += text
        if self._state == "opening":
            start = self._waiting.lstrip()
            if len(start) < len(_THOUGHT_BEGINS) and _THOUGHT_BEGINS.startswith(start):
                return ""
            if not start.startswith(_THOUGHT_BEGINS):
                return self._answer(self._waiting)
            self._state = "thinking"
        end = self._waiting.find(_THOUGHT_ENDS)
        if end < 0:
            return ""
        return self._answer(self._waiting[end + len(_THOUGHT_ENDS) :])

    def finish(self) -> str:
        return self._answer(self._waiting) if self._state == "opening" else ""

    def _answer(self, text: str) -> str:
        self._state, self._waiting = "answering", ""
        return text


class StopFilter:
    """Ends the text at the first stop string; what may be the beginning of one is held back."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops: tuple[str, ...] = tuple(stop for stop in stops if stop)
        self._held: str = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        ends = [at for at in (text.find(stop) for stop in self._stops) if at >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        held, self._held = self._held, ""
        return held


class SpokenFilter:
    """Leaves what may be spoken: no tags, and no label at the beginning where one was asked for."""

    def __init__(self, *, labelled: bool) -> None:
        self._tags = TagFilter()
        self._label = LabelFilter() if labelled else None

    def feed(self, text: str) -> str:
        text = self._tags.feed(text)
        return self._label.feed(text) if self._label else text

    def finish(self) -> str:
        rest = self._tags.finish()
        return self._label.feed(rest) + self._label.finish() if self._label else rest


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` are the beginning of `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if stop.startswith(text[len(text) - n :])), 0)
