"""Who gets the screen, what the conversation behind it is started with, and what is told when it failed."""

from __future__ import annotations

import io
import sys

import pytest

from cli import main as command_line
from cli import screen
from core.errors import ConfigError
from pipeline.config import Config

pytestmark = pytest.mark.unit


class _Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize(
    ("stdin", "stdout", "term", "expected"),
    [
        (True, True, "xterm", True),
        (True, False, "xterm", False),
        (False, True, "xterm", False),
        (True, True, "dumb", False),
        (True, True, None, False),
    ],
)
def test_the_screen_needs_a_person_at_a_terminal(monkeypatch, stdin, stdout, term, expected):
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    assert screen.wanted(_Stream(terminal=stdin), _Stream(terminal=stdout)) is expected


def test_the_last_error_is_told_with_its_hint_and_without_what_libraries_wrote():
    told = ["noise", "error [a]: first", "  hint: x", "noise", "error [b]: second", "  hint: y"]
    assert screen.last_words(told) == ["error [b]: second", "  hint: y"]
    assert screen.last_words(["Traceback", "KeyError"]) == ["Traceback", "KeyError"]


class _Child:
    """Stands for the conversation."""

    status = 6
    told = ("error [device]: none", "  hint: plug one in")
    commands: list[list[str]]

    def __init__(self, command, environment):
        self.commands.append(command)
        assert environment["PYTHONPATH"].startswith(str(screen.HOUSE))

    def close(self):
        pass


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Commands that a screen would have started."""
    _Child.commands = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("talk",))
    monkeypatch.setattr("tui.feed.Child", _Child)
    monkeypatch.setattr("tui.app.OperatorScreen.run", lambda app: None)
    monkeypatch.setattr(screen, "wanted", lambda *streams: True)
    return _Child.commands


def test_on_a_terminal_talk_starts_itself_headless_with_the_same_options(commands, tmp_path, capsys):
    (tmp_path / "a.toml").write_text("")
    words = ["--text", "--silent", "--no-barge-in", "--config", "a.toml", "--set", "session.visit_timeout=9"]
    assert command_line.main(["talk", *words]) == 6
    (command,) = commands
    assert command[:5] == [sys.executable, "-P", "-m", "cli.main", "talk"]
    assert command[5:] == ["--events", *words]
    assert capsys.readouterr().err == "error [device]: none\n  hint: plug one in\n"


def test_a_setting_that_is_wrong_is_told_before_there_is_a_screen(commands, capsys):
    assert command_line.main(["talk", "--set", "session.nothing=1"]) == 3
    assert not commands
    assert "nothing" in capsys.readouterr().err


def test_plain_has_no_screen(commands, monkeypatch):
    def build_engines(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.assembly.build_engines", build_engines)
    assert command_line.main(["talk", "--plain"]) == 130
    assert not commands


def _options(*keys: str, theme: str = "dark"):
    config = Config()
    wanted = config.screen.model_copy(update={"keys": keys, "theme": theme})
    return screen.options_of(config.model_copy(update={"screen": wanted}))


def test_a_site_may_want_other_keys_and_colours():
    options = _options("microphone=f2", "say = ctrl+s", theme="contrast")
    assert options.keys == {"microphone": "f2", "say": "ctrl+s"}
    assert options.theme == "tingshuo-contrast"
    assert _options().keys is None


@pytest.mark.parametrize(("entry", "fault"), [("dance=f2", "no action"), ("say", "not action=key")])
def test_keys_that_cannot_be_used_are_refused_before_anything_starts(entry, fault):
    with pytest.raises(ConfigError, match=fault):
        _options(entry)
