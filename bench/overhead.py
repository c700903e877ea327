"""overhead: what the framework around the models costs, beside a bare asyncio pipeline and beside its peers.

Every engine is a stub that costs nothing, so what is left is sessions, turns, links, lanes and the event
loop. Each measurement is a process of its own; rounds interleave the implementations and rotate their
order, so that the machine's other work falls on all of them. Compare within one run; trust the ratios.

With the peers' harness (--harness) its scenarios run, on our adapter and on its bare pipeline, and with
--peers-python on every peer that environment has. Without it the same definitions run on bench.worker.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench import table

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT.parent / "shared" / "bench_peers"
ADAPTER = Path(__file__).with_name("peers_adapter.py")
LIMIT = 600.0
"""Seconds that one process may take."""
PEERS = {"pipecat": "pipecat", "livekit": "livekit.agents"}
"""Adapter of the harness -> the module it needs. hf_s2s needs the source, named by --s2s-src."""

EPILOG = """\
examples:
  python -m bench.overhead --quick
  python -m bench.overhead --scenarios latency0,bargein,flood --rounds 2 --turns 20
  python -m bench.overhead --peers --peers-python .venv-peers/bin/python --s2s-src ../speech-to-speech/src
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the worker is asked for, and how often."""

    name: str
    options: dict[str, float]
    quick: dict[str, float]
    rounds: int


SCENARIOS = {
    "start": Scenario(name="start", options={}, quick={}, rounds=7),
    "latency0": Scenario(
        name="latency", options={"turns": 60, "token_ms": 0}, quick={"turns": 3, "warmup": 1}, rounds=4
    ),
    "latency5": Scenario(
        name="latency", options={"turns": 60, "token_ms": 5}, quick={"turns": 3, "warmup": 1}, rounds=4
    ),
    "bargein": Scenario(name="bargein", options={"turns": 55}, quick={"turns": 2}, rounds=4),
    "flood": Scenario(name="flood", options={"frames": 20_000}, quick={"frames": 2000}, rounds=5),
    "idle1": Scenario(name="idle", options={"sessions": 1, "secs": 12}, quick={"secs": 0.5}, rounds=3),
    "idle10": Scenario(name="idle", options={"sessions": 10, "secs": 12}, quick={"secs": 0.5}, rounds=3),
    "idle50": Scenario(name="idle", options={"sessions": 50, "secs": 12}, quick={"secs": 0.5}, rounds=3),
    "soak": Scenario(name="soak", options={"turns": 2000}, quick={"turns": 120}, rounds=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where workers run: the harness's copy, or our own."""

    name: str
    command: tuple[str, ...]
    """After the interpreter."""
    folder: Path
    environment: dict[str, str]
    """Of the workers, beside ours."""


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    with ExitStack() as opened:
        stand = _stand(given, opened)
        pythons = _implementations(given, harness=stand.name == "harness")
        labels = given.scenarios.split(",")
        print(f"{stand.name}: {', '.join(pythons)}; load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        runs = {label: _measure(label, stand, pythons, given) for label in labels}
    found = table.rows(runs)
    print(table.render(found))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "command": " ".join(
            ["python -m bench.overhead", *(sys.argv[1:] if arguments is None else arguments)]
        ),
        "stand": stand.name,
        "machine": machine(),
        "rows": [asdict(row) for row in found],
        "errors": _errors(runs),
        "runs": runs,
    }
    given.out.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(f"{given.out}", file=sys.stderr)
    for error in report["errors"]:
        print(f"failed: {error}", file=sys.stderr)
    return 1 if report["errors"] else 0


