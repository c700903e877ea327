"""The second screen: everything that happened, one line an event, the newest below."""

from __future__ import annotations

from dataclasses import fields

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Log

from core.events import Event
from tui.fold import LOG
from tui.view import ViewState
from tui.words import Words


def event_line(event: Event) -> str:
    """Time, type and fields."""
    told = (
        f"{field.name}={getattr(event, field.name)!s}"
        for field in fields(event)
        if field.name != "at" and getattr(event, field.name) not in ("", (), None)
    )
    return f"{event.at:9.3f}  {type(event).__name__:<20} {'  '.join(told)}".replace("\n", " · ")


class Events(Screen[None]):
    """Opened and closed with the same key."""

    def __init__(self) -> None:
        super().__init__()
        self._log = Log(max_lines=LOG, classes="framed")
        self._logged = 0

    def compose(self) -> ComposeResult:
        yield self._log

    def on_mount(self) -> None:
        self._log.focus()

    def show(self, state: ViewState, words: Words) -> None:
        """Add what is new; after another session has begun, everything."""
        self._log.border_title = words.screen["events"]
        if state.logged < self._logged:
            self._log.clear()
            self._logged = 0
        fresh = min(state.logged - self._logged, len(state.log))
        self._logged = state.logged
        if fresh:
            self._log.write_lines(event_line(event) for event in state.log[len(state.log) - fresh :])

    def action_escape(self) -> None:
        self.dismiss()
