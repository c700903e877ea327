"""What the actions do that send no command by themselves: open a line, a choice, another screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from core.commands import ChooseStyle, ChooseVoice, SwitchScenario
from core.emotion import Style
from tui import keys
from tui.palette import Palette
from tui.screens.events import Events
from tui.screens.over import Help, Jump, Pick
from tui.themes import THEMES
from tui.words import words

if TYPE_CHECKING:
    from tui.app import OperatorScreen

_AUTOMATIC = "automatic"


def hears(app: OperatorScreen, name: str) -> bool:
    """Whether the key of an action means it now, and not a letter of a word or a choice."""
    if keys.BY_NAME[name].anywhere:
        return True
    if isinstance(app.focused, Input) or isinstance(app.screen, ModalScreen):
        return False
    return app.screen is app.main or not name.startswith("scroll")


def copied(app: OperatorScreen) -> bool:
    """Copy what is selected, if anything is."""
    selected = app.screen.get_selected_text()
    if not selected:
        return False
    app.copy_to_clipboard(selected)
    app.screen.clear_selection()
    return True


def _type(app: OperatorScreen, *, say: bool) -> None:
    while app.screen is not app.main:
        app.pop_screen()
    app.main.prompt.open("say" if say else "ask")


def _style(app: OperatorScreen) -> None:
    names = {_AUTOMATIC: app.words.screen["automatic"], **{style: app.words.style(style) for style in Style}}

    def chosen(key: str | None) -> None:
        if key is not None:
            app.send(ChooseStyle(style=None if key == _AUTOMATIC else Style(key)))

    app.push_screen(Pick(app.words.screen["pick_style"], names), chosen)


def _voice(app: OperatorScreen) -> None:
    def chosen(name: str | None) -> None:
        if name is not None:
            app.send(ChooseVoice(voice=name))

    _named(app, "pick_voice", app.state.voices, chosen, now=app.state.speaks)


def _scenario(app: OperatorScreen) -> None:
    def chosen(name: str | None) -> None:
        if name is not None:
            app.send(SwitchScenario(scenario=name))

    _named(app, "pick_scenario", app.options.scenarios, chosen)


def _named(
    app: OperatorScreen,
    title: str,
    names: tuple[str, ...],
    chosen: Callable[[str | None], None],
    *,
    now: str = "",
) -> None:
    says = app.words.screen
    shown = {name: name for name in names}
    app.push_screen(Pick(says[title], shown, free=says["type_other"], now=now), chosen)


def _events(app: OperatorScreen) -> None:
    if isinstance(app.screen, Events):
        app.pop_screen()
    else:
        app.push_screen(Events())
        app.main.stale = True


def _help(app: OperatorScreen) -> None:
    _over(app, Help(_topic(app), app.keymap, app.words))


def _topic(app: OperatorScreen) -> str:
    """The panel that has the focus, or what it is in."""
    if isinstance(app.screen, Events):
        return "events"
    within = () if app.focused is None else app.focused.ancestors_with_self
    return next((node.id for node in within if node.id and node.id in app.words.help), "conversation")


def _jump(app: OperatorScreen) -> None:
    if app.screen is not app.main:
        return

    def chosen(name: str | None) -> None:
        if name is not None:
            app.main.jump(name)

    regions = {name: panel.region for name, panel in app.main.panels().items()}
    app.push_screen(Jump(regions, app.words), chosen)


def _palette(app: OperatorScreen) -> None:
    _over(app, CommandPalette(providers=[Palette], placeholder=app.words.short["palette"]))


def _over(app: OperatorScreen, screen: Screen[None]) -> None:
    if not isinstance(app.screen, ModalScreen):
        app.push_screen(screen)


def _language(app: OperatorScreen) -> None:
    chinese = app.words is words("zh")
    app.words = words("en" if chinese else "zh")
    app.main.stale = True


def _theme(app: OperatorScreen) -> None:
    names = [theme.name for theme in THEMES]
    app.wear(names[(names.index(app.theme) + 1) % len(names)])


def _scroll(app: OperatorScreen, *, up: bool) -> None:
    conversation = app.main.conversation
    act = conversation.scroll_page_up if up else conversation.scroll_page_down
    act(animate=False)


ACTS: Mapping[str, Callable[[OperatorScreen], None]] = {
    "ask": lambda app: _type(app, say=app.state.operator),
    "say": lambda app: _type(app, say=True),
    "style": _style,
    "voice": _voice,
    "scenario": _scenario,
    "events": _events,
    "help": _help,
    "jump": _jump,
    "palette": _palette,
    "language": _language,
    "theme": _theme,
    "first_tab": lambda app: app.main.choose(0),
    "second_tab": lambda app: app.main.choose(1),
    "third_tab": lambda app: app.main.choose(2),
    "scroll_up": lambda app: _scroll(app, up=True),
    "scroll_down": lambda app: _scroll(app, up=False),
    "quit": lambda app: app.leave(),
}
