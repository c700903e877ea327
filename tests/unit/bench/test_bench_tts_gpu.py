"""The benchmark of IndexTTS2: its table, its floors, and the whole of it on tiny random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bench.tts_errors import errors
from bench.tts_fits import table
from bench.tts_gpu import render
from bench.tts_limits import Rates, Work, floors
from bench.tts_ours import keep_within
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.networks import Precisions

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
SHORT = Precisions(gpt=torch.bfloat16, flow=torch.bfloat16, vocoder=torch.bfloat16)


def _at_once(ttfa: float, rtf: float) -> dict[str, dict[str, float]]:
    return {"1": {"ttfa": ttfa, "last_ttfa": ttfa, "rtf": rtf, "seconds": 5.0}}


def test_the_table_tells_how_much_longer_the_original_takes_and_the_device_would_allow() -> None:
    ours = {
        "at_once": _at_once(0.05, 0.04),
        "stages": {"gpt: prefix and first code": 0.01, "gpt: further codes": 0.09, "flow": 0.02},
        "launches": {"kernels": 300, "graphs": 400},
        "memory": {"allocated": 2e9},
        "in_turns": {"ttfa": 0.06, "rtf": 0.08},
        "cards": {"6": 2.5e9, "1": None},
        "load_seconds": 3.0,
        "floors": {"gpt": 0.05, "flow": 0.01, "vocoder": 0.001},
    }
    original = {
        "at_once": _at_once(1.0, 0.4),
        "stages": {"gpt: codes": 1.0, "gpt: second pass": 0.2, "flow": 0.3},
        "memory": {"allocated": 8e9},
        "load_seconds": 30.0,
    }
    lines = render({"ours": ours, "original": original}).splitlines()
    rows = {
        cells[1].strip(): [cell.strip() for cell in cells[2:6]]
        for cells in (line.split("|") for line in lines)
    }
    assert rows["first sound, 1 at once (ms)"] == ["50", "1000", "20", ""]
    assert rows["real-time factor, 1 at once"] == ["0.04", "0.4", "10", ""]
    assert rows["GPT, all codes (ms)"] == ["100", "1200", "12", "2"]
    assert rows["flow (ms)"] == ["20", "300", "15", "2"]
    assert rows["launches: kernels"] == ["300", "", "", ""]
    assert rows["most memory allocated (GB)"] == ["2", "8", "4", ""]
    assert rows["real-time factor, 1 at once, stages by turns"] == ["0.08", "", "", ""]
    assert rows["most reserved on a card of 6 GB (GB)"] == ["2.5", "", "", ""]
    assert rows["most reserved on a card of 1 GB (GB)"] == ["", "", "", ""]


def test_floors_are_those_of_the_released_model_on_a_known_card() -> None:
    """4.3 TB/s and 790 TFLOP/s, as an H200: 0.23 ms a code, 9.3 ms for a flow of 5 s behind a clip of 5 s."""
    rates = Rates(bytes_per_second=4.3e12, flops={"torch.bfloat16": 790e12})
    work = Work(codes=250, reference_frames=430, frames=430, steps=25)
    found = floors(IndexTts2Config(), SHORT, work, rates)
    assert found["gpt"] / 250 == pytest.approx(0.228e-3, rel=0.02)
    assert found["flow"] == pytest.approx(9.3e-3, rel=0.02)
    assert found["vocoder"] == pytest.approx(5 * 155e9 / 790e12, rel=0.02)


def test_a_smaller_card_is_what_the_driver_leaves_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[float] = []
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (139e9, 140e9))
    monkeypatch.setattr(torch.cuda, "set_per_process_memory_fraction", lambda part, _: said.append(part))
    for card, device in ((8.0, "cuda"), (0.5, "cuda"), (0.0, "cuda"), (8.0, "cpu")):
        keep_within(card, torch.device(device))
    assert said == [pytest.approx(7 / 140), 0.0]


def test_a_slow_memory_or_a_slow_processor_each_raise_the_floor() -> None:
    work = Work(codes=25, reference_frames=430, frames=43, steps=25)
    fast = Rates(bytes_per_second=1e15, flops={"torch.bfloat16": 1e18})
    slow_memory = Rates(bytes_per_second=1e9, flops=fast.flops)
    slow_rate = Rates(bytes_per_second=1e15, flops={"torch.bfloat16": 1e12})
    for rates in (slow_memory, slow_rate):
        pairs = zip(
            floors(IndexTts2Config(), SHORT, work, rates).values(),
            floors(IndexTts2Config(), SHORT, work, fast).values(),
            strict=True,
        )
        assert all(slower > 10 * faster for slower, faster in pairs)


@pytest.mark.timeout(120)
def test_all_of_it_runs_on_tiny_random_weights(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    command = [sys.executable, "-m", "bench.tts_gpu", "--cpu-tiny", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| first sound, 2 at once (ms) |" in done.stdout
    assert "the original is left out" in done.stderr
    (report,) = json.loads(out.read_text())["reports"].values()
    assert report["same_codes"] is True
    assert report["in_turns"]["seconds"] == report["at_once"]["1"]["seconds"]
    assert report["cards"] == {}
    assert report["at_once"]["1"]["seconds"] == pytest.approx(30 * 0.02, abs=0.012)
    assert report["at_once"]["2"]["seconds"] == pytest.approx(2 * report["at_once"]["1"]["seconds"])
    assert all(value > 0 for value in report["stages"].values())


def test_sixteen_bits_cost_little_and_those_of_fp16_less(tiny_indextts2) -> None:
    found = errors(tiny_indextts2.checkpoint, device="cpu", steps=2, frames=20)
    for stage, short in found["fp16"].items():
        assert 0 < short < found["bf16"][stage] < 0.05, stage


def test_the_page_on_performance_has_the_table_of_cards_as_it_is_counted() -> None:
    page = (ROOT / "docs" / "reference" / "performance.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in page
