"""The screen in a real terminal: what is typed arrives, what is written is read, and nothing outlives it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.tui, pytest.mark.timeout(60)]

HOUSE = Path(__file__).parents[2]
TRACE = HOUSE / "tests" / "data" / "traces" / "speaking.jsonl"
SESSION = """
import sys
from pathlib import Path
lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
for _ in range(int(sys.argv[3])):
    for line in lines:
        print(line, flush=True)
print("told", file=open(sys.argv[2], "a"), flush=True)
for line in sys.stdin:
    print(line.strip(), file=open(sys.argv[2], "a"), flush=True)
    if "Quit" in line:
        break
print("ended", file=open(sys.argv[2], "a"), flush=True)
"""
"""Tells a trace so many times, then notes every command in a file until it ends."""
SCREEN = """
import sys
from tui.app import OperatorScreen
from tui.feed import Child
feed = Child([sys.executable, "-c", *sys.argv[1:]], {})
OperatorScreen(feed).run()
feed.close()
sys.exit(feed.status)
"""


class Terminal:
    """Eighty columns, and a screen in it; `stalled` takes nothing of what is written."""

    def __init__(self, notes: Path, *, times: int = 1, stalled: bool = False) -> None:
        self._notes = notes
        self._ours, its = pty.openpty()
        self._seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCREEN, SESSION, str(TRACE), str(notes), str(times)],
            cwd=HOUSE,
            env={
                **os.environ,
                "PYTHONPATH": str(HOUSE),
                "TERM": "xterm-256color",
                "COLUMNS": "80",
                "LINES": "24",
            },
            stdin=its,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        if not stalled:
            threading.Thread(target=self._take, daemon=True).start()

    def read_until(self, words: str) -> None:
        """What was written, without its control sequences, holds these words."""
        assert _soon(lambda: words in self._seen), self._seen[-2000:]

    def _take(self) -> None:
        """A terminal that shows everything at once."""
        with suppress(OSError):
            while written := os.read(self._ours, 65536):
                plain = re.sub(r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]", "", written.decode("utf-8", "replace"))
                self._seen += plain

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def noted(self, words: str) -> bool:
        """The session notes this within a while."""
        return _soon(lambda: self._notes.exists() and words in self._notes.read_text(encoding="utf-8"))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)


def _soon(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


@pytest.fixture
def terminal(tmp_path):
    """Opens terminals; they are closed when the test is over."""
    opened: list[Terminal] = []

    def terminal(**options) -> Terminal:
        opened.append(Terminal(tmp_path / "notes", **options))
        return opened[-1]

    yield terminal
    for each in opened:
        each.end()


def test_what_is_typed_arrives_and_the_screen_ends_with_its_session(terminal):
    screen = terminal()
    screen.read_until("SPEAKING")
    screen.type("m")
    assert screen.noted('"type": "Mute"')
    screen.type("sqm您好\r")
    assert screen.noted('"type": "Say", "text": "qm您好"')
    screen.type("\x1b")
    assert screen.noted('"type": "Interrupt"')
    screen.type("qq")
    assert screen.noted("ended")
    assert screen.process.wait(20) == 0


def test_a_terminal_that_takes_nothing_does_not_hold_up_the_session(terminal):
    screen = terminal(times=100, stalled=True)
    assert screen.noted("told")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_session_of_its_own_does_not_outlive_the_screen(terminal, how):
    screen = terminal()
    screen.read_until("SPEAKING")
    assert screen.noted("told")
    screen.process.send_signal(how)
    assert screen.noted("ended")
