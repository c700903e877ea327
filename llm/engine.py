"""What every language model offers. Blocking, synchronous, ignorant of asyncio and of turns."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Protocol

from core.emotion import Opinion
from core.text import Message


class LanguageModel(Protocol):
    """One engine instance serves one lane (one thread) at a time."""

    name: str
    """For the banner and the log: engine, model, size."""

    def warm_up(self) -> None:
        """Do the first slow call now, so that the first customer does not wait for it."""
        ...

    def reply(self, messages: Sequence[Message]) -> Generator[Opinion | str, None, None]:
        """Yield text deltas as they are generated; closing the generator stops within one token.

        A delta may be empty: it says nothing and only lets a cancel in. A model that was built to say how
        it takes the customer yields its `Opinion` once, before any text. The text may be spoken as it is:
        it holds no thoughts, labels or tags.

        Args:
            messages: system first, then user and assistant alternating, a user message last.
                The engine drops the oldest turns, never the system message, to fit its window.

        Raises:
            LlmError: the engine failed; it stays usable for the next reply.
        """
        ...

    def forget(self) -> None:
        """The visit is over: keep nothing of its dialogue, not even evaluated. On the lane's thread."""
        ...

    def close(self) -> None: ...
