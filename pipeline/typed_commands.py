"""Commands that are typed, or come through a pipe, on their way to a session.

A script's lines wait for each other's answers; a person's, at a terminal, do not. Of a program at the other
end of a pipe only questions and the end wait: it can stop a reply, mute, or take over at any time.
"""

from __future__ import annotations

from collections import deque

from core import commands as c
from core.clock import Clock
from pipeline.scene import Directed

LOOK = 0.05
"""Seconds between two looks at whether a reply goes on."""
QUESTIONS = (c.Ask, c.Quit)
"""What waits where the rest is urgent."""


class TypedCommands:
    """Obeyed at once, or behind the answer to what was asked before."""

    def __init__(self, session: Directed, *, waits: tuple[type, ...]) -> None:
        """`waits` are the commands that wait for an answer under way."""
        self._session = session
        self._waits = waits
        self._waiting: deque[c.Command] = deque()
        self._closed = False
        self.over = False
        """`Quit` was obeyed."""

    def take(self, command: c.Command) -> None:
        """Obey it, or keep it until its turn."""
        if isinstance(command, self._waits) and (self._waiting or self._session.busy):
            self._waiting.append(command)
        else:
            self._obey(command)

    def close(self) -> None:
        """No more will be taken."""
        self._closed = True

    async def obey_in_turn(self, clock: Clock) -> None:
        """Until it is closed and nothing waits, or all is over."""
        while not self.over and (self._waiting or not self._closed):
            if self._waiting and not self._session.busy:
                self._obey(self._waiting.popleft())
            else:
                await clock.sleep(LOOK)

    def _obey(self, command: c.Command) -> None:
        self._session.obey(command)
        self.over = self.over or isinstance(command, c.Quit)
