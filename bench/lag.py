"""lag: how late the pipeline's event loop is with an operator's screen attached, and without.

Each measurement is a conversation of its own that answers questions without a pause, in a process of its own,
with the socket open; with and without a screen (in a pseudo-terminal) take turns, so that the machine's other
work falls on both. The number is the conversation's own gauge, the 99th percentile of its looks.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.overhead import ROOT, machine
from bench.screen import QUESTIONS, SETTLE
from core import gauges as g
from core import wire
from core.commands import Ask, Quit
from core.events import Gauge, SessionEnded, SessionStarted, TurnEnded

BAR = 0.001
"""Seconds that a screen may add."""
EPILOG = """\
examples:
  python -m bench.lag
  python -m bench.lag --seconds 60 --rounds 3
"""


def measure(seconds: float, *, watched: bool) -> float:
    """The loop's lag, 99th percentile in seconds, after so many seconds of answers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        words = ["talk", "--events", "--text", "--silent", "--listen", str(path)]
        with subprocess.Popen(
            [sys.executable, "-m", "cli.main", *words],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ) as process:  # fmt: skip
            assert process.stdin is not None
            assert process.stdout is not None
            events = (wire.decode(line) for line in process.stdout)
            next(event for event in events if isinstance(event, SessionStarted))
            with screen(path) if watched else nobody():
                time.sleep(SETTLE)
                found = _answering(process.stdin, events, seconds)
            print(wire.encode(Quit()), file=process.stdin, flush=True)
            next(event for event in events if isinstance(event, SessionEnded))
    return found


def _answering(commands: object, events: Generator[object, None, None], seconds: float) -> float:
    """Ask without a pause; the last lag that was told."""
    lag, number, until = 0.0, 0, time.monotonic() + seconds
    while time.monotonic() < until:
        question = Ask(text=QUESTIONS[number % len(QUESTIONS)])
        print(wire.encode(question), file=commands, flush=True)  # pyright: ignore[reportArgumentType]
        number += 1
        for event in events:
            if isinstance(event, Gauge) and event.name == g.LOOP_LAG_P99:
                lag = event.value
            if isinstance(event, TurnEnded):
                break
    return lag


@contextmanager
def nobody() -> Generator[None]:
    """No screen."""
    yield


@contextmanager
def screen(path: Path) -> Generator[None]:
    """`tingshuo watch` in a terminal of 140 columns and 45 rows that takes everything at once."""
    ours, its = pty.openpty()
    environment = {**os.environ, "COLUMNS": "140", "LINES": "45", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "watch", str(path)],
        cwd=ROOT, env=environment, stdin=its, stdout=its, stderr=its,
    )  # fmt: skip
    os.close(its)
    threading.Thread(target=_drain, args=(ours,), daemon=True).start()
    try:
        yield
        if process.poll() is not None:
            raise SystemExit(f"the screen ended with {process.returncode}")
    finally:
        process.terminate()
        process.wait()
        os.close(ours)


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="pairs of measurements")
    parser.add_argument("--out", type=Path, default=Path("out/bench/lag.json"))
    given = parser.parse_args(arguments)
    found: dict[bool, list[float]] = {False: [], True: []}
    for number in range(given.rounds):
        for watched in (False, True) if number % 2 == 0 else (True, False):
            found[watched].append(measure(given.seconds, watched=watched))
    print(render(found))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine(), "without": found[False], "with": found[True]}
    given.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


def render(found: dict[bool, list[float]]) -> str:
    """A table, and whether the bar is met."""
    alone, watched = (statistics.median(found[key]) for key in (False, True))
    verdict = "met" if watched - alone < BAR else "MISSED"
    lines = ["loop lag, 99th percentile (ms)      median   of all rounds"]
    for name, key, middle in (("nobody watches", False, alone), ("a screen is attached", True, watched)):
        rounds = ", ".join(f"{each * 1000:.2f}" for each in found[key])
        lines.append(f"  {name:32}  {middle * 1000:6.2f}   {rounds}")
    difference = (watched - alone) * 1000
    return "\n".join((*lines, f"  difference {difference:+.2f} ms, bar < {BAR * 1000:g} ms: {verdict}"))


if __name__ == "__main__":
    sys.exit(main())
