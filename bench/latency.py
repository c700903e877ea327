"""latency: where the time goes with the embedded engines, from the last word to the first sound.

Recorded customers (models/demo/conversation) talk to the real engines on a clock that skips waiting and
counts work; interruptions meet the real voice detection, and so do noises; idle rooms are listened to;
imports are timed in fresh processes. Work takes what it takes on this machine at this moment: on a busy
machine every number but the endpoint's grows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from audio.resample import resample
from bench.listening import endure, interrupt, listen
from bench.noises import noises
from bench.overhead import ROOT, machine
from core.audio import HEARING_RATE, Waveform
from core.clock import SkippingLoop
from core.timeline import Timeline, TurnTimes, percentile
from pipeline import assembly, recorded
from pipeline.config import Config, load
from pipeline.keeper import Files
from pipeline.rehearsal import demo_lines

PARTS = ("turns", "bargein", "noise", "idle", "start")
ROOMS = {"digital silence": 0.0, "quiet room, -60 dBFS": 0.001, "busy hall, -40 dBFS": 0.01}
"""Root mean square of white noise as a share of full scale."""
NOISE_SECONDS = 120.0
"""Of each noise, on the clock that skips waiting."""
STARTS = 7
EPILOG = """\
examples:
  python -m bench.latency
  python -m bench.latency --parts turns --rounds 5 --set models.gguf=/models/chat.gguf
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One measured quantity."""

    part: str
    name: str
    unit: str
    n: int
    p50: float | None
    p95: float | None
    bar: str = ""
    met: bool | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    parts, lines = given.parts.split(","), list[Line]()
    config = load(given.config, os.environ, given.assignments)
    if "turns" in parts:
        lines += turns(config, given.rounds)
    if "bargein" in parts:
        lines += interruptions(config, given.interruptions)
    if "noise" in parts:
        lines += disturbances(config)
    if "idle" in parts:
        lines += rooms(config, given.seconds)
    if "start" in parts:
        lines += starts()
    print(render(lines))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python -m bench.latency", *(sys.argv[1:] if arguments is None else arguments)])
    report = {"command": command, "machine": machine(), "lines": [asdict(line) for line in lines]}
    given.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(given.out, file=sys.stderr)
    return 0


def turns(config: Config, rounds: int) -> list[Line]:
    """The waterfall: the demo's conversation, so many times over."""
    found: list[TurnTimes] = []
    engines = assembly.build_engines(config, prefer_demo=True, progress=_progress)
    try:
        with tempfile.TemporaryDirectory(prefix="tingshuo-bench-") as folder:
            for number in range(rounds):
                _progress(f"conversation {number + 1}/{rounds}")
                timeline = Timeline()
                files = Files(recording=Path(folder) / "conversation.wav")
                recorded.hold(config, engines, demo_lines(), files, timeline.feed)
                found += timeline.turns.values()
    finally:
        engines.close()
    return waterfall(found)


def waterfall(found: Sequence[TurnTimes]) -> list[Line]:
    """Seconds of every stage over all turns that sounded, in milliseconds. Pure."""
    stages: dict[str, list[float]] = {}
    for times in found:
        if times.playback_started is None:
            continue
        for stage, seconds in times.waterfall():
            stages.setdefault(stage, []).append(seconds)
        stages.setdefault("after the endpoint, all", []).append((times.ttfa or 0.0) - (times.eou or 0.0))
        stages.setdefault("last voice -> first sound", []).append(times.ttfa or 0.0)
        stages.setdefault(f"  answered by {times.source}", []).append(times.ttfa or 0.0)
    return [_line("turns", stage, values) for stage, values in stages.items()]


def interruptions(config: Config, count: int) -> list[Line]:
    """Customers speak over a long announcement, at random moments; how long does it go on?"""
    clips = [resample(line.waveform, HEARING_RATE) for line in demo_lines() if "noise" not in line.shows]
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=False)) as runner:
        found = runner.run(interrupt(config, clips, count, _progress))
    missed = _line("bargein", "interruptions that did not stop the reply", [])
    loud, audible = [pair[0] for pair in found], [pair[1] for pair in found]
    return [
        _line("bargein", "loud frame -> silence", loud, bar=0.12, at=percentile(loud, 0.95)),
        _line("bargein", "audible frame -> silence", audible),
        Line(**(asdict(missed) | {"unit": "", "n": count - len(found)})),
    ]


