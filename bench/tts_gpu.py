"""How fast IndexTTS2 speaks on a device, beside the original on the same weights and the device's limits.

    python -m bench.tts_gpu --checkpoint DIR --upstream-python ENV/bin/python --parity SET
    python -m bench.tts_gpu --cpu-tiny

Every measurement is a process of its own (`bench.tts_ours`, `bench.tts_upstream`). The stop code is
forbidden, so that all speak equally many codes. On a GPU the numbers are seconds on the clock with the device
waited for, on a processor its own seconds. Random weights do: what they say is noise, its cost is the same.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from core import clock
from core.audio import Samples, Waveform

ROOT = Path(__file__).parents[1]
NAME = "bench"
RATE = 24_000
"""Hz of the clip that is made where none is given."""
LOUDNESS = 0.1
"""Standard deviation of its noise."""
TEXT_TOKENS = 20
TINY = {"codes": 30, "steps": 2, "rounds": 1, "reference": 3.0, "at_once": "1,2", "device": "cpu"}
GPT = ("gpt: prefix and first code", "gpt: further codes", "gpt: codes", "gpt: second pass")
Report = Mapping[str, Any]


def main() -> int:
    """Measure, print, and write JSON; 1 if parity fails or codes differ."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if given.cpu_tiny:
            given.checkpoint = _tiny_checkpoint(folder / "checkpoint")
        clip, voice = _voice(given, folder)
        reports: dict[str, Report] = {}
        for precision in given.precision.split(","):
            _tell(f"ours, {precision}")
            report = _ours(given, voice, precision)
            reports[f"ours, {precision}"] = {**report, "cards": _cards(given, voice, precision)}
        reports |= _upstream(given, clip)
    parity = _parity(given)
    first = next(iter(reports.values()))
    print(f"{first['device']}, torch {first['torch']}; {given.codes} codes, {given.steps} steps")
    print(render(reports))
    for name, passed in parity.items():
        print(f"parity, {name}: {'passed' if passed else 'FAILED'}")
    if given.out:
        given.out.write_text(json.dumps({"reports": reports, "parity": parity}, indent=1) + "\n")
        print(given.out, file=sys.stderr)
    whole = all(report.get("same_codes", True) for report in reports.values())
    return 0 if whole and all(parity.values()) else 1


