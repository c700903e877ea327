"""screen: what the operator's screen costs beside the conversation it shows.

The screen runs in a pseudo-terminal of its own, in a process of its own, on a recorded conversation that is
played to it in real time with every gauge there is: levels ten times a second, the others once. The headless
pipeline runs without it, idle and answering. Counted is processor time (user and system) after everything has
started, so other programs matter little; what is left of them is in the ratio too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pty
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path

from bench.overhead import ROOT, machine
from core import gauges as g
from core import wire
from core.commands import Ask, Command, Quit
from core.events import Event, Gauge, SessionEnded, SessionStarted, TurnEnded
from tui.app import OperatorScreen
from tui.feed import events_in
from tui.options import Options

TRACE = ROOT / "tests" / "data" / "traces" / "sixty.jsonl"
SETTLE = 3.0
"""Seconds after the start that are not counted."""
STEP = 0.1
LEVELS = (g.MICROPHONE_LEVEL, g.SPEAKER_LEVEL)
STEADY = {
    **{g.link_depth(name): 2.0 for name in g.LINKS},
    **{g.link_capacity(name): 50.0 for name in g.LINKS},
    **{g.lane_busy(name): 0.4 for name in g.LANES},
    g.PLAYOUT_DEPTH: 0.9,
    g.PLAYOUT_CAPACITY: 1.5,
    g.LOOP_LAG: 0.001,
    g.LOOP_LAG_P99: 0.002,
    g.MEMORY: 600e6,
    g.VRAM_USED: 9e9,
    g.VRAM_TOTAL: 24e9,
}
"""Gauges that come once a second, and about how much they say."""
RESTING = (
    STEADY
    | dict.fromkeys((*map(g.link_depth, g.LINKS), *map(g.lane_busy, g.LANES), g.PLAYOUT_DEPTH), 0.0)
    | {g.SPEAKER_LEVEL: g.SILENCE}
)
"""The same while nobody speaks."""
SIZES = {"80x24": (80, 24), "140x45": (140, 45)}
PARTS = {
    "idle": ("screen, nothing but a gauge a second", 1.0),
    "noise": ("screen, nobody speaks in a room with noise", 1.0),
    "room": ("screen, listening to a room: levels and gauges", None),
    "talk": ("screen, a conversation without pauses", 3.0),
}
"""Part -> what it is, and how many per cent of a core it may cost."""
NOISE, SPREAD = -50.0, 2.0
"""dBFS of a room's noise in a tenth of a second: mean, and standard deviation."""
QUESTIONS = ("几点开门", "where is the toilet", "我等了两个小时没人管", "怎么办护照")
EPILOG = """\
examples:
  python -m bench.screen
  python -m bench.screen --seconds 20 --sizes 80x24
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured share of a core."""

    name: str
    percent: float
    limit: float | None = None


class Playing:
    """A feed that plays a part in real time and then measures what that cost."""

    owned = True

    def __init__(self, part: str, seconds: float) -> None:
        self._part, self._seconds = part, seconds
        self.percent = math.nan

    def events(self) -> Iterator[Event]:
        recorded = trace()
        played = [(at, wire.encode(event)) for at, event in schedule(self._part, recorded, self._seconds)]
        yield from recorded[:1] if self._part == "talk" else recorded
        time.sleep(SETTLE)
        began, used = time.monotonic(), time.process_time()
        for at, together in groupby(played, lambda each: each[0]):
            time.sleep(max(0.0, began + at - time.monotonic()))
            yield from events_in(line for _, line in together)
        time.sleep(max(0.0, began + self._seconds - time.monotonic()))
        self.percent = 100 * (time.process_time() - used) / (time.monotonic() - began)

    def send(self, order: Command) -> None:
        pass

    def close(self) -> None:
        pass


def trace() -> list[Event]:
    """The recorded conversation, without its gauges."""
    told = events_in(TRACE.read_text(encoding="utf-8").splitlines())
    return [event for event in told if not isinstance(event, Gauge)]


def schedule(part: str, recorded: Sequence[Event], seconds: float) -> list[tuple[float, Event]]:
    """(second, event) of a part, in order; of a conversation the waiting between turns is left out."""
    played = noise(seconds) if part == "noise" else gauges(seconds, levels=part != "idle")
    if part == "talk":
        at, last = 0.0, recorded[0].at
        for event in recorded[1:]:
            at, last = at + min(event.at - last, 1.0), event.at
            played.append((at, event))
    played.sort(key=lambda each: each[0])
    return [(at, replace(event, at=at)) for at, event in played if at < seconds]


def gauges(seconds: float, *, levels: bool) -> list[tuple[float, Event]]:
    """What the pipeline measures in so many seconds, changing all the time."""
    told = list[tuple[float, Event]]()
    for step in range(round(seconds / STEP)):
        at, wave = step * STEP, math.sin(step)
        now = dict.fromkeys(LEVELS, -30 + 20 * wave) if levels else {}
        if step % round(1 / STEP) == 0:
            steady = STEADY if levels else {g.LOOP_LAG: STEADY[g.LOOP_LAG]}
            now |= {name: value * (1 + wave / 9) for name, value in steady.items()}
        told += [(at, Gauge(at=at, name=name, value=value)) for name, value in now.items()]
    return told