def disturbances(config: Config) -> list[Line]:
    """Announcements over what is no voice: how often they are paused for it, and how often cut off."""
    lines, lengths, cut = list[Line](), list[float](), 0
    for name, noise in noises(NOISE_SECONDS).items():
        _progress(f"{NOISE_SECONDS:.0f} s of {name}")
        with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=False)) as runner:
            pauses, interrupted = runner.run(endure(config, noise))
        a_minute = len(pauses) * 60 / NOISE_SECONDS
        lines.append(
            Line(part="noise", name=name, unit="pauses a minute", n=len(pauses), p50=a_minute, p95=None)
        )
        lengths += pauses
        cut += interrupted
    lines.append(_line("noise", "length of a pause", lengths))
    return [*lines, Line(part="noise", name="replies cut off by noise", unit="", n=cut, p50=None, p95=None)]


def rooms(config: Config, seconds: float) -> list[Line]:
    """CPU of a session that hears nobody, in real time: 50 frames a second in and out, real detection."""
    lines: list[Line] = []
    for name, level in ROOMS.items():
        _progress(f"{seconds:.0f} s of {name}")
        noise = np.random.default_rng(7).normal(0.0, level, round(seconds * HEARING_RATE))
        with asyncio.Runner() as runner:
            share = runner.run(listen(config, Waveform(noise.astype(np.float32), HEARING_RATE)))
        lines.append(
            Line(
                part="idle",
                name=name,
                unit="% of a core",
                n=1,
                p50=share * 100,
                p95=None,
                bar="<= 2 %",
                met=share <= 0.02,
            )
        )
    return lines


def starts() -> list[Line]:
    """Fresh processes: wall time, and CPU, which a busy machine changes less."""
    measured: dict[str, list[float]] = {}
    for number in range(STARTS):
        _progress(f"fresh process {number + 1}/{STARTS}")
        for module in ("asyncio", "pipeline.session"):
            wall, cpu = _import(module)
            measured.setdefault(f"import {module}", []).append(wall)
            measured.setdefault(f"import {module}, CPU", []).append(cpu)
        wall, cpu = _help()
        measured.setdefault("tingshuo --help", []).append(wall)
        measured.setdefault("tingshuo --help, CPU", []).append(cpu)
    bars = {"import pipeline.session": 0.1, "tingshuo --help": 0.3}
    return [
        _line("start", name, values, bar=bars.get(name), at=statistics.median(values))
        for name, values in measured.items()
    ]


def render(lines: Sequence[Line]) -> str:
    """Aligned text. Pure."""
    shown = [f"{'':46}{'p50':>10}{'p95':>10}{'n':>6}  bar"]
    part = ""
    for line in lines:
        if line.part != part:
            part = line.part
            shown.append(part)
        verdict = "" if line.met is None else f"{line.bar}: {'met' if line.met else 'NOT met'}"
        name = f"{line.name} ({line.unit})" if line.unit else line.name
        shown.append(
            f"  {name:44}{_shown(line.p50):>10}{_shown(line.p95):>10}{line.n:>6}  {verdict}".rstrip()
        )
    return "\n".join(shown)


def _import(module: str) -> tuple[float, float]:
    code = (
        "import time; w, c = time.perf_counter(), time.process_time()\n"
        f"import {module}\nprint(time.perf_counter() - w, time.process_time() - c)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    wall, cpu = done.split()
    return float(wall), float(cpu)


def _help() -> tuple[float, float]:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "cli.main", "--help"], cwd=ROOT, capture_output=True, check=True)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def _line(
    part: str, name: str, seconds: Sequence[float], *, bar: float | None = None, at: float | None = None
) -> Line:
    """Args: bar: seconds that `at` (the quantile the bar speaks of) must not exceed."""
    p50, p95 = percentile(seconds, 0.5), percentile(seconds, 0.95)
    return Line(
        part=part,
        name=name,
        unit="ms",
        n=len(seconds),
        p50=None if p50 is None else p50 * 1e3,
        p95=None if p95 is None else p95 * 1e3,
        bar="" if bar is None else f"<= {bar * 1e3:.0f} ms",
        met=None if bar is None or at is None else at <= bar,
    )


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _progress(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.latency",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parts", default=",".join(PARTS), metavar="A,B", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--rounds", type=int, default=3, metavar="N", help="conversations of ten lines (default: 3)"
    )
    parser.add_argument(
        "--interruptions", type=int, default=48, metavar="N", help="customers who speak over it (default: 48)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=20.0,
        metavar="S",
        help="of each idle room, in real time (default: 20)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings file")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="assignments",
        help="override one setting, for example --set models.gguf=/models/chat.gguf; may be repeated",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/bench/latency.json"),
        metavar="FILE",
        help="where the JSON goes (default: out/bench/latency.json)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
