"""The conversation: one widget for each entry, so that only what changed is laid out and painted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.widget import Widget
from textual.widgets import Static

from tui.draw.entry import draw_entry
from tui.view import Entry, ViewState
from tui.widgets.kept import Kept
from tui.words import Words


class EntryLine(Kept, Widget):
    """One entry, wrapped to whatever width there is."""

    def __init__(self, entry: Entry, words: Words) -> None:
        super().__init__()
        self._entry, self._words = entry, words
        self._drawn: tuple[int, list[Content]] = (0, [])
        """Width and lines: a layout asks every entry how high it is."""

    def show(self, entry: Entry, words: Words) -> None:
        if (entry, words) != (self._entry, self._words):
            width, before = self._drawn
            self._entry, self._words, self._drawn = entry, words, (0, [])
            self.refresh(layout=len(self._lines(width)) != len(before))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self._lines(width))

    def render(self) -> Content:
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, width: int) -> list[Content]:
        if width != self._drawn[0]:
            self._drawn = (width, draw_entry(self._entry, self._words, width))
        return self._drawn[1]


class Conversation(Kept, VerticalScroll):
    """All that are kept; stays at the newest unless somebody has scrolled away."""

    def __init__(self) -> None:
        super().__init__(id="conversation", classes="framed")
        self._lines: dict[str, EntryLine] = {}
        self._empty = Static(id="empty")
        self._shown: tuple[Sequence[Entry], Words] | None = None

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        """What comes and goes changes neither the frame nor the background."""
        return super().refresh(*regions, repaint=repaint and not layout, layout=layout, recompose=recompose)

    def on_mount(self) -> None:
        self.mount(self._empty)
        self.anchor()

    def show(self, state: ViewState, words: Words) -> None:
        """Bring the widgets up to the picture."""
        if self._shown == (state.entries, words):
            return
        if self._shown is None or self._shown[1] != words:
            self.border_title = words.screen["conversation"]
            self._empty.update(words.screen["no_conversation"])
        self._shown = (state.entries, words)
        self._empty.display = not state.entries
        wanted = {entry.key: entry for entry in state.entries}
        for key in self._lines.keys() - wanted.keys():
            self._lines.pop(key).remove()
        fresh: list[EntryLine] = []
        for key, entry in wanted.items():
            line = self._lines.get(key)
            if line is not None:
                line.show(entry, words)
            else:
                fresh.append(self._lines.setdefault(key, EntryLine(entry, words)))
        if fresh:
            self.mount_all(fresh)
