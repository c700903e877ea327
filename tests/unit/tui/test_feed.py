"""Where events come from: lines that are none of ours are passed over, and the newest picture is given once."""

from __future__ import annotations

import socket
import threading

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.errors import OutputError
from tui.feed import Attached, Reader, events_in
from tui.fold import Fold
from tui.view import Phase

pytestmark = pytest.mark.unit

started = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True)


def test_lines_that_hold_no_event_are_passed_over():
    lines = [wire.encode(started), "not JSON", '{"type": "Unknown", "at": 1}', wire.encode(c.Mute()), ""]
    assert list(events_in(lines)) == [started]


def test_a_session_that_runs_anyway_is_read_written_to_and_left_alone():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    reading = ours.dup()
    reading.setblocking(True)
    theirs.sendall(f"{wire.encode(started)}\n".encode())

    def hang_up():
        ours.shutdown(socket.SHUT_RDWR)

    attached = Attached(reading.makefile(encoding="utf-8"), ours, hang_up)
    events = attached.events()
    assert next(events) == started
    attached.send(c.Mute())
    assert theirs.recv(100) == b'{"type": "Mute"}\n'
    attached.close()
    assert list(events) == []
    assert theirs.recv(100) == b""
    with pytest.raises(OutputError):
        attached.send(c.Mute())
    for each in (ours, reading, theirs):
        each.close()


class _Given:
    owned = True

    def __init__(self, events):
        self._events = events
        self.go_on = threading.Event()

    def events(self):
        yield from self._events
        self.go_on.wait(10)

    def send(self, order):
        pass

    def close(self):
        self.go_on.set()


def test_a_picture_is_given_once_and_then_only_when_something_happened():
    given = _Given([started])
    reader = Reader(given)
    assert reader.picture().phase is Phase.STARTING
    assert not reader.over
    reader.start()
    while (picture := reader.picture()) is None:
        pass
    assert picture.phase is Phase.LISTENING
    assert reader.picture() is None
    assert not reader.over
    given.close()
    reader._thread.join(5)
    assert reader.over


def test_however_a_stream_is_cut_the_last_picture_is_the_same(events_of):
    events = events_of("interrupted")
    reader = Reader(given := _Given(events))
    whole = Fold()
    for event in events:
        whole.feed(event)
    given.close()
    reader.start()
    picture = reader.picture()
    while not reader.over:
        picture = reader.picture() or picture
    assert (reader.picture() or picture) == whole.state()
