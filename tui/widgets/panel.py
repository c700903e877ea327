"""A framed or bare piece of the screen.

Drawn anew when its slice of the picture changed; painted are the lines that then look otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Generic, TypeVar

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from tui.view import ViewState
from tui.widgets.kept import Kept
from tui.words import Words

S = TypeVar("S")


class Panel(Kept, Widget, Generic[S]):
    """Draws one slice.

    Args:
        name: its id, and its title's and its help's word.
        take: its slice of the picture.
        draw: the slice as text, so many cells wide.
        title: what its frame says; None for the word of its name.
        slow: shows gauges, which change all the time and need not be followed.
        framed: has a border, may have the focus.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[ViewState], S],
        draw: Callable[[S, Words, int], Content],
        *,
        title: Callable[[S, Words], str] | None = None,
        slow: bool = False,
        framed: bool = True,
    ) -> None:
        super().__init__(id=name, classes="framed" if framed else "")
        self.slow = slow
        self.can_focus = framed
        self._word, self._framed = name, framed
        self._take, self._draw, self._title = take, draw, title
        self._latest: tuple[S, Words] | None = None
        self._width: int = 0
        """Cells that `_latest` was drawn for."""
        self._drawn = Content()

    def show(self, state: ViewState, words: Words) -> None:
        """Draw it, if it would look otherwise than it does."""
        wanted = (self._take(state), words)
        if wanted != self._latest:
            self._latest, self._width = wanted, 0
            self._redraw()

    def on_resize(self) -> None:
        self._redraw()

    def render(self) -> Content:
        return self._drawn

    def _redraw(self) -> None:
        width = self.content_size.width
        if self._latest is None or width == self._width:
            return
        self._width = width
        taken, words = self._latest
        before, self._drawn = self._drawn, self._draw(taken, words, width)
        changed = list(_changed(before.split(), self._drawn.split()))
        if changed:
            self.refresh(*(Region(0, row, width, 1) for row in changed))
        if self._framed:
            title = words.screen[self._word] if self._title is None else self._title(taken, words)
            if self.border_title != title:
                self.border_title = title


def _changed(before: Sequence[Content], after: Sequence[Content]) -> Iterator[int]:
    """Rows that look otherwise."""
    nothing = Content()
    for row, (old, new) in enumerate(zip_longest(before, after, fillvalue=nothing)):
        if not new.is_same(old):
            yield row
