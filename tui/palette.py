"""The command palette: every action that makes sense now, and each style and set of colours by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from core.commands import ChooseStyle
from core.emotion import Style
from tui import keys
from tui.themes import THEMES

if TYPE_CHECKING:
    from tui.app import OperatorScreen


class Palette(Provider):
    """Asked by Textual."""

    async def discover(self) -> Hits:
        for name, act in self._entries():
            yield DiscoveryHit(name, act)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, act in self._entries():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), act)

    def _entries(self) -> Iterator[tuple[str, Callable[[], object]]]:
        app = cast("OperatorScreen", self.app)
        words = app.words
        for action in keys.ACTIONS:
            if action.able(app.state) and action.name != "palette":
                yield words.actions[action.name], partial(app.action_do, action.name)
        if keys.BY_NAME["style"].able(app.state):
            about = words.actions["style"].partition(":")[0].partition("：")[0]
            for style in Style:
                yield f"{about}: {words.style(style)}", partial(app.send, ChooseStyle(style=style))
        for theme in THEMES:
            yield f"{words.actions['theme']}: {words.themes[theme.name]}", partial(app.wear, theme.name)
