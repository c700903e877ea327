"""A scripted language model: says the replies it was given, in order, then the last one again."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence

from core.emotion import Opinion
from core.errors import LlmError
from core.text import Message
from llm.filters import SpokenFilter
from llm.usage import Usage

_PIECES = re.compile(r"[A-Za-z0-9']+\s*|\s+|.", re.DOTALL)


class FakeModel:
    """Yields character by character in Chinese and word by word in English.

    Args:
        replies: one text per turn; the last is repeated for ever.
        delay: called with 0 before the first delta, 1 before the second …; a test's place to wait,
            advance a virtual clock or notice that it was reached.
        fail_at: number of deltas of the first reply after which it raises `LlmError`, once.
        opinion: what it makes of every customer; yielded before each reply. None: it is not asked.
    """

    name = "fake"

    def __init__(
        self,
        replies: Sequence[str] = ("好的。",),
        *,
        delay: Callable[[int], None] = lambda _: None,
        fail_at: int | None = None,
        opinion: Opinion | None = None,
    ) -> None:
        self.asked: list[tuple[Message, ...]] = []
        """What each reply was asked with."""
        self.finished: list[str] = []
        """What each reply had yielded when it ended or was closed."""
        self.warmed = False
        self.forgotten = 0
        self.closed = False
        self.last_usage = Usage()
        self._replies = tuple(replies)
        self._delay = delay
        self._fail_at = fail_at
        self._opinion = opinion

    def warm_up(self) -> None:
        self.warmed = True

    def reply(self, messages: Sequence[Message]) -> Generator[Opinion | str, None, None]:
        if self.closed:
            raise LlmError("the fake model is closed", code="closed", hint="Build a new one.")
        text = self._replies[min(len(self.asked), len(self._replies) - 1)]
        self.asked.append(tuple(messages))
        said: list[str] = []
        spoken = SpokenFilter(labelled=self._opinion is not None)
        fail_at, self._fail_at = self._fail_at, None
        try:
            if self._opinion is not None:
                yield self._opinion
            for index, piece in enumerate(_PIECES.findall(text)):
                self._delay(index)
                if index == fail_at:
                    raise LlmError(
                        "the fake model was told to fail", code="fake", hint="Nothing to do: a test."
                    )
                said.append(spoken.feed(piece))
                yield said[-1]
            if rest := spoken.finish():
                said.append(rest)
                yield rest
        finally:
            self.finished.append("".join(said))
            self.last_usage = Usage(generated_tokens=len(said))

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        self.closed = True
