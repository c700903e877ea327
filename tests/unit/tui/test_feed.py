"""Where events come from: lines that are none of ours are passed over, a child is spoken to and always ends."""

from __future__ import annotations

import os
import socket
import sys
import threading

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.errors import OutputError
from tui import feed
from tui.feed import Attached, Child, Reader, events_in
from tui.fold import Fold
from tui.view import Phase

pytestmark = pytest.mark.unit

started = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True)
ECHO = f"""
import sys
print({wire.encode(started)!r}, flush=True)
for line in sys.stdin:
    print("heard", line.strip(), file=sys.stderr, flush=True)
    if "Quit" in line:
        sys.exit(int(sys.argv[1]))
"""


def child(program: str, *words: str) -> Child:
    return Child([sys.executable, "-c", program, *words], dict(os.environ))


def test_lines_that_hold_no_event_are_passed_over():
    lines = [wire.encode(started), "not JSON", '{"type": "Unknown", "at": 1}', wire.encode(c.Mute()), ""]
    assert list(events_in(lines)) == [started]


class TestChild:
    def test_its_events_are_read_and_its_commands_written_until_it_ends(self):
        session = child(ECHO, "0")
        events = session.events()
        assert next(events) == started
        session.send(c.Say(text="您好"))
        session.close()
        assert session.status == 0
        assert "您好" in session.told[0]
        assert len(session.told) == 2

    def test_its_status_is_kept(self):
        session = child(ECHO, "6")
        session.close()
        assert session.status == 6

    def test_one_that_has_ended_takes_no_commands(self):
        session = child("pass")
        list(session.events())
        session.close()
        with pytest.raises(OutputError):
            session.send(c.Mute())

    def test_one_that_does_not_listen_is_ended_all_the_same(self, monkeypatch):
        monkeypatch.setattr(feed, "GRACE", 0.1)
        deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint(flush=True)\ntime.sleep(60)"
        session = child(deaf)
        assert session._process.stdout.readline() == "\n"
        session.close()
        assert session.status == 128 + 9

    def test_a_command_is_never_waited_for(self):
        session = child("import time; time.sleep(60)")

        def flood():
            for _ in range(10_000):
                session.send(c.Say(text="x" * 1000))

        with pytest.raises(OutputError):
            flood()
        session._process.kill()
        session.close()


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
