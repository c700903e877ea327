"""Replay: how fast a recorded session runs again, and what recording it costs.

    python -m bench.replay [--seconds 60] [--rounds 5] [--json FILE]

A conversation of the shipped customers with scripted engines and the real voice detection, session, playout
and sound; once without and once with recording in every round, in turn, so that both have the same machine.
CPU is that of the whole process, its threads included. A bar that is missed ends it with status 1.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from asr.fake import FakeRecognizer
from llm.fake import FakeModel
from llm.knowledge import Knowledge
from pipeline import recorded
from pipeline.assembly import Engines
from pipeline.config import Config
from pipeline.keeper import Files
from pipeline.recorded import Line
from pipeline.rehearsal import demo_lines
from pipeline.replay import read_session, replay
from tts.fake import FakeSynthesizer

REPLAY_BAR = 1.0
"""Seconds for a session of a minute, reading the file included, once the program is loaded."""
COST_BAR = 0.02
"""Share of a core that recording may take."""
TEXTS = ("我等了两个小时还没人管", "谢谢", "我想办居住证", "How do I get a passport")
REPLY = "好的，我来帮您看一下。请您稍等，马上就好，如果还有别的问题可以接着问我。"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of conversation (default: 60)")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured")
    chosen = parser.parse_args(arguments)
    found = measure(chosen.seconds, chosen.rounds)
    for line in table(found):
        print(line)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if met(found) else 1


def measure(seconds: float, rounds: int) -> dict[str, list[float] | float | bool]:
    """What each round took, and whether all replays were the same."""
    plain: list[float] = []
    recording: list[float] = []
    replays: list[float] = []
    same, long, size = True, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.session.tar"
        _hold(seconds, Path(folder), None)  # the first turn loads what only turns need
        for _ in range(rounds):
            plain.append(_hold(seconds, Path(folder), None))
            recording.append(_hold(seconds, Path(folder), file))
            began = time.perf_counter()
            session = read_session(file)
            replayed = replay(session)
            replays.append((time.perf_counter() - began) * 60 / session.seconds)
            same = same and list(replayed.events) == list(session.events)
            long, size = session.seconds, file.stat().st_size / session.seconds
    return {
        "session_s": long,
        "bytes_per_s": size,
        "cpu_share_plain": plain,
        "cpu_share_recording": recording,
        "replay_s_per_minute": replays,
        "same": same,
    }


def met(found: dict[str, list[float] | float | bool]) -> bool:
    """Whether every bar is kept."""
    return bool(found["same"]) and _worst(found) < REPLAY_BAR and _cost(found) < COST_BAR


def table(found: dict[str, list[float] | float | bool]) -> list[str]:
    """Lines for a terminal."""
    plain, recording = (_middle(found, f"cpu_share_{name}") for name in ("plain", "recording"))
    return [
        f"session                        {found['session_s']:8.1f} s",
        f"file                           {found['bytes_per_s'] / 1000:8.1f} kB a second of session",
        f"CPU without recording          {plain:8.2%} of a core",
        f"CPU with recording             {recording:8.2%} of a core",
        f"recording                      {_cost(found):8.2%} of a core  (bar {COST_BAR:.0%})",
        f"replay of a minute, median     {_middle(found, 'replay_s_per_minute'):8.3f} s",
        f"replay of a minute, worst      {_worst(found):8.3f} s  (bar {REPLAY_BAR:.0f} s)",
        f"same as recorded               {found['same']!s:>8}",
    ]


def _hold(seconds: float, folder: Path, session: Path | None) -> float:
    """Hold a conversation of about so long; the share of a core it took of its own time."""
    engines = Engines(
        recognizer=FakeRecognizer(TEXTS * 100),
        model=FakeModel((REPLY,)),
        voice=FakeSynthesizer(rate=22_050),
        knowledge=Knowledge([]),
        demo=False,
    )
    lines = [Line(waveform=line.waveform) for line in demo_lines()]
    turns = max(1, round(seconds / 6.0))
    files = Files(recording=folder / "both.wav", session=session)
    before = _cpu()
    events = recorded.hold(Config(), engines, (lines * (turns // len(lines) + 1))[:turns], files)
    used = _cpu() - before
    engines.close()
    return used / events[-1].at


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _middle(found: dict[str, list[float] | float | bool], name: str) -> float:
    values = found[name]
    assert isinstance(values, list)
    return median(values)


def _worst(found: dict[str, list[float] | float | bool]) -> float:
    values = found["replay_s_per_minute"]
    assert isinstance(values, list)
    return max(values)


def _cost(found: dict[str, list[float] | float | bool]) -> float:
    return _middle(found, "cpu_share_recording") - _middle(found, "cpu_share_plain")


if __name__ == "__main__":
    sys.exit(main())