def noise(seconds: float) -> list[tuple[float, Event]]:
    """What it measures in a room with noise while nobody speaks: of all gauges only few change."""
    dice = random.Random(7)
    told = list[tuple[float, Event]]()
    for step in range(round(seconds / STEP)):
        at, now = step * STEP, {g.MICROPHONE_LEVEL: round(dice.gauss(NOISE, SPREAD), 1)}
        if step % round(1 / STEP) == 0:
            now |= RESTING | {g.LOOP_LAG_P99: dice.gauss(0.002, 0.0002)}
        told += [(at, Gauge(at=at, name=name, value=value)) for name, value in now.items()]
    return told


def measure(part: str, size: tuple[int, int], seconds: float) -> float:
    """Per cent of a core that the screen takes for a part, in a terminal of this size."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "bench.screen", "--worker", part, "--seconds", str(seconds)]
    environment = {**os.environ, "COLUMNS": str(size[0]), "LINES": str(size[1]), "TERM": "xterm-256color"}
    read, write = os.pipe()
    screen = subprocess.Popen(
        [*command, "--tell", str(write)],
        cwd=ROOT, env=environment, stdin=its, stdout=its, stderr=its, pass_fds=[write],
    )  # fmt: skip
    os.close(its)
    os.close(write)
    drain = threading.Thread(target=_drain, args=(ours,), daemon=True)
    drain.start()
    with os.fdopen(read, encoding="utf-8") as told:
        percent = json.loads(told.read() or "null")
    screen.wait()
    os.close(ours)
    if percent is None:
        raise SystemExit(f"the screen ended with {screen.returncode} and measured nothing")
    return percent


def _drain(terminal: int) -> None:
    """A terminal that takes everything at once."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return


def work(part: str, seconds: float, tell: int) -> None:
    """Be the screen, and say what it cost."""
    feed = Playing(part, seconds)
    OperatorScreen(feed, Options()).run()
    with os.fdopen(tell, "w") as out:
        json.dump(feed.percent, out)


def headless(seconds: float) -> tuple[float, float]:
    """Per cent of a core that the pipeline takes without a screen: idle, and answering without a pause."""
    command = [sys.executable, "-m", "cli.main", "talk", "--events", "--text", "--silent"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        events = (wire.decode(line) for line in process.stdout)
        next(event for event in events if isinstance(event, SessionStarted))
        time.sleep(SETTLE)
        idle = _share(process.pid, lambda: time.sleep(seconds))

        def talk() -> None:
            until, number = time.monotonic() + seconds, 0
            while time.monotonic() < until:
                question = Ask(text=QUESTIONS[number % len(QUESTIONS)])
                print(wire.encode(question), file=process.stdin, flush=True)
                next(event for event in events if isinstance(event, TurnEnded))
                number += 1

        busy = _share(process.pid, talk)
        print(wire.encode(Quit()), file=process.stdin, flush=True)
        next(event for event in events if isinstance(event, SessionEnded))
    return idle, busy


def _share(pid: int, do: Callable[[], None]) -> float:
    began, used = time.monotonic(), _used(pid)
    do()
    return 100 * (_used(pid) - used) / (time.monotonic() - began)


def _used(pid: int) -> float:
    """Seconds of processor time of a process and its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def render(lines: Sequence[Line]) -> str:
    """A table."""
    rows = [f"{'':58} {'% of a core':>11}"]
    for line in lines:
        bar = (
            ""
            if line.limit is None
            else f"  ≤ {line.limit:g} {'met' if line.percent <= line.limit else 'MISSED'}"
        )
        rows.append(f"{line.name:58} {line.percent:11.2f}{bar}")
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    if given.worker:
        work(given.worker, given.seconds, given.tell)
        return 0
    lines = list[Line]()
    for name in given.sizes.split(","):
        for part, (told, limit) in PARTS.items():
            percent = measure(part, SIZES[name], given.seconds)
            lines.append(Line(name=f"{told}, {name}", percent=percent, limit=limit))
    idle, busy = headless(given.seconds)
    lines.append(Line(name="pipeline without a screen, idle (no sound card)", percent=idle))
    lines.append(Line(name="pipeline without a screen, answering without a pause", percent=busy))
    print(render(lines))
    worst = max(line.percent for line in lines[:-2] if line.limit is not None and line.limit > 1)
    print(f"\nthe screen of a conversation / the pipeline that holds it: {worst / busy:.2f}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    saved = {"machine": machine(), "lines": [asdict(line) for line in lines]}
    given.out.write_text(json.dumps(saved, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.screen",
        description=(__doc__ or "").partition(": ")[2],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement (default: 10)")
    parser.add_argument(
        "--sizes", default=",".join(SIZES), help=f"of the terminal (default: {','.join(SIZES)})"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "out" / "bench" / "screen.json", help="the numbers as JSON"
    )
    parser.add_argument("--worker", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--tell", type=int, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