def render(reports: Mapping[str, Report]) -> str:
    """A table in Markdown: a row for each quantity, a column for each run, then ratios. Pure.

    Ratios belong to the first run: how many times as long the first original takes, and how many times as
    long as the device's bandwidth and rates allow it takes itself.
    """
    ours = next(iter(reports.values()))
    upstream = next((report for report in reports.values() if "floors" not in report), None)
    head = ["", *reports, "original / ours", "ours / floor"]
    lines = [head, ["---"] * len(head)]
    floors = _floor_rows(ours)
    for name, unit, values in _rows(reports):
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        other = None if upstream is None else values[[*reports.values()].index(upstream)]
        lines.append(
            [
                f"{name} ({unit})" if unit else name,
                *cells,
                _ratio(other, values[0]),
                _ratio(values[0], floors.get(name)),
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rows(reports: Mapping[str, Report]) -> Iterator[tuple[str, str, list[float | None]]]:
    """Quantity, unit, and its value in each run."""
    runs = [*reports.values()]
    for count in dict.fromkeys(count for run in runs for count in run["at_once"]):
        at_once = [run["at_once"].get(count, {}) for run in runs]
        yield f"first sound, {count} at once", "ms", [_scaled(one.get("last_ttfa"), 1e3) for one in at_once]
        yield f"real-time factor, {count} at once", "", [one.get("rtf") for one in at_once]
    turns: list[dict[str, float]] = [run.get("in_turns") or {} for run in runs]
    if any(turns):
        yield (
            "first sound, 1 at once, stages by turns",
            "ms",
            [_scaled(one.get("ttfa"), 1e3) for one in turns],
        )
        yield "real-time factor, 1 at once, stages by turns", "", [one.get("rtf") for one in turns]
    yield "GPT, all codes", "ms", [_scaled(_gpt(run), 1e3) for run in runs]
    for stage in dict.fromkeys(stage for run in runs for stage in run["stages"]):
        yield stage, "ms", [_scaled(run["stages"].get(stage), 1e3) for run in runs]
    yield "all stages", "ms", [1e3 * sum(run["stages"].values()) for run in runs]
    launches: list[dict[str, float]] = [run.get("launches") or {} for run in runs]
    for kind in dict.fromkeys(kind for launched in launches for kind in launched):
        yield f"launches: {kind}", "", [launched.get(kind) for launched in launches]
    for kind in dict.fromkeys(kind for run in runs for kind in run["memory"]):
        yield f"most memory {kind}", "GB", [_scaled(run["memory"].get(kind), 1e-9) for run in runs]
    cards: list[dict[str, float | None]] = [run.get("cards") or {} for run in runs]
    for card in dict.fromkeys(card for one in cards for card in one):
        yield f"most reserved on a card of {card} GB", "GB", [_scaled(one.get(card), 1e-9) for one in cards]
    yield "loading", "s", [run["load_seconds"] for run in runs]


def _floor_rows(report: Report) -> dict[str, float]:
    floors = {stage: 1e3 * report["floors"][stage] for stage in ("gpt", "flow", "vocoder")}
    return {
        "GPT, all codes": floors["gpt"],
        "flow": floors["flow"],
        "vocoder": floors["vocoder"],
        "all stages": sum(floors.values()),
    }


def _gpt(run: Report) -> float:
    return sum(run["stages"].get(name, 0.0) for name in GPT)


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else scale * value


def _ratio(value: float | None, base: float | None) -> str:
    return f"{value / base:.3g}" if value is not None and base else ""


def _cards(given: argparse.Namespace, voice: Path, precision: str) -> dict[str, float | None]:
    """Most bytes that were reserved with each card's memory; None where that was too little."""
    found: dict[str, float | None] = {}
    for card in _numbers(given.cards) if given.device == "cuda" and given.cards else ():
        _tell(f"ours, {precision}, on a card of {card} GB")
        report = _ours(given, voice, precision, card=card)
        found[str(card)] = report["memory"]["reserved"] if "memory" in report else None
    return found


def _ours(given: argparse.Namespace, voice: Path, precision: str, *, card: float = 0.0) -> Report:
    from bench.tts_ours import Request

    request = Request(
        checkpoint=str(given.checkpoint),
        voice=str(voice),
        device=given.device,
        precision=precision,
        codes=given.codes,
        steps=given.steps,
        tokens=_tokens(),
        rounds=1 if card else given.rounds,
        at_once=[1] if card else _numbers(given.at_once),
        card=card,
    )
    return _run([sys.executable, "-m", "bench.tts_ours", json.dumps(asdict(request))])


def _upstream(given: argparse.Namespace, clip: Path) -> dict[str, Report]:
    """The original with each number of beams, or nothing where it is not installed."""
    if given.upstream_python is None:
        _tell("the original is left out: --upstream-python names no environment that has it")
        return {}
    _tell("the original")
    request = {
        "checkpoint": str(given.checkpoint),
        "clip": str(clip),
        "device": given.device,
        "fp16": given.device == "cuda",
        "tokens": _tokens(),
        "codes": given.codes,
        "beams": _numbers(given.upstream_beams),
        "rounds": given.rounds,
        "at_once": _numbers(given.at_once),
    }
    worker = str(ROOT / "bench" / "tts_upstream.py")
    found = _run([str(given.upstream_python), worker, json.dumps(request)])
    shared = {name: found[name] for name in ("load_seconds", "memory", "torch")}
    return {
        f"original, {beams} beams": shared | found[f"beams{beams}"]
        for beams in _numbers(given.upstream_beams)
    }


def _parity(given: argparse.Namespace) -> dict[str, bool]:
    """Whether each precision passes."""
    if given.parity is None:
        return {}
    passed: dict[str, bool] = {}
    for precision in ("fp32", "bf16"):
        _tell(f"parity, {precision}")
        command = ["voice", "parity", str(given.parity), "--device", given.device, "--dtype", precision]
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main())", *command],
            cwd=ROOT,
            stdout=sys.stderr,
        )
        passed[precision] = done.returncode == 0
    return passed


