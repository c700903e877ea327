"""The history of a session, as far as somebody who comes late needs it to draw the present. Pure.

Whole turns, the newest, and of what outlasts them (muted, forced, recorded …) the newest word. What a command
came to is news for those who were there, and measurements come again.
"""

from __future__ import annotations

from collections import deque

from core import events as e

MOST_TURNS = 60
"""As many as a screen takes percentiles of, and some for those that nobody answered."""
MOST_EVENTS = 4000
"""Kept at most, whatever the turns hold: 3 MB of events."""
_LASTING = (
    e.MicrophoneMuted,
    e.StyleForced,
    e.VoiceChanged,
    e.ControlChanged,
    e.ScenarioChanged,
    e.Recording,
    e.PolicyChanged,
    e.DeviceLost,
)
_PASSING = (e.Gauge, e.CommandTaken, e.CommandRefused, e.SessionSaved, e.Overrun)


class History:
    """Feed it every event in order."""

    def __init__(self) -> None:
        self._started: e.SessionStarted | None = None
        self._lasting: dict[type, e.Event] = {}
        """Those that are older than what `_newest` holds."""
        self._newest: deque[e.Event] = deque()
        self._turns: deque[int] = deque()

    def note(self, event: e.Event) -> None:
        """Take the next event."""
        if isinstance(event, e.SessionStarted):
            self._started = event
            return
        if isinstance(event, _PASSING):
            return
        self._newest.append(event)
        turn = _turn_of(event)
        if turn is not None and (not self._turns or turn > self._turns[-1]):
            self._turns.append(turn)
        while len(self._turns) > MOST_TURNS or (len(self._newest) > MOST_EVENTS and len(self._turns) > 1):
            self._forget_a_turn()
        while len(self._newest) > MOST_EVENTS:
            self._forget()

    def events(self) -> list[e.Event]:
        """What to begin with, in the order in which it happened."""
        started = [] if self._started is None else [self._started]
        return [*started, *sorted(self._lasting.values(), key=lambda event: event.at), *self._newest]

    def _forget_a_turn(self) -> None:
        """The oldest, to the first event of the next."""
        self._turns.popleft()
        following = self._turns[0]
        while (turn := _turn_of(self._newest[0])) is None or turn < following:
            self._forget()

    def _forget(self) -> None:
        event = self._newest.popleft()
        if isinstance(event, _LASTING):
            self._lasting[type(event)] = event


def _turn_of(event: e.Event) -> int | None:
    turn: int | None = getattr(event, "turn", None)
    return turn
