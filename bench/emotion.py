"""emotion: what choosing a tone costs, and what hearing a voice adds to it.

decide: ten thousand turns, mixed from the training cards (five sites, two languages, visits of five turns,
with and without what was said before), one after the other on one core. prosody: the same three seconds of
sound, measured again and again. start: the policy in fresh processes, its import and what its data takes of
memory. Work takes what it takes on this machine at this moment: beside other programs the 99th percentiles
grow first, CPU time least.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bench.overhead import ROOT, machine
from core.audio import HEARING_RATE, Samples
from core.text import script_of
from core.timeline import percentile
from emotion_policy.decide import decide, prepare
from emotion_policy.decision import Observation
from emotion_policy.memory import Memory
from emotion_policy.prosody import measure
from emotion_policy.training import cards

PARTS = ("decide", "prosody", "start")
VISIT = 5
"""Turns of a visit: memory is carried through them and then forgotten."""
SECONDS = 3.0
STARTS = 7
EPILOG = """\
examples:
  python -m bench.emotion
  python -m bench.emotion --parts prosody --runs 1000
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured quantity."""

    part: str
    name: str
    unit: str
    n: int
    p50: float | None
    p99: float | None
    bar: str = ""
    met: bool | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    parts, lines = given.parts.split(","), list[Line]()
    if "decide" in parts:
        lines += decisions(given.rows)
    if "prosody" in parts:
        lines += voices(given.runs)
    if "start" in parts:
        lines += starts()
    print(render(lines))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python -m bench.emotion", *(sys.argv[1:] if arguments is None else arguments)])
    report = {"command": command, "machine": machine(), "lines": [asdict(line) for line in lines]}
    given.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(given.out, file=sys.stderr)
    return 0


def decisions(count: int) -> list[Line]:
    """So many turns, decided one after the other."""
    _progress(f"{count} decisions")
    prepare()
    turns = mixed(count)
    memory, walls, cpus = Memory(), list[float](), list[float]()
    with _one_core():
        for number, turn in enumerate(turns):
            observation = Observation(
                text=turn.text,
                language=turn.language,
                scenario=turn.scenario,
                asked=turn.asked,
                memory=memory if number % VISIT else Memory(),
            )
            wall, cpu = time.perf_counter(), time.thread_time()
            decision = decide(observation)
            cpus.append(time.thread_time() - cpu)
            walls.append(time.perf_counter() - wall)
            memory = decision.memory
    return [
        _line("decide", "a decision", "us", walls, bar=1e-3),
        _line("decide", "a decision, CPU", "us", cpus),
    ]


def mixed(count: int) -> list[Observation]:
    """Turns from all training cards, shuffled the same way every time, each row as often as the next."""
    rows = cards.read()
    random.Random(7).shuffle(rows)
    return [
        Observation(
            text=row.text,
            language=script_of(row.text),
            scenario=row.scenario,
            asked=next((text for role, text in reversed(row.history) if role == "assistant"), ""),
        )
        for row in islice(cycle(rows), count)
    ]


def voices(runs: int) -> list[Line]:
    """Three seconds of sound, measured so many times."""
    _progress(f"{runs} measurements of {SECONDS:.0f} s of sound")
    sound = speech(SECONDS)
    with _one_core():
        walls, cpus = _timed(lambda: measure(sound, HEARING_RATE, 12), runs)
    return [
        _line("prosody", f"{SECONDS:.0f} s of sound", "ms", walls, bar=5e-3),
        _line("prosody", f"{SECONDS:.0f} s of sound, CPU", "ms", cpus),
    ]


def speech(seconds: float) -> Samples:
    """Syllables of a gliding voice in a quiet room: as much work as somebody who speaks."""
    at = np.arange(round(seconds * HEARING_RATE)) / HEARING_RATE
    hertz = 180 * 2 ** (0.3 * np.sin(2 * np.pi * 0.7 * at))
    phase = 2 * np.pi * np.cumsum(hertz) / HEARING_RATE
    sound = sum(np.sin(number * phase + number) / number for number in range(1, 16))
    syllables = np.clip(np.sin(2 * np.pi * 2 * at) + 0.5, 0, 1)
    noise = np.random.default_rng(7).normal(0, 0.003, len(at))
    return (0.1 * sound * syllables + noise).astype(np.float32)


def starts() -> list[Line]:
    """Fresh processes: the import, and the memory that is taken once the policy has decided something."""
    found: dict[str, list[float]] = {}
    for number in range(STARTS):
        _progress(f"fresh process {number + 1}/{STARTS}")
        for module in ("numpy", "emotion_policy.decide"):
            wall, cpu = _fresh(
                "import time; w, c = time.perf_counter(), time.process_time()\n"
                f"import {module}\nprint(time.perf_counter() - w, time.process_time() - c)"
            )
            found.setdefault(f"import {module}", []).append(wall)
            found.setdefault(f"import {module}, CPU", []).append(cpu)
        code, used = _fresh(
            "import resource, tomllib, numpy, pydantic\n"
            "def pages(): return int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()\n"
            "bare = pages()\n"
            "import emotion_policy.policy_file\n"
            "from emotion_policy.decide import prepare\n"
            "code = pages()\n"
            "prepare()\n"
            "print(code - bare, pages() - code)"
        )
        found.setdefault("resident: the policy's code", []).append(code)
        found.setdefault("resident: lexicons, model, policy", []).append(used)
    return [_started(name, values) for name, values in found.items()]


def _started(name: str, values: Sequence[float]) -> Line:
    """Args: values: seconds of an import, or bytes that are resident."""
    unit, scale, bar = ("MB", 2.0**-20, 20.0) if name.startswith("resident") else ("ms", 1e3, 100.0)
    judged = name in {"import emotion_policy.decide", "resident: lexicons, model, policy"}
    middle = statistics.median(values) * scale
    return Line(
        part="start",
        name=name,
        unit=unit,
        n=len(values),
        p50=middle,
        p99=max(values) * scale,
        bar=f"<= {bar:.0f} {unit}" if judged else "",
        met=middle <= bar if judged else None,
    )


def render(lines: Sequence[Line]) -> str:
    """Aligned text. Pure."""
    shown = [f"{'':46}{'p50':>10}{'p99':>10}{'n':>7}  bar"]
    part = ""
    for line in lines:
        if line.part != part:
            part = line.part
            shown.append(part)
        verdict = "" if line.met is None else f"{line.bar}: {'met' if line.met else 'NOT met'}"
        name = f"{line.name} ({line.unit})"
        shown.append(
            f"  {name:44}{_shown(line.p50):>10}{_shown(line.p99):>10}{line.n:>7}  {verdict}".rstrip()
        )
    return "\n".join(shown)


@contextmanager
def _one_core() -> Iterator[None]:
    """This process on one core, where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _timed(work: Callable[[], object], runs: int) -> tuple[list[float], list[float]]:
    """Wall and CPU seconds of each run, behind one that nobody counts."""
    walls, cpus = list[float](), list[float]()
    work()
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.thread_time()
        work()
        cpus.append(time.thread_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return walls, cpus


def _fresh(code: str) -> tuple[float, float]:
    """Two numbers that a new interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    first, second = done.split()
    return float(first), float(second)


def _line(
    part: str,
    name: str,
    unit: str,
    seconds: Sequence[float],
    *,
    bar: float | None = None,
) -> Line:
    """Args: bar: seconds that the 99th percentile must not exceed."""
    scale = {"us": 1e6, "ms": 1e3}[unit]
    p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
    return Line(
        part=part,
        name=name,
        unit=unit,
        n=len(seconds),
        p50=None if p50 is None else p50 * scale,
        p99=None if p99 is None else p99 * scale,
        bar="" if bar is None else f"<= {bar * scale:.0f} {unit}",
        met=None if bar is None or p99 is None else p99 <= bar,
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.emotion",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", default=",".join(PARTS), metavar="A,B", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--rows", type=int, default=10_000, metavar="N", help="turns that are decided (default: 10000)"
    )
    parser.add_argument(
        "--runs", type=int, default=200, metavar="N", help="measurements of one sound (default: 200)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/bench/emotion.json"),
        metavar="FILE",
        help="where the JSON goes (default: out/bench/emotion.json)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
