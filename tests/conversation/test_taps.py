"""A live session is recorded where that is asked for: typed, without devices, on threads, in real time."""

from __future__ import annotations

import os

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.errors import OutputError
from pipeline.config import Config
from pipeline.live import converse
from pipeline.replay import read_session, replay
from tests.recorded_sessions import Cast

pytestmark = pytest.mark.conversation


def talk(config: Config) -> list[str]:
    """Ask one question, by a pipe; the events as on the wire."""
    events: list[str] = []
    engines = Cast().engines(config)
    reader, writer = os.pipe()
    os.write(writer, "你们几点上班\n".encode())
    os.close(writer)
    with os.fdopen(reader) as lines:
        converse(
            config,
            engines,
            lambda event: events.append(wire.encode(event)),
            microphone=False,
            loudspeaker=False,
            lines=lines,
            read=lambda line: c.Ask(text=line),
        )
    engines.close()
    return events


def config(**recording) -> Config:
    return Config.model_validate({"audio": {"silero": False}, "recording": recording})


def test_a_typed_conversation_is_recorded_and_comes_out_the_same(tmp_path):
    told = talk(config(on=True, folder=tmp_path))
    (file,) = tmp_path.iterdir()
    session = read_session(file)
    assert session.complete
    recorded = list(session.events)
    assert [line for line in told if '"type": "Gauge"' not in line] == [
        line for line in recorded if '"type": "Gauge"' not in line
    ]
    assert any(isinstance(wire.decode(line), e.TurnEnded) for line in recorded)
    assert list(replay(session).events) == recorded


def test_nothing_is_written_where_it_is_not_asked_for(tmp_path):
    assert talk(config(folder=tmp_path / "kept"))
    assert not (tmp_path / "kept").exists()


def test_a_recording_that_cannot_begin_is_said_before_anything_is_heard(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError):
        talk(config(on=True, folder=tmp_path / "file"))
