"""Where the operator types: as a customer would ask, or as the agent speaks."""

from __future__ import annotations

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from core import commands as c
from tui.widgets.kept import Kept
from tui.words import Words

LONGEST = 1000
"""Characters of one input: a command is one line that a pipe takes whole."""
Mode = Literal["ask", "say"]


class Prompt(Kept, Horizontal):
    """One line of input, in one of two modes."""

    class Typed(Message):
        """Words were sent."""

        def __init__(self, order: c.Command) -> None:
            super().__init__()
            self.order = order

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self._mode: Mode = "ask"
        self._label = Static(id="mode")
        self._input = Input(id="input", compact=True, max_length=LONGEST, select_on_focus=False)
        self._input.cursor_blink = False
        self._words: Words | None = None

    def compose(self) -> ComposeResult:
        yield self._label
        yield self._input

    def show(self, words: Words) -> None:
        """In these words."""
        if words is not self._words:
            self._words = words
            self._name_it()

    def open(self, mode: Mode) -> None:
        """Type in this mode from now on; the very next key is a word's."""
        self._mode = mode
        self._name_it()
        self.screen.set_focus(self._input)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self._input.clear()
        if text:
            self.post_message(self.Typed(c.Say(text=text) if self._mode == "say" else c.Ask(text=text)))

    def _name_it(self) -> None:
        if self._words is None:
            return
        self.set_class(self._mode == "say", "say")
        self._label.update(
            f" {'◆' if self._mode == 'say' else '›'} {self._words.screen[f'{self._mode}_prompt']} "
        )
        self._input.placeholder = self._words.screen[f"{self._mode}_hint"]
