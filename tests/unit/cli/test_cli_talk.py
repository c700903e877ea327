"""`tingshuo talk`: what typed lines and options mean."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from cli import main as command_line
from cli.talk import typed
from core import commands as c

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("", None),
        ("几点关门", c.Ask(text="几点关门")),
        ("where is / the toilet", c.Ask(text="where is / the toilet")),
        ("/say 请稍等 please", c.Say(text="请稍等 please")),
        ("/reset", c.Reset()),
        ("/stop", c.Interrupt()),
        ("/quit", c.Quit()),
    ],
)
def test_a_typed_line_is_a_question_unless_it_begins_with_a_known_slash(line, command):
    assert typed(line) == command


@pytest.fixture
def conversed(monkeypatch, tmp_path):
    """Options of the conversation that would be held."""
    held = dict[str, object]()
    closed = list[bool]()
    engines = SimpleNamespace(close=lambda: closed.append(True))

    def converse(config, engines, *listeners, **options):
        del engines, listeners
        held.update(options, barge_in=config.session.barge_in)

    def serve(config, **options):
        held.update(options, barge_in=config.session.barge_in, headless=True)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("talk",))
    monkeypatch.setattr("pipeline.assembly.build_engines", lambda config, **_: engines)
    monkeypatch.setattr("pipeline.live.converse", converse)
    monkeypatch.setattr("pipeline.headless.serve", serve)

    def conversed(*words: str) -> dict[str, object]:
        assert command_line.main(["talk", *words]) == 0
        assert closed or "headless" in held
        return held

    return conversed


def test_by_default_it_hears_and_sounds_and_may_be_interrupted(conversed):
    held = conversed()
    assert (held["microphone"], held["loudspeaker"], held["lines"], held["barge_in"]) == (
        True,
        True,
        None,
        True,
    )


def test_typing_needs_no_microphone_and_silence_no_loudspeaker(conversed):
    held = conversed("--text", "--silent")
    assert (held["microphone"], held["loudspeaker"], held["lines"]) == (False, False, sys.stdin)


def test_barge_in_can_be_switched_off_whatever_the_settings_say(conversed):
    assert conversed("--no-barge-in", "--set", "session.barge_in=true")["barge_in"] is False


def test_events_are_served_headless_with_the_same_options(conversed):
    held = conversed("--events", "--text")
    assert (held["headless"], held["microphone"], held["loudspeaker"]) == (True, False, True)


def test_engines_are_closed_when_the_conversation_fails(monkeypatch, tmp_path):
    closed = list[bool]()

    def broken(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("talk",))
    monkeypatch.setattr(
        "pipeline.assembly.build_engines",
        lambda config, **_: SimpleNamespace(close=lambda: closed.append(True)),
    )
    monkeypatch.setattr("pipeline.live.converse", broken)
    assert command_line.main(["talk"]) == 130
    assert closed
