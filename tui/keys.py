"""Everything an operator can do: its name, its key, when it makes sense and what it sends. The one list.

Names are what settings, the palette and words.toml call an action. An action either sends one command or
opens something on the screen.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core import commands as c
from core.errors import ConfigError
from tui.view import Phase, ViewState


def _always(state: ViewState) -> bool:
    del state
    return True


def _running(state: ViewState) -> bool:
    return state.phase not in {Phase.STARTING, Phase.ENDED}


def _hears(state: ViewState) -> bool:
    return _running(state) and state.lost is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do."""

    name: str
    keys: str
    """As Textual calls them; several are separated by commas."""
    order: Callable[[ViewState], c.Command] | None = None
    """The command it sends; None: the screen itself does something."""
    able: Callable[[ViewState], bool] = _always
    """Whether it makes sense now."""
    on: Callable[[ViewState], bool] | None = None
    """Whether it would switch something off; then its word is that of `name` with `_off` behind it."""
    anywhere: bool = False
    """Also while words are typed."""

    def word(self, state: ViewState) -> str:
        """Its name in the tables of short words."""
        return f"{self.name}_off" if self.on is not None and self.on(state) else self.name


ACTIONS = (
    Action(
        name="microphone",
        keys="m",
        order=lambda now: c.Unmute() if now.muted else c.Mute(),
        able=_hears,
        on=lambda now: now.muted,
    ),
    Action(name="interrupt", keys="escape", order=lambda _: c.Interrupt(), able=_running, anywhere=True),
    Action(name="ask", keys="slash,enter", able=_running),
    Action(name="say", keys="s", able=_running),
    Action(
        name="control",
        keys="t",
        order=lambda now: c.HandBack() if now.operator else c.TakeOver(),
        able=_running,
        on=lambda now: now.operator,
    ),
    Action(
        name="talk",
        keys="space",
        order=lambda now: c.StopTalking() if now.talking else c.StartTalking(),
        able=_hears,
        on=lambda now: now.talking,
    ),
    Action(name="style", keys="y", able=_running),
    Action(name="voice", keys="v", able=_running),
    Action(name="scenario", keys="c", able=_running),
    Action(name="policy", keys="p", order=lambda _: c.ReloadPolicy(), able=_running),
    Action(name="save", keys="w", order=lambda _: c.SaveSession(), able=_running),
    Action(name="reset", keys="r", order=lambda _: c.Reset(), able=_running),
    Action(name="events", keys="e"),
    Action(name="jump", keys="ctrl+o", anywhere=True),
    Action(name="help", keys="question_mark,f1"),
    Action(name="palette", keys="ctrl+p", anywhere=True),
    Action(name="language", keys="l"),
    Action(name="theme", keys="d"),
    Action(name="first_tab", keys="1"),
    Action(name="second_tab", keys="2"),
    Action(name="third_tab", keys="3"),
    Action(name="scroll_up", keys="k,pageup"),
    Action(name="scroll_down", keys="j,pagedown"),
    Action(name="quit", keys="q"),
)
LEAVE, COPY = "ctrl+q", "ctrl+c"
"""Always quit, whatever the settings say; Ctrl-C copies what is selected, if anything is."""
BY_NAME = {action.name: action for action in ACTIONS}
SHOWN = (
    "microphone", "interrupt", "ask", "say", "control", "help", "palette", "quit", "talk", "style", "reset",
    "events", "jump", "language", "theme", "save", "policy", "voice", "scenario",
)  # fmt: skip
"""For the row of keys, the most needed first; what does not fit is left out."""
_SIGNS = {
    "escape": "esc", "slash": "/", "question_mark": "?", "pageup": "pgup", "pagedown": "pgdn",
}  # fmt: skip


def keymap(wanted: Mapping[str, str]) -> dict[str, str]:
    """Keys of every action, with what a site wants otherwise.

    Args:
        wanted: action to keys, as Textual calls them.

    Raises:
        ConfigError: an action is unknown, two would have the same key, or one that must work while words
            are typed would be a letter.
    """
    for name in wanted:
        if name not in BY_NAME:
            close = difflib.get_close_matches(name, BY_NAME, n=1)
            meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(BY_NAME)}"
            raise ConfigError(f"no action is called {name!r}", code="keys", hint=meant)
    keys = {action.name: wanted.get(action.name, action.keys) for action in ACTIONS}
    taken: dict[str, str] = {}
    for name, several in keys.items():
        for key in several.split(","):
            if len(key) == 1 and BY_NAME[name].anywhere:
                raise ConfigError(
                    f"{name} must work while words are typed, and {key!r} is typed too",
                    code="keys",
                    hint="choose escape, a function key or one with ctrl",
                )
            if taken.setdefault(key, name) != name:
                raise ConfigError(
                    f"the key {key!r} is wanted by {taken[key]} and by {name}", code="keys", hint="change one"
                )
    return keys


def sign(keys: str) -> str:
    """The first key, as it is printed on keyboards."""
    first = keys.split(",", 1)[0]
    return _SIGNS.get(first, first.replace("ctrl+", "^"))
