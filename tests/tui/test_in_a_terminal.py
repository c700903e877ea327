"""The screen in a real terminal: what is typed arrives, what is written is read, and nobody waits for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.terminals import Terminal, soon

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
import os, sys
from subprocess import PIPE, Popen
from tui.app import OperatorScreen
from tui.feed import Attached
session = Popen([sys.executable, "-c", *sys.argv[1:]], stdin=PIPE, stdout=PIPE, encoding="utf-8")
os.set_blocking(session.stdin.fileno(), False)
feed = Attached(session.stdout, session.stdin, session.stdin.close)
feed.owned = True
OperatorScreen(feed).run()
feed.close()
sys.exit(session.wait())
"""


class Screened(Terminal):
    """A terminal with a screen in it, whose session keeps notes."""

    def __init__(self, notes: Path, *, times: int = 1, stalled: bool = False) -> None:
        command = [sys.executable, "-c", SCREEN, SESSION, str(TRACE), str(notes), str(times)]
        environment = {**os.environ, "PYTHONPATH": str(HOUSE)}
        super().__init__(command, folder=HOUSE, environment=environment, stalled=stalled)
        self._notes = notes

    def noted(self, words: str) -> bool:
        """The session notes this within a while."""
        return soon(lambda: self._notes.exists() and words in self._notes.read_text(encoding="utf-8"))


@pytest.fixture
def terminal(tmp_path):
    """Opens terminals; they are closed when the test is over."""
    opened: list[Screened] = []

    def terminal(**options) -> Screened:
        opened.append(Screened(tmp_path / "notes", **options))
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
