"""The benchmark of the fused activation: its table, its cases, what it times, and the tiny run without a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from bench import tts_activation
from bench.tts_activation import TINY, Case, Row, cases, explained, moved, render
from tts.indextts2.config import BigVganConfig

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
CPU = torch.device("cpu")
CASE = Case(stage="5", frames=100, shape=(1, 24, 25_600), precision="fp32")


def test_the_cases_are_the_stages_of_the_released_vocoder():
    found = list(cases(BigVganConfig(), [32, 400], ["fp32"]))
    assert [case.shape[1:] for case in found[:6]] == [
        (768, 128), (384, 512), (192, 1024), (96, 2048), (48, 4096), (24, 8192),
    ]  # fmt: skip
    assert found[-1].shape == (1, 24, 400 * 256)
    assert len(found) == 12


def test_the_table_tells_how_much_longer_the_plain_way_takes_and_what_share_of_a_copy_a_way_is():
    rows = [
        Row(case=CASE, way="plain", seconds=(90e-6, 110e-6), error=1e-7),
        Row(case=CASE, way="fused", seconds=(9e-6, 11e-6)),
    ]
    plain, fused = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in render(rows, 1e12).splitlines()[2:]
    )
    assert moved(CASE) == 4_915_200
    assert plain == ["5", "100", "24 x 25600", "fp32", "plain", "90", "110", "1", "49", "0.05", "1.0e-07"]
    assert fused == ["5", "100", "24 x 25600", "fp32", "fused", "9", "11", "10", "492", "0.49", ""]


@pytest.mark.parametrize(
    ("way", "error", "wanted"),
    [("fused", 5e-6, True), ("fused", 2e-5, False), ("plain", float("nan"), False)],
)
def test_an_error_that_no_rounding_explains_fails_the_run(way: str, error: float, wanted: bool):
    assert explained(Row(case=CASE, way=way, error=error)) is wanted


def test_both_ways_are_timed_twice_in_turn_and_on_the_same_weights(monkeypatch):
    taken, networks = list[str](), list[object]()

    def graph(way, inputs):
        networks.append(way)
        return len(networks), len(inputs)

    def replayed(graph):
        taken.append("plain" if graph[0] == 1 else "fused")
        return float(len(taken) * graph[1])

    monkeypatch.setattr(tts_activation, "_graph", graph)
    monkeypatch.setattr(tts_activation, "_replayed", replayed)
    rows = list(tts_activation._vocoders(TINY, [3], "fp32", CPU, ["plain", "fused"]))
    assert taken == ["plain", "fused", "plain", "fused"]
    assert [(row.way, row.seconds) for row in rows] == [("plain", (1, 3)), ("fused", (2, 4))]
    one, other = (network.state_dict() for network in networks)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.isfinite(networks[0](torch.zeros(1, 80, 3))).all()


def test_small_inputs_rotate_and_large_ones_are_not_too_many():
    assert len(tts_activation._inputs((1, 2, 8), torch.float32, CPU)) == tts_activation.MOST_INPUTS
    assert len(tts_activation._inputs((1, 80, 4), torch.float32, CPU, most=2)) == 2
    assert len(tts_activation._inputs((1, 24, 1 << 20), torch.bfloat16, CPU)) == 5


@pytest.mark.timeout(120)
def test_all_of_it_runs_without_a_gpu_and_says_that_times_wait_for_one(tmp_path: Path):
    out = tmp_path / "found.json"
    command = [sys.executable, "-m", "bench.tts_activation", "--cpu-tiny", "--out", str(out)]
    environment = dict(os.environ, PYTHONPATH=":".join(sys.path))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Times wait for a GPU." in done.stdout
    found = json.loads(out.read_text())
    ways = {"plain", "fused"} if find_spec("triton") else {"plain"}
    assert {row["way"] for row in found["rows"]} == ways
    assert len(found["rows"]) == 12 * len(ways)
    assert all(row["seconds"] is None and row["error"] < 0.02 for row in found["rows"])
