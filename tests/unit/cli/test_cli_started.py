"""A conversation behind a screen: reached when it listens, ended when that is asked, and otherwise left alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from cli import started
from cli.started import Started, log_beside
from core import commands as c
from core import events as e
from core import wire
from core.errors import OutputError
from tui.feed import tell

pytestmark = pytest.mark.unit

BEGUN = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True)
SESSION = f"""
import asyncio, os, sys
async def come(reader, writer):
    writer.write({wire.encode(BEGUN).encode()!r} + b"\\n")
    async for line in reader:
        print("heard", line.decode().strip(), file=sys.stderr, flush=True)
        if b"Quit" in line:
            os._exit(int(sys.argv[1]))
async def main():
    async with await asyncio.start_unix_server(come, sys.argv[-1]) as server:
        await server.serve_forever()
asyncio.run(main())
"""
LOADING = "import sys, time; print('loading', file=sys.stderr, flush=True); time.sleep(60)"
DEAF = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + LOADING
BROKEN = "import sys; sys.exit('error [device]: none')"


@pytest.fixture
def path():
    """Of a socket; short, as the system wants it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "made" / "s"


@pytest.fixture
def start(path, monkeypatch):
    """Starts a program in the conversation's place; no process is left when the test is over."""
    begun: list[Started] = []
    real = subprocess.Popen

    def start(program: str, *words: str) -> Started:
        def popen(command, **options):
            assert command[1:6] == ["-P", "-m", "cli.main", "talk", "--events"]
            assert options["env"]["PYTHONPATH"].startswith(str(started.HOUSE))
            return real([sys.executable, "-c", program, *command[6:]], **options)

        monkeypatch.setattr(started.subprocess, "Popen", popen)
        begun.append(Started(words, path))
        return begun[-1]

    yield start
    for each in begun:
        each.close()
        each._process.kill()
        each._process.wait()


def logged(path: Path, words: str) -> None:
    """Wait until the log holds these words."""
    until = time.monotonic() + 10
    while words not in log_beside(path).read_text():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_its_events_are_read_and_its_commands_written_until_it_ends(start, path):
    session = start(SESSION, "6")
    events = session.events()
    assert next(events) == BEGUN
    session.send(c.Say(text="您好"))
    assert session.end() == 6
    assert list(events) == []
    assert "您好" in session.told[0]
    assert len(session.told) == 2
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert log_beside(path).stat().st_mode & 0o777 == 0o600


def test_one_that_is_let_go_of_goes_on(start, path):
    session = start(SESSION, "0")
    events = session.events()
    next(events)
    session.close()
    assert list(events) == []
    assert session._process.poll() is None
    again = started.attach(path)
    tell(again, c.Quit())
    assert session._process.wait(10) == 0
    again.close()


def test_it_is_no_part_of_the_terminals_session_and_nobody_ends_its_stdin(start, path):
    program = (
        "import os, sys; print(os.getsid(0) == os.getpid(), flush=True, file=sys.stderr); sys.stdin.read()"
    )
    session = start(program)
    logged(path, "True")
    time.sleep(0.1)
    assert session._process.poll() is None
    assert session.end() == 130


def test_while_it_loads_it_takes_no_command_but_to_end(start, path):
    session = start(LOADING)
    with pytest.raises(OutputError, match="no commands yet"):
        session.send(c.Mute())
    session.send(c.Quit())
    assert list(session.events()) == []
    assert session.end() == 130


def test_one_that_cannot_start_says_so(start):
    session = start(BROKEN)
    assert list(session.events()) == []
    assert session.end() == 1
    assert session.told == ["error [device]: none"]


def test_one_that_does_not_listen_is_ended_all_the_same(start, path, monkeypatch):
    monkeypatch.setattr(started, "GRACE", 0.1)
    session = start(DEAF)
    logged(path, "loading")
    assert session.end() == 128 + signal.SIGKILL


def test_whoever_presses_ctrl_c_does_not_wait_for_it(start, monkeypatch):
    session = start(LOADING)
    real, waited = session._process.wait, list[object]()

    def wait(timeout=None):
        waited.append(timeout)
        if len(waited) == 1:
            raise KeyboardInterrupt
        return real(timeout)

    monkeypatch.setattr(session._process, "wait", wait)
    monkeypatch.setattr(session, "send", lambda order: None)
    assert session.end() == 128 + signal.SIGINT


def test_another_conversation_at_the_same_place_is_left_alone(start, path):
    other = start(SESSION, "0")
    events = other.events()
    assert next(events) == BEGUN
    session = start("import time; time.sleep(0.5); raise SystemExit(8)")
    assert list(session.events()) == []
    assert session.end() == 8
    assert other._process.poll() is None


def test_where_nothing_can_be_written_it_says_so(path):
    path.parent.mkdir()
    log_beside(path).mkdir()
    with pytest.raises(OutputError, match="cannot write") as refusal:
        Started([], path)
    assert "--listen" in refusal.value.hint
    assert not os.listdir(log_beside(path))
