"""Who gets the screen, what the conversation behind it is started with, and what is told when one of them ends."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

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


class _Started:
    """Stands for the conversation."""

    status = 6
    told = ("error [device]: none", "  hint: plug one in")

    def __init__(self, done: list[object], words, path):
        self._done = done
        done.append([*words, path])

    def end(self):
        self._done.append("ended")
        return self.status

    def close(self):
        self._done.append("let go")


@pytest.fixture
def done(monkeypatch, tmp_path):
    """What a screen did to its conversation: options and socket first."""
    done = list[object]()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(command_line, "COMMANDS", ("talk",))
    monkeypatch.setattr("cli.started.Started", partial(_Started, done))
    monkeypatch.setattr("tui.app.OperatorScreen.run", lambda app: None)
    monkeypatch.setattr(screen, "wanted", lambda *streams: True)
    return done


def test_on_a_terminal_talk_starts_itself_headless_with_the_same_options(done, tmp_path, capsys):
    (tmp_path / "a.toml").write_text("")
    words = ["--text", "--silent", "--no-barge-in", "--config", "a.toml", "--set", "session.visit_timeout=9"]
    assert command_line.main(["talk", *words]) == 6
    assert done == [[*words, tmp_path / "tingshuo" / "talk.socket"], "ended", "let go"]
    assert capsys.readouterr().err == "error [device]: none\n  hint: plug one in\n"


def test_the_conversation_listens_where_it_is_told_to(done):
    command_line.main(["talk", "--listen", "hall.socket"])
    assert done[0] == [Path("hall.socket")]


@pytest.mark.parametrize(("words", "shown"), [([], ""), (["--listen", "a.socket"], " a.socket")])
def test_a_screen_that_fails_lets_its_conversation_go_on_and_says_how_to_reach_it(
    done, monkeypatch, capsys, words, shown
):
    monkeypatch.setattr("tui.app.OperatorScreen.return_code", 1)
    assert command_line.main(["talk", *words]) == 1
    assert done[1:] == ["let go"]
    told = capsys.readouterr().err
    assert f"`tingshuo watch{shown}` shows it, `tingshuo watch{shown} --send Quit` ends it" in told


def test_ctrl_c_before_there_is_a_screen_ends_the_conversation_too(done, monkeypatch):
    def interrupted(app):
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.app.OperatorScreen.run", interrupted)
    assert command_line.main(["talk"]) == 130
    assert done[1:] == ["ended", "let go"]


def test_where_a_conversation_runs_there_is_no_second(done, monkeypatch, capsys):
    monkeypatch.setattr("pipeline.attachment.attach", lambda path: io.StringIO())
    assert command_line.main(["talk"]) == 8
    assert not done
    told = capsys.readouterr().err
    assert "error [output.socket-taken]" in told
    assert "`tingshuo watch --send Quit` ends it" in told


def test_a_setting_that_is_wrong_is_told_before_there_is_a_screen(done, capsys):
    assert command_line.main(["talk", "--set", "session.nothing=1"]) == 3
    assert not done
    assert "nothing" in capsys.readouterr().err


def test_plain_has_no_screen(done, monkeypatch):
    def build_engines(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.assembly.build_engines", build_engines)
    assert command_line.main(["talk", "--plain"]) == 130
    assert not done


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
