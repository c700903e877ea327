"""Commands as a user runs them: each in a process and a folder of its own, without settings from outside.

The demo conversation is held once for all tests that look at it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import wire
from core.events import Event

HOUSE = Path(__file__).parents[2]
LIMIT = 100
"""Seconds a command may take; the slowest takes under ten on an idle machine."""
NO_SOUND = {
    "PULSE_SERVER": "unix:/nonexistent/pulse",
    "PIPEWIRE_RUNTIME_DIR": "/nonexistent",
    "ALSA_CONFIG_PATH": "/nonexistent/alsa.conf",
}
"""No sound server and no sound card, whatever the machine has."""
Done = subprocess.CompletedProcess[str]
Tingshuo = Callable[..., Done]


def environment(**more: str) -> dict[str, str]:
    """That of the tests, without settings of Tingshuo, in English, and with this repository first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TINGSHUO_", "PYTHON"))}
    return {
        **kept,
        "PYTHONPATH": str(HOUSE),
        "PYTHONUTF8": "1",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
        **NO_SOUND,
        **more,
    }


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "cli.main", *map(str, words)]


def run(
    *words: object,
    folder: Path,
    typed: str = "",
    more: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> Done:
    """Run a command to its end.

    Args:
        typed: its standard input.
        more: environment.
        before: a program that runs it, with its arguments.
    """
    return subprocess.run(
        [*before, *command(*words)],
        cwd=folder,
        env=environment(**(more or {})),
        input=typed,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )


@pytest.fixture
def tingshuo(tmp_path) -> Tingshuo:
    """Runs a command in the test's own folder."""

    def tingshuo(*words: object, **options) -> Done:
        return run(*words, folder=tmp_path, **options)

    return tingshuo


@pytest.fixture
def tingshuo_many(tmp_path):
    """Runs several commands one after the other in one process; the worst status is the result."""
    program = "import json, sys; from cli.main import main; sys.exit(max(map(main, json.loads(sys.argv[1]))))"

    def tingshuo_many(commands: Sequence[Sequence[str]]) -> Done:
        words = [sys.executable, "-c", program, json.dumps(commands)]
        return subprocess.run(
            words, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT
        )

    return tingshuo_many


@pytest.fixture(scope="session")
def _demo_models() -> None:
    if not list((HOUSE / "models" / "demo" / "llm").glob("*.gguf")):
        pytest.skip("models/demo/llm holds no GGUF: this checkout has no demo language model")


@pytest.fixture
def needs_models(_demo_models) -> None:
    """For tests of commands that think."""


@dataclass(frozen=True)
class Held:
    """A demo conversation and what it left behind."""

    done: Done
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out" / "demo"

    @property
    def events(self) -> list[Event]:
        return events_of((self.out / "events.jsonl").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def demo(_demo_models, tmp_path_factory) -> Held:
    folder = tmp_path_factory.mktemp("demo")
    return Held(run("demo", folder=folder), folder)


def events_of(lines: str) -> list[Event]:
    return [wire.decode(line) for line in lines.splitlines()]


def conversation(events: Sequence[Event]) -> dict[int, dict[str, object]]:
    """What was said in each turn, without times."""
    turns: dict[int, dict[str, object]] = {}
    for event in events:
        match event.__class__.__name__:
            case "TranscriptChanged" if event.final:
                turns.setdefault(event.turn, {})["customer"] = event.text
            case "DeliveryChosen":
                turns.setdefault(event.turn, {}).update(state=event.state, style=event.style)
            case "ReplyBegan":
                turns.setdefault(event.turn, {})["source"] = event.source
            case "TurnEnded":
                turns.setdefault(event.turn, {}).update(reply=event.reply, outcome=event.outcome)
            case _:
                pass
    return turns


class Running:
    """A command under way, with a process group of its own."""

    def __init__(self, folder: Path, *words: object) -> None:
        self.process = subprocess.Popen(
            command(*words),
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def read_until(self, beginning: str) -> list[str]:
        """Lines of stdout up to the first that begins so."""
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(beginning):
                return lines
        raise AssertionError(f"no line begins with {beginning!r}: {lines}\n{self.process.stderr.read()}")

    def stop(self) -> Done:
        """As Ctrl-C in a terminal does: the whole group is told."""
        os.killpg(self.process.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=LIMIT)
        return Done(self.process.args, self.process.returncode, out, err)

    @property
    def somebody_left(self) -> bool:
        """A process of the group is still there."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def start(tmp_path):
    """Starts a command; it is over when the test is."""
    begun: list[Running] = []

    def start(*words: object) -> Running:
        begun.append(Running(tmp_path, *words))
        return begun[-1]

    yield start
    for running in begun:
        running.end()


def failed(done: Done, status: int, code: str) -> str:
    """Hold a failure up to the house's promise: its exit status, one message with code and hint, no traceback.

    Returns:
        Everything on stderr.
    """
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("error [") == 1, done.stderr
    assert f"error [{code}" in done.stderr, done.stderr
    assert "\n  hint: " in done.stderr, done.stderr
    return done.stderr


@pytest.fixture(name="failed")
def _failed():
    return failed


@pytest.fixture
def shell_environment():
    """The environment of a shell that finds programs in a folder first."""
    return lambda first: environment(PATH=f"{first}:{os.environ['PATH']}")


@pytest.fixture
def read_events():
    return events_of


@pytest.fixture
def said():
    """Turns without their times: `conversation`."""
    return conversation


@pytest.fixture(scope="session")
def without_network():
    """Words that run a command in a network namespace of its own, with loopback only."""
    words = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    before = [*words, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    try:
        tried = subprocess.run([*before, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("unshare (util-linux) is not installed")
    if tried.returncode:
        pytest.skip(f"a network namespace cannot be made here: {tried.stderr.strip()}")
    return before
