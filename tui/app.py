"""The operator's screen: paints the newest picture of a session several times a second, and sends commands.

It owns nothing: events are read and folded elsewhere (`tui.feed`), pictures are drawn by panels, and every
command goes out through `send`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from textual.app import App
from textual.binding import Binding
from textual.filter import ANSIToTruecolor, LineFilter

from core.commands import Command, Quit
from core.errors import OutputError
from tui import acts, keys
from tui.feed import Feed, Reader
from tui.options import Options
from tui.screens.events import Events
from tui.screens.main import Main
from tui.themes import DARK, THEMES
from tui.view import ViewState
from tui.widgets.prompt import Prompt
from tui.words import words

TICKS = 10
"""A second: pictures, at most, while a conversation is live."""
CALM = 2
"""Ticks from one picture to the next otherwise: to wake up costs as much as to find that nothing changed."""
METERS, CALM_METERS = 4, 1
"""Pictures a second that show gauges, live and otherwise."""
PATIENCE = 3.0
"""Seconds that a session may take to end after `quit`, and in which a second `quit` is believed."""


class OperatorScreen(App[None]):
    """Shows a feed until it ends or the operator leaves."""

    CSS_PATH = "voice.tcss"
    TITLE = "Tingshuo 听说"
    AUTO_FOCUS = None
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        *(
            Binding(action.keys, f"key('{action.name}')", show=False, id=action.name, priority=True)
            for action in keys.ACTIONS
        ),
        Binding(keys.LEAVE, "do('quit')", show=False, priority=True),
        Binding(keys.COPY, "copy_or_leave", show=False, priority=True),
    ]

    def __init__(self, feed: Feed, options: Options | None = None) -> None:
        super().__init__()
        self.options = options or Options()
        self.keymap = keys.keymap(self.options.keys or {})
        self._feed, self._reader = feed, Reader(feed)
        self.state = ViewState()
        self.words = words(self.options.language)
        self._tick = 0
        self._asked: int | None = None  # ticks at which leaving was asked for, and `Quit` was sent
        self._leaving: int | None = None
        for theme in THEMES:
            self.register_theme(theme)
        if "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without a look at each line for the terminal's own sixteen colours: themes use none of them."""
        return [each for each in super().get_line_filters() if not isinstance(each, ANSIToTruecolor)]

    def on_mount(self) -> None:
        self.wear(self.options.theme)
        self.set_keymap(self.keymap)
        self.main = Main(self.keymap)
        self.push_screen(self.main)
        self._reader.start()
        self._live = self.set_interval(1 / TICKS, self.paint, pause=True)
        self._calm = self.set_interval(CALM / TICKS, self.paint)

    def paint(self) -> None:
        """Show the newest picture; what did not change is left alone."""
        over, before = self._reader.over, self.state
        gauges = self._due(live=_live(before)) or self.main.stale
        picture = self._reader.picture(gauges=gauges)
        self.state = picture or before
        if _live(self.state) != _live(before):
            gauges = True
            self._pace(live=_live(self.state))
        if picture is not None or self.main.stale or (gauges and self.main.behind):
            self.main.show(self.state, self.words, gauges=gauges)
            if isinstance(self.screen, Events):
                self.screen.show(self.state, self.words)
        if self.state.operator and not before.operator:
            self.main.prompt.open("say")
        if over or (self._leaving is not None and self._tick - self._leaving > PATIENCE * TICKS):
            self.exit()

    def _due(self, *, live: bool) -> bool:
        """Let the time of one picture pass: is it time to show gauges?"""
        ticks, often = (1, METERS) if live else (CALM, CALM_METERS)
        self._tick += ticks
        return self._tick * often // TICKS > (self._tick - ticks) * often // TICKS

    def _pace(self, *, live: bool) -> None:
        """Paint ten times a second, or five."""
        faster, slower = (self._live, self._calm) if live else (self._calm, self._live)
        slower.pause()
        faster.resume()

    def send(self, order: Command) -> None:
        """The one way out for commands."""
        try:
            self._feed.send(order)
        except OutputError as error:
            self.notify(f"{error.message}: {error.hint}", severity="error")

    def on_prompt_typed(self, typed: Prompt.Typed) -> None:
        self.send(typed.order)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key is an action now.

        Asked before the key reaches any widget: of keys that arrive together, the second finds what the first
        has opened, and words in a burst are never commands.
        """
        return action != "key" or acts.hears(self, str(parameters[0]))

    async def action_key(self, name: str) -> None:
        """A key. Escape also closes what lies over the main screen, and leaves the line."""
        if name == "interrupt":
            if self.screen is not self.main:
                await self.run_action("screen.escape")
            self.main.set_focus(None)
        self.action_do(name)

    def action_copy_or_leave(self) -> None:
        """Ctrl-C: what is selected, or else what it means in every terminal."""
        if not acts.copied(self):
            self.leave()

    def action_do(self, name: str) -> None:
        """An action by its name, if it makes sense now: a key, a click, a choice of the palette."""
        action = keys.BY_NAME[name]
        if not action.able(self.state):
            return
        if action.order is not None:
            self.send(action.order(self.state))
        else:
            acts.ACTS[name](self)

    def wear(self, theme: str) -> None:
        """Change the colours."""
        self.theme = theme

    def leave(self) -> None:
        """Quit; a second time, where somebody is in mid-turn and the session would end with the screen."""
        if not self._feed.owned:
            self.exit()
            return
        soon = self._asked is not None and self._tick - self._asked <= PATIENCE * TICKS
        self._asked = self._tick
        if self.state.busy and not soon:
            self.notify(self.words.screen["stops"], severity="warning")
            return
        self._leaving = self._leaving or self._tick
        self.send(Quit())


def _live(state: ViewState) -> bool:
    """Somebody looks at the meters: a turn is under way, or push-to-talk is held."""
    return state.busy or state.talking
