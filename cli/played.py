"""A recorded conversation as a feed for the screen: its events in their own time, and nothing to change."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from time import perf_counter

from core.commands import Command
from core.errors import OutputError
from core.events import Event
from tui.feed import events_in


class Played:
    """`tui.feed.Feed` over the lines of an event log; read on a thread, closed from another."""

    owned = False

    def __init__(self, lines: Sequence[str], speed: float) -> None:
        """`speed` times as fast as it was."""
        self._lines = lines
        self._speed = speed
        self._closed = threading.Event()

    def events(self) -> Iterator[Event]:
        begun = perf_counter()
        for event in events_in(self._lines):
            late = perf_counter() - begun
            if self._closed.wait(max(0.0, event.at / self._speed - late)):
                return
            yield event
        self._closed.wait()  # the end stays to be looked at

    def send(self, order: Command) -> None:
        raise OutputError(
            f"a recording takes no {type(order).__name__}",
            code="replay",
            hint="it shows what happened; `tingshuo talk` holds a conversation",
        )

    def close(self) -> None:
        self._closed.set()
