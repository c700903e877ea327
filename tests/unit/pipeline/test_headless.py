"""The pipeline without a face, in this process: events alone on stdout, commands alone from stdin."""

from __future__ import annotations

import os
import sys

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.errors import DeviceError
from pipeline import headless
from pipeline.config import Config
from tests.recorded_sessions import Cast

pytestmark = pytest.mark.unit

CONFIG = Config.model_validate({"audio": {"silero": False}})


@pytest.fixture
def typed(monkeypatch):
    """Makes lines the standard input."""
    opened = []

    def typed(*lines: str) -> None:
        reader, writer = os.pipe()
        os.write(writer, "".join(f"{line}\n" for line in lines).encode())
        os.close(writer)
        opened.append(os.fdopen(reader))
        monkeypatch.setattr(sys, "stdin", opened[-1])

    yield typed
    for stream in opened:
        stream.close()


@pytest.fixture
def engines(monkeypatch):
    """Fakes, one of which prints as libraries do."""
    engines = Cast().engines(CONFIG)
    monkeypatch.setattr(headless, "build_engines", lambda _: engines)
    transcribe = engines.voice.synthesize

    def printing(sentence):
        os.write(1, b"loading 100%\n")
        return transcribe(sentence)

    monkeypatch.setattr(engines.voice, "synthesize", printing)
    return engines


def test_a_typed_conversation_is_events_and_nothing_else_on_stdout(typed, engines, capfd, caplog):
    typed(
        "",
        wire.encode(c.Say(text="您好。")),
        "good day",
        wire.encode(e.VisitReset(at=1.0)),
        wire.encode(c.Quit()),
    )
    headless.serve(CONFIG, microphone=False, loudspeaker=False)
    os.write(1, b"afterwards\n")
    out, err = capfd.readouterr()
    *lines, last = out.splitlines()
    events = [wire.decode(line) for line in lines]
    assert last == "afterwards"
    assert [event.command for event in events if isinstance(event, e.CommandTaken)] == ["Say", "Quit"]
    assert "loading 100%" in err
    assert "ignored [input.wire]" in caplog.text
    assert "is an event, not a command" in caplog.text
    assert engines.voice.closed


def test_what_keeps_it_from_talking_is_raised_and_stdout_is_everybodys_again(
    typed, engines, capfd, monkeypatch
):
    def refuse(*_, **__):
        raise DeviceError("no microphone", code="missing", hint="plug one in")

    typed()
    monkeypatch.setattr(headless, "converse", refuse)
    with pytest.raises(DeviceError):
        headless.serve(CONFIG, microphone=True, loudspeaker=True)
    os.write(1, b"afterwards\n")
    assert capfd.readouterr().out == "afterwards\n"
    assert engines.voice.closed
