"""Strips of one line: the keys, the tabs, and what an operator should see at once."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from tui import keys
from tui.draw.ink import TONES, ink
from tui.notices import LASTS
from tui.view import ViewState
from tui.widgets.kept import Kept
from tui.words import Words

TABS = ("first_tab", "second_tab", "third_tab")


class Keys(Kept, Static):
    """The keys that make sense now, the most needed first; a click does what the key does."""

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__(id="keys")
        self._keymap = keymap
        self._latest: tuple[tuple[tuple[str, str], ...], Words] | None = None

    def show(self, state: ViewState, words: Words) -> None:
        actions = [keys.BY_NAME[name] for name in keys.SHOWN]
        wanted = (tuple((action.name, action.word(state)) for action in actions if action.able(state)), words)
        if wanted != self._latest:
            self._latest = wanted
            self.on_resize()

    def on_resize(self) -> None:
        if self._latest is None:
            return
        able, words = self._latest
        pieces, room = list[Content](), self.size.width - 1
        for name, word in able:
            key, short = keys.sign(self._keymap[name]), words.short[word]
            room -= cell_len(key) + cell_len(short) + 3
            if room >= 0:
                pieces.append(
                    Content.from_markup(
                        f" [@click=app.do('{name}')][bold $primary]$key[/] $short[/] ", key=key, short=short
                    )
                )
        self.update(Content("").join(pieces), layout=False)


class Tabs(Kept, Static):
    """Which part is shown, where there is no room for all."""

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._shown: object = None

    def show(self, chosen: int, words: Words) -> None:
        if (wanted := (chosen, words)) == self._shown:
            return
        self._shown = wanted
        self.update(
            Content("").join(
                Content.from_markup(
                    f"[@click=app.do('{name}')][{'bold reverse $primary' if index == chosen else '$dim'}]"
                    " $number $title [/][/] ",
                    number=str(index + 1),
                    title=words.short[name],
                )
                for index, name in enumerate(TABS)
            ),
            layout=False,
        )


class Notices(Kept, Static):
    """The newest notice, for a while."""

    def __init__(self) -> None:
        super().__init__(id="notice")
        self._shown: object = None

    def show(self, state: ViewState, words: Words) -> None:
        notice = state.notice
        if notice is not None and state.now - notice.at > LASTS:
            notice = None
        if (wanted := (notice, words)) == self._shown:
            return
        self._shown = wanted
        self.display = notice is not None
        if notice is not None:
            glyph, style = TONES[notice.tone]
            self.update(
                ink((f" {glyph} {words.screen[notice.word]} ", f"bold {style}"), notice.details), layout=False
            )
