"""A live conversation, typed or attended: who may ask, what is kept, which devices it uses, and when it ends."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import types

import pytest

from audio.fake import FakeSink, FakeSource
from core import commands as c
from core import events as e
from core import wire
from core.errors import DeviceError, InputError
from pipeline.config import Config
from pipeline.live import converse
from pipeline.replay import read_session, replay
from tests.recorded_sessions import Cast

pytestmark = pytest.mark.conversation


def read(line: str) -> c.Command | None:
    """A command on the wire; nothing else means anything."""
    with contextlib.suppress(InputError):
        return wire.decode(line)
    return None


def talk(config: Config, *commands: object, listener=lambda event: None, **how) -> list[e.Event]:
    """Type commands into a pipe; the events until the end."""
    events: list[e.Event] = []

    def note(event: e.Event) -> None:
        events.append(event)
        listener(event)

    engines = Cast().engines(config)
    reader, writer = os.pipe()
    for line in commands:
        os.write(writer, (line if isinstance(line, str) else wire.encode(line)).encode() + b"\n")
    os.close(writer)
    try:
        with os.fdopen(reader) as lines:
            converse(
                config, engines, note,
                **{"microphone": False, "loudspeaker": False, "lines": lines, "read": read, **how},
            )  # fmt: skip
    finally:
        engines.close()
    return events


def config(**sections) -> Config:
    return Config.model_validate({"audio": {"silero": False}, **sections})


def of(events, kind) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_a_session_that_nobody_records_cannot_be_saved():
    (refused,) = of(talk(config(), c.SaveSession()), e.CommandRefused)
    assert (refused.command, refused.code) == ("SaveSession", "output.not-recorded")
    assert "recording.on" in refused.hint


def test_lines_that_mean_nothing_are_passed_over():
    events = talk(config(), "", "good day", c.Mute())
    assert [event.command for event in of(events, e.CommandTaken)] == ["Mute"]


def test_the_next_customer_of_a_recorded_conversation_comes_out_the_same(tmp_path):
    recording = config(recording={"on": True, "folder": tmp_path})
    talk(recording, c.Ask(text="我等了两个小时"), c.Reset(), c.SaveSession())
    (file,) = tmp_path.iterdir()
    session = read_session(file)
    events = [wire.decode(line) for line in session.events]
    assert len(of(events, e.VisitReset)) == 1
    assert [event.file for event in of(events, e.SessionSaved)] == [str(file)]
    assert list(replay(session).events) == list(session.events)


class Visitor(threading.Thread):
    """Somebody who attaches to a session, says something there, and reads until the end."""

    def __init__(self, path, *commands: c.Command) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._commands = commands
        self.events: list[e.Event] = []

    def run(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._path))
            lines = connection.makefile("rw", encoding="utf-8")
            for command in self._commands:
                lines.write(wire.encode(command) + "\n")
                lines.flush()
            self.events += [wire.decode(line) for line in lines]


def arriving(visitor: Visitor):
    """A listener with which the visitor comes as soon as the session has begun."""

    def listener(event: e.Event) -> None:
        if isinstance(event, e.SessionStarted):
            visitor.start()

    return listener


@pytest.mark.parametrize("gauges", [False, True])
def test_who_attaches_may_end_a_conversation_where_nobody_types(tmp_path, gauges):
    visitor = Visitor(tmp_path / "hall", c.Ask(text="你们几点上班"), c.Quit())
    hall = config(session={"socket": str(tmp_path / "hall")})
    events = talk(hall, lines=None, listener=arriving(visitor), gauges=gauges)
    visitor.join(10)
    assert [event.command for event in of(visitor.events, e.CommandTaken)] == ["Ask", "Quit"]
    assert isinstance(visitor.events[-1], e.SessionEnded)
    told = [wire.encode(event) for event in events if not isinstance(event, e.Gauge)]
    assert [wire.encode(event) for event in visitor.events if not isinstance(event, e.Gauge)] == told
    assert bool(of(events, e.Gauge)) == gauges


def test_who_types_and_who_attaches_ask_the_same_session(tmp_path):
    visitor = Visitor(tmp_path / "hall", c.Mute())
    hall = config(session={"socket": str(tmp_path / "hall")})
    events = talk(hall, c.Ask(text="你们几点上班"), listener=arriving(visitor))
    visitor.join(10)
    assert {event.command for event in of(events, e.CommandTaken)} == {"Ask", "Mute"}
    assert {event.command for event in of(visitor.events, e.CommandTaken)} >= {"Mute"}


@pytest.fixture
def soundcard(monkeypatch):
    """Devices without a sound card: the microphone and the loudspeaker that were asked for."""
    module = types.ModuleType("audio.soundcard")
    devices: dict[str, FakeSource | FakeSink] = {}

    def microphone(name):
        devices["microphone"] = FakeSource(name)
        return devices["microphone"]

    def loudspeaker(name):
        devices["loudspeaker"] = FakeSink(16_000, name)
        return devices["loudspeaker"]

    module.MicrophoneSource, module.SpeakerSink = microphone, loudspeaker
    monkeypatch.setitem(sys.modules, "audio.soundcard", module)
    return devices


def test_a_lost_microphone_ends_what_nobody_types_into_once_the_answer_is_out(tmp_path, soundcard):
    gone = DeviceError("the microphone is gone", code="lost", hint="plug it in")
    visitor = Visitor(tmp_path / "hall", c.Ask(text="你们几点上班"))

    def listener(event: e.Event) -> None:
        arriving(visitor)(event)
        if isinstance(event, e.ReplyBegan):
            soundcard["loudspeaker"].lose(gone)
            soundcard["microphone"].end(gone)

    hall = config(
        session={"socket": str(tmp_path / "hall")},
        audio={"input_device": "desk", "output_device": "door", "silero": False},
    )
    events = talk(hall, lines=None, listener=listener, microphone=True, loudspeaker=True)
    visitor.join(10)
    assert (soundcard["microphone"].name, soundcard["loudspeaker"].name) == ("desk", "door")
    assert [event.code for event in of(events, e.DeviceLost)] == ["device.lost"] * 2
    assert [event.outcome for event in of(events, e.TurnEnded)] == ["answered"]
    assert not any(device.running for device in soundcard.values())
