"""What lies over the main screen for a moment: a choice, the help, letters to jump by. Escape closes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Offset, Region
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui import keys
from tui.draw.ink import DIM, fitted, ink
from tui.words import Words

T = TypeVar("T")
LETTERS = {
    "conversation": "c", "turn": "t", "decision": "d", "links": "l", "latency": "y", "engines": "e",
    "machine": "m", "input": "i",
}  # fmt: skip


class Over(ModalScreen[T]):
    """Closed by escape, without an answer."""

    def action_escape(self) -> None:
        self.dismiss(None)


class Pick(Over[str]):
    """One of several names; where `free`, also one that is typed. The answer is the name's key.

    Args:
        names: key to what is shown.
        free: what the line for other names says; empty for no such line.
        now: key of the one in force, which is marked and where the choice begins; empty marks none.
    """

    def __init__(self, title: str, names: Mapping[str, str], *, free: str = "", now: str = "") -> None:
        super().__init__()
        self._title, self._names, self._free, self._now = title, names, free, now

    def compose(self) -> ComposeResult:
        with Vertical(classes="over") as box:
            box.border_title = self._title
            if self._names:
                yield OptionList(*self._options(), compact=True)
            if self._free:
                yield Input(placeholder=self._free, compact=True, max_length=200)

    def on_mount(self) -> None:
        self.query("OptionList, Input").first().focus()
        for line in self.query(Input):
            line.cursor_blink = False
        if self._now in self._names:
            self.query_one(OptionList).highlighted = list(self._names).index(self._now)

    def _options(self) -> Iterator[Option]:
        for key, shown in self._names.items():
            mark = "● " if key == self._now else "  "
            yield Option(f"{mark}{shown}" if self._now else shown, id=key)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(event.value.strip())


class Help(Over[None]):
    """What the focused panel shows, then every key."""

    def __init__(self, topic: str, keymap: Mapping[str, str], words: Words) -> None:
        super().__init__()
        self._topic, self._keymap, self._words = topic, keymap, words

    def compose(self) -> ComposeResult:
        says = self._words.screen
        with VerticalScroll(classes="over") as box:
            box.border_title = says[self._topic]
            box.border_subtitle = says["help_close"]
            yield Static(self._words.help[self._topic])
            yield Static(ink((f"\n{says['help_title']}", "bold $primary")))
            yield Static(Content("\n").join(self._rows()))

    def _rows(self) -> Sequence[Content]:
        return [
            ink(
                (fitted(" ".join(map(keys.sign, self._keymap[action.name].split(","))), 10), "bold"),
                (self._words.actions[action.name], DIM),
            )
            for action in keys.ACTIONS
        ]


class Jump(Over[str]):
    """A letter on each panel; pressing it goes there.

    Args:
        regions: panel to where it is; what is not shown now has no region.
    """

    def __init__(self, regions: Mapping[str, Region], words: Words) -> None:
        super().__init__()
        self._regions, self._words = regions, words

    def compose(self) -> ComposeResult:
        for name, region in self._regions.items():
            if region.area:
                label = Static(f" {LETTERS[name]} ", classes="letter")
                label.absolute_offset = Offset(region.x + 1, region.y)
                yield label
        told = " ".join(f"[b]{letter}[/b] {self._words.screen[name]} " for name, letter in LETTERS.items())
        yield Static(f" {told}", id="letters")

    def on_key(self, event: events.Key) -> None:
        event.stop()
        for name, letter in LETTERS.items():
            if event.key == letter:
                self.dismiss(name)