def _voice(given: argparse.Namespace, folder: Path) -> tuple[Path, Path]:
    """The clip for the original, and the voice file for ours: made of it, unless a voice is named."""
    from audio.wavfile import read_wav, write_wav
    from tts.indextts2.voices import Voices

    clip = given.clip
    if clip is None:
        clip = folder / "clip.wav"
        count: int = round(given.reference * RATE)
        chance = np.random.default_rng(0)
        noise: Samples = chance.standard_normal(count, dtype=np.float32) * np.float32(LOUDNESS)
        write_wav(clip, noise, RATE)
    if given.voice is not None:
        return clip, Voices(given.voices).existing(given.voice)
    return clip, _made(given, read_wav(clip), Voices(folder / "voices"))


def _made(given: argparse.Namespace, sound: Waveform, voices: Any) -> Path:
    from tts.indextts2.checkpoint import open_checkpoint
    from tts.indextts2.clip import Clip
    from tts.indextts2.consent import Consent
    from tts.indextts2.voice_maker import Recipe, VoiceMaker

    today = clock.today()
    consent = Consent(speaker=NAME, given=today, expires=today + timedelta(days=1), purpose="A benchmark")
    clip = Clip(samples=sound.samples, rate=sound.rate, warnings=())
    recipe = Recipe(name=NAME, clip=clip, sha256="0" * 64, consent=consent, emotions={})
    maker = VoiceMaker(open_checkpoint(given.checkpoint), device=given.device, progress=_tell)
    return voices.write(maker.make(recipe, today))


def _tiny_checkpoint(folder: Path) -> Path:
    from tts.indextts2.random_checkpoint import write_random

    write_random(folder, size="tiny", seed=0, told=lambda _: None)
    return folder


def _run(command: Sequence[str]) -> Report:
    """A worker's report; what it says beside goes to stderr."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _tokens() -> list[int]:
    return list(range(100, 100 + TEXT_TOKENS))


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _tell(text: str) -> None:
    print(f"... {text}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast IndexTTS2 speaks on a device.")
    parser.add_argument("--checkpoint", type=Path, help="an official, converted or random directory")
    parser.add_argument("--cpu-tiny", action="store_true", help="tiny random weights on the processor")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--precision", default="auto", help="one or more: auto,fp32,bf16,fp16")
    parser.add_argument("--voice", help="name of a voice; else one is made of the clip")
    parser.add_argument("--voices", type=Path, help="folder of the voices")
    parser.add_argument("--clip", type=Path, help="a recording (WAV); else noise")
    parser.add_argument("--reference", type=float, default=5.0, help="seconds of that noise")
    parser.add_argument("--codes", type=int, default=250, help="50 are a second of sound")
    parser.add_argument("--steps", type=int, default=25, help="of the flow; the original always takes 25")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-once", default="1,2,4", help="sentences at the same time")
    parser.add_argument(
        "--cards", default="6,8,12,24", metavar="GB", help="try again with so little memory; empty for none"
    )
    parser.add_argument("--upstream-python", type=Path, help="Python with indextts2-inference installed")
    parser.add_argument("--upstream-beams", default="1,3")
    parser.add_argument("--parity", type=Path, metavar="DIR", help="a golden set to judge on the device")
    parser.add_argument("--out", type=Path, help="JSON with everything")
    if "--cpu-tiny" in sys.argv:
        parser.set_defaults(**TINY)
    given = parser.parse_args()
    if given.checkpoint is None and not given.cpu_tiny:
        parser.error(
            "name a checkpoint, or --cpu-tiny; tingshuo models random indextts2 --size full makes one"
        )
    if given.voice is not None and given.voices is None:
        parser.error("--voice needs --voices DIR")
    return given


if __name__ == "__main__":
    raise SystemExit(main())
