"""The main screen: state on top, the conversation, what it rests on beside it, and where to type.

With room to spare everything is there at once; below `WIDE` columns or `TALL` rows the parts are tabs, and
below `NARROW` columns only the conversation and the state are left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.screen import Screen
from textual.widget import Widget

from tui.draw import decision, header, health, turn
from tui.view import ViewState
from tui.widgets.conversation import Conversation
from tui.widgets.kept import Kept
from tui.widgets.panel import Panel
from tui.widgets.prompt import Prompt
from tui.widgets.strips import Keys, Notices, Tabs
from tui.words import Words

WIDE, NARROW, TALL = 100, 60, 40
TABBED = {"conversation": 0, "turn": 1, "decision": 1, "links": 2, "latency": 2, "engines": 2, "machine": 2}
"""Panel to the tab that holds it."""


class Body(Kept, Horizontal):
    """The conversation, and what it rests on."""


class Side(Kept, Container):
    """What it rests on."""


class Main(Kept, Screen[None]):
    """Shown most of the time."""

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self.tab = 0
        self.stale = True
        """Something has changed that is not in the picture."""
        self.behind = False
        """The panels of gauges show an older picture than the others."""
        self.conversation = Conversation()
        self.prompt = Prompt()
        self._keys, self._tabs, self._notices = Keys(keymap), Tabs(), Notices()
        self._top: list[Panel[Any]] = [
            Panel("state", header.state_of, header.draw_state, framed=False),
            Panel("levels", header.levels_of, header.draw_levels, framed=False, slow=True),
        ]
        self._side: list[Panel[Any]] = [
            Panel("turn", turn.turn_of, turn.draw_turn, title=turn.title),
            Panel("decision", decision.decision_of, decision.draw_decision),
            Panel("links", health.links_of, health.draw_links, slow=True),
            Panel("latency", health.latency_of, health.draw_latency),
            Panel("engines", health.engines_of, health.draw_engines, slow=True),
            Panel("machine", health.machine_of, health.draw_machine, slow=True),
        ]

    def compose(self) -> ComposeResult:
        yield from self._top
        yield self._tabs
        with Body(id="body"):
            yield self.conversation
            with Side(id="side"):
                yield from self._side
        yield self._notices
        yield self.prompt
        yield self._keys

    def on_mount(self) -> None:
        self.choose(0)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < WIDE or event.size.height < TALL, "tabbed")
        self.set_class(event.size.width < NARROW, "tiny")

    def show(self, state: ViewState, words: Words, *, gauges: bool) -> None:
        """Paint what changed.

        Args:
            gauges: also what shows gauges.
        """
        self.stale, self.behind = False, not gauges
        for panel in (*self._top, *self._side):
            if gauges or not panel.slow:
                panel.show(state, words)
        self.conversation.show(state, words)
        self._tabs.show(self.tab, words)
        self._notices.show(state, words)
        self.prompt.show(words)
        self._keys.show(state, words)

    def choose(self, tab: int) -> None:
        """Show a tab, where there are tabs."""
        self.tab, self.stale = tab, True
        for index in range(3):
            self.set_class(index == tab, f"tab-{index}")

    def panels(self) -> dict[str, Widget]:
        """What may be jumped to, in reading order."""
        return {
            "conversation": self.conversation,
            **{panel.id or "": panel for panel in self._side},
            "input": self.prompt,
        }

    def jump(self, name: str) -> None:
        """Focus a panel, wherever it is."""
        if name == "input":
            self.prompt.open("ask")
            return
        self.choose(TABBED[name])
        self.panels()[name].focus()