def machine() -> dict[str, Any]:
    """What the numbers were measured on, without its name."""
    return {
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.overhead",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--harness",
        type=Path,
        default=HARNESS,
        metavar="DIR",
        help="the peers' harness (default: ../shared/bench_peers); where it is missing, our own runs",
    )
    parser.add_argument("--peers", action="store_true", help="measure the peers too, not only the floor")
    parser.add_argument(
        "--peers-python",
        type=Path,
        metavar="PATH",
        help="interpreter of an environment with pipecat-ai and livekit-agents (default: this interpreter)",
    )
    parser.add_argument(
        "--s2s-src",
        type=Path,
        default=os.environ.get("S2S_SRC"),
        metavar="DIR",
        help="the folder src of a checkout of github.com/huggingface/speech-to-speech, which needs no "
        "installing; without it that peer is left out (default: $S2S_SRC)",
    )
    parser.add_argument(
        "--scenarios", default=",".join(SCENARIOS), metavar="A,B", help=f"of {', '.join(SCENARIOS)}"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each scenario (default: 1 to 7)")
    parser.add_argument("--turns", type=int, metavar="N", help="turns a round, where a scenario has turns")
    parser.add_argument("--quick", action="store_true", help="a smoke test: one short round of each")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/bench/overhead.json"),
        metavar="FILE",
        help="where the JSON goes (default: out/bench/overhead.json)",
    )
    return parser


def _stand(given: argparse.Namespace, opened: ExitStack) -> Stand:
    """The harness is copied, with our adapter beside the others: its own folder is never written to."""
    harness: Path = given.harness
    environment = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    if not (harness / "worker.py").is_file():
        return Stand(name="own", command=("-m", "bench.worker"), folder=ROOT, environment=environment)
    if given.s2s_src:
        environment["S2S_SRC"] = str(given.s2s_src.absolute())
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="tingshuo-bench-")))
    for source in sorted(harness.rglob("*.py")):
        copy = folder / source.relative_to(harness)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    shutil.copyfile(ADAPTER, folder / "adapters" / "ours_adapter.py")
    return Stand(name="harness", command=("worker.py",), folder=folder, environment=environment)


def _implementations(given: argparse.Namespace, *, harness: bool) -> dict[str, str]:
    """Implementation -> interpreter, the floor first."""
    pythons: dict[str, str] = {table.FLOOR: sys.executable, table.OURS: sys.executable}
    if not (given.peers or given.peers_python):
        return pythons
    if not harness:
        print("no harness: the peers are left out", file=sys.stderr)
        return pythons
    python = str(given.peers_python.absolute() if given.peers_python else sys.executable)
    for name, module in PEERS.items():
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            pythons[name] = python
        else:
            print(f"{name} is left out: {python} cannot import {module}", file=sys.stderr)
    if given.s2s_src and given.s2s_src.is_dir():
        pythons["hf_s2s"] = python
    else:
        print("hf_s2s is left out: --s2s-src names no folder", file=sys.stderr)
    return pythons


def _measure(
    label: str, stand: Stand, pythons: dict[str, str], given: argparse.Namespace
) -> dict[str, list[dict[str, Any]]]:
    scenario = SCENARIOS[label]
    options = scenario.options | (scenario.quick if given.quick else {})
    if given.turns and "turns" in options and label != "soak":
        options["turns"] = given.turns
    rounds = given.rounds or (1 if given.quick else scenario.rounds)
    names = list(pythons)
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            print(f"{label} {number + 1}/{rounds} {name}", file=sys.stderr, flush=True)
            found[name].append(_work(stand, pythons[name], name, scenario.name, options))
    return found


def _work(stand: Stand, python: str, name: str, scenario: str, options: dict[str, float]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [python, *stand.command, name, scenario, json.dumps(options)],
            cwd=stand.folder,
            env=os.environ | stand.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {LIMIT:.0f} s"}
    lines = [line for line in done.stdout.splitlines() if line.startswith("@@")]
    return json.loads(lines[-1][2:]) if lines else {"error": (done.stderr or done.stdout)[-300:]}


def _errors(runs: dict[str, dict[str, list[dict[str, Any]]]]) -> list[str]:
    return [
        f"{label} {name}: {each['error']}"
        for label, implementations in runs.items()
        for name, rounds in implementations.items()
        for each in rounds
        if "error" in each
    ]


if __name__ == "__main__":
    sys.exit(main())
