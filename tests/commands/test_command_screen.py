"""`tingshuo talk` behind its screen, in a real terminal: what ends the conversation, and what it outlives."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
from pathlib import Path

import pytest

from core import commands as c
from core import events as e
from pipeline.attachment import attach
from tests.commands.conftest import command, environment, failed
from tests.terminals import Terminal, soon
from tui.feed import events_in, tell

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120), pytest.mark.usefixtures("needs_models")]

TALK = ("talk", "--text", "--silent")
CONTROL_C = "\x03"


class Site:
    """A user's own state folder, terminals in it, and the conversation that is held there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "tingshuo" / "talk.socket"
        self.more = {"XDG_STATE_HOME": str(folder)}
        self._terminals: list[Terminal] = []

    def terminal(self, *words: str) -> Terminal:
        self._terminals.append(
            Terminal(command(*words), folder=self.folder, environment=environment(**self.more))
        )
        return self._terminals[-1]

    def screen(self, *words: str) -> Terminal:
        """A screen whose conversation has begun."""
        screen = self.terminal(*words)
        screen.read_until("LISTENING")
        return screen

    def ask(self, text: str) -> str:
        """The reply to a question that is asked over the socket."""
        attached = attach(self.socket)
        asked = False
        tell(attached, c.Ask(text=text))
        try:
            for event in events_in(attached.lines(60.0)):
                asked = asked or (isinstance(event, e.TranscriptChanged) and event.text == text)
                if asked and isinstance(event, e.TurnEnded):
                    return event.reply
        finally:
            attached.close()
        raise AssertionError("nobody answered")

    def processes(self) -> list[int]:
        """Of the conversation behind a screen."""
        return _named(self.socket)

    def is_over(self) -> bool:
        """Within a while no process is left, and no socket."""
        return soon(lambda: not self.processes()) and not self.socket.exists()

    def clear(self) -> None:
        for terminal in self._terminals:
            terminal.end()
        for process in _named(self.folder):
            os.kill(process, signal.SIGKILL)


def _named(path: Path) -> list[int]:
    """Processes that were started with this path, or one within."""
    folders = Path("/proc").glob("[0-9]*")
    return [int(folder.name) for folder in folders if os.fsencode(path) in _command_line(folder)]


def _command_line(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def site():
    """Its folder is short: a socket's path may have 107 bytes."""
    site = Site(Path(tempfile.mkdtemp(prefix="site-")))
    try:
        yield site
    finally:
        site.clear()
        shutil.rmtree(site.folder)


class TestOutliving:
    @pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
    def test_a_killed_screen_leaves_the_conversation_as_it_was(self, site, tingshuo, how):
        screen = site.screen(*TALK)
        screen.type("/where is the toilet\r")
        screen.read_until("first floor")
        (conversation,) = site.processes()
        assert stat.S_IMODE(site.socket.stat().st_mode) == 0o600
        screen.process.send_signal(how)
        assert screen.process.wait(20) == -how
        assert site.ask("几点关门")
        assert site.processes() == [conversation]
        again = site.terminal("watch", "--plain")
        again.read_until("几点关门")
        assert "first floor" in again.seen
        done = tingshuo("watch", "--send", "Quit", more=site.more)
        assert done.returncode == 0, done.stderr
        assert again.process.wait(20) == 0
        assert site.is_over()

    def test_a_terminal_that_is_gone_takes_the_screen_alone(self, site):
        screen = site.screen(*TALK)
        screen.close()
        assert screen.process.wait(20) == -signal.SIGHUP
        assert "first floor" in site.ask("where is the toilet")
        watching = site.screen("watch")
        watching.type("q")
        assert watching.process.wait(20) == 0
        assert site.ask("几点关门")

    def test_a_screen_that_is_killed_while_the_conversation_is_loaded(self, site):
        screen = site.terminal(*TALK)
        screen.read_until("STARTING")
        screen.process.kill()
        assert soon(site.socket.exists)
        assert "first floor" in site.ask("where is the toilet")


class TestEnding:
    @pytest.mark.parametrize("key", ["q", CONTROL_C])
    def test_the_operator_ends_both_from_the_screen(self, site, key):
        screen = site.screen(*TALK)
        screen.type(key)
        assert screen.process.wait(20) == 0
        assert not site.processes()
        assert not site.socket.exists()

    def test_an_interrupt_from_elsewhere_is_a_ctrl_c(self, site):
        screen = site.screen(*TALK)
        screen.process.send_signal(signal.SIGINT)
        assert screen.process.wait(20) == 0
        assert not site.processes()

    def test_while_it_is_loaded_too(self, site):
        screen = site.terminal(*TALK)
        screen.read_until("STARTING")
        screen.type("q")
        assert screen.process.wait(20) == 130
        assert not site.processes()
        assert "Traceback" not in screen.seen

    def test_a_conversation_that_ends_closes_its_screen(self, site, tingshuo):
        screen = site.screen(*TALK)
        assert tingshuo("watch", "--send", "Quit", more=site.more).returncode == 0
        assert screen.process.wait(20) == 0

    def test_one_that_cannot_start_tells_why_where_the_screen_was(self, site):
        screen = site.terminal(*TALK, "--set", "models.gguf=missing.gguf")
        assert screen.process.wait(30) == 4
        screen.read_until("error [model-missing")
        screen.read_until("  hint: ")
        assert site.is_over()


class TestFinding:
    def test_there_is_no_second_one_beside_it(self, site):
        site.screen(*TALK)
        second = site.terminal(*TALK)
        assert second.process.wait(20) == 8
        second.read_until("output.socket-taken")
        second.read_until("tingshuo watch --send Quit")
        assert len(site.processes()) == 1

    def test_two_at_places_of_their_own_do_not_meet(self, site):
        site.screen(*TALK)
        elsewhere = site.folder / "other.socket"
        other = site.screen(*TALK, "--listen", str(elsewhere))
        assert elsewhere.is_socket()
        other.type("q")
        assert other.process.wait(20) == 0
        assert "first floor" in site.ask("where is the toilet")

    def test_what_a_killed_conversation_left_is_in_nobodys_way(self, site, tingshuo):
        screen = site.screen(*TALK)
        (conversation,) = site.processes()
        os.kill(conversation, signal.SIGKILL)
        assert screen.process.wait(20) == 128 + signal.SIGKILL
        assert "has ended" in failed(tingshuo("watch", more=site.more), 7, "input.no-session")
        site.screen(*TALK).type("q")
        assert site.is_over()
