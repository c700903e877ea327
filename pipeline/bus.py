"""The bus: everything that happens is said here once; screens, logs and timelines listen.

Synchronous and on the loop: a listener must only take note and return.
"""

from __future__ import annotations

from collections.abc import Callable

from core.events import Event

Listener = Callable[[Event], None]


class Bus:
    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def say(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
