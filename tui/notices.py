"""What an operator should see at once: the few events that are worth a line of their own. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core import events as e
from tui.view import Notice, Tone

LASTS = 15.0
"""Session seconds that a notice is shown."""


def notice_of(event: e.Event) -> Notice | None:
    """The line an event is worth; most are worth none."""
    if isinstance(event, e.PolicyChanged):
        details = event.policy[:15] if not event.error else event.error.splitlines()[0]
        word = "policy_refused" if event.error else "policy_taken"
        return Notice(at=event.at, tone="error" if event.error else "info", word=word, details=details)
    found = _NOTICES.get(type(event))
    if found is None:
        return None
    tone, word, details = found
    return Notice(at=event.at, tone=tone, word=word, details=details(event))


def _problem(event: Any) -> str:
    return f"[{event.code}] {event.message}" + (f": {event.hint}" if event.hint else "")


_NOTICES: dict[type, tuple[Tone, str, Callable[[Any], str]]] = {
    e.CommandRefused: ("error", "refused", lambda event: f"{event.command} {_problem(event)}"),
    e.TurnFailed: ("error", "turn_failed", _problem),
    e.DeviceLost: ("error", "device_lost", lambda event: f"{event.device} {_problem(event)}"),
    e.Overrun: ("error", "overrun", lambda event: f"{event.where}: {event.frames}"),
    e.EventsMissed: ("warning", "missed", lambda event: str(event.events)),
    e.StaffCalled: ("warning", "staff_wanted", lambda event: event.because),
    e.SessionSaved: ("info", "saved", lambda event: event.file),
    e.VoiceChanged: ("info", "voice_now", lambda event: event.voice),
    e.ScenarioChanged: ("info", "scenario_now", lambda event: event.scenario),
}
