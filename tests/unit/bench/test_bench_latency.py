"""The waterfall's statistics, without engines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import latency
from bench.latency import Line, render, waterfall
from bench.noises import noises
from core.timeline import TurnTimes
from pipeline.config import Config

ROOT = Path(__file__).parents[3]


def _turn(number: int, *, asr: float) -> TurnTimes:
    return TurnTimes(
        turn=number,
        voiced_until=1.0,
        endpoint=1.5,
        transcript=1.5 + asr,
        delivery=1.6 + asr,
        playback_started=1.7 + asr,
        source="model",
    )


@pytest.mark.unit
def test_each_stage_is_summed_up_over_the_turns() -> None:
    lines = {line.name: line for line in waterfall([_turn(1, asr=0.1), _turn(2, asr=0.3), _turn(3, asr=0.2)])}
    assert lines["asr"].p50 == pytest.approx(200.0)
    assert lines["endpoint"].p95 == pytest.approx(500.0)
    assert lines["last voice -> first sound"].p50 == pytest.approx(900.0)
    assert lines["after the endpoint, all"].p50 == pytest.approx(400.0)
    assert lines["  answered by model"].n == 3


@pytest.mark.unit
def test_turns_that_never_sounded_are_left_out() -> None:
    silent = TurnTimes(turn=2, voiced_until=1.0, endpoint=1.5)
    assert {line.n for line in waterfall([_turn(1, asr=0.1), silent])} == {1}


@pytest.mark.unit
def test_a_bar_is_shown_with_its_verdict() -> None:
    line = Line(part="idle", name="room", unit="%", n=1, p50=3.0, p95=None, bar="<= 2 %", met=False)
    assert "<= 2 %: NOT met" in render([line])


@pytest.mark.unit
def test_noises_are_the_same_every_time_and_can_be_heard() -> None:
    first, second = noises(4.0), noises(4.0)
    for name, noise in first.items():
        assert noise.seconds == 4.0
        assert (noise.samples == second[name].samples).all()
        assert 0.05 < abs(noise.samples).max() <= 1.0, name


@pytest.mark.unit
def test_each_noise_has_a_row_and_what_it_did_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "NOISE_SECONDS", 4.0)
    *rows, lengths, cut = latency.disturbances(Config())
    assert [row.name for row in rows] == list(noises(4.0))
    assert sum(row.n for row in rows) == lengths.n
    assert all(row.p50 == row.n * 15 for row in rows)
    assert {row.n for row in rows if row.name.startswith(("white", "clicks", "typing"))} == {0}
    assert cut.n >= 0


@pytest.mark.commands
def test_interruptions_are_measured_through_the_real_voice_detection(tmp_path: Path) -> None:
    out = tmp_path / "latency.json"
    command = ["-m", "bench.latency", "--parts", "bargein", "--interruptions", "3", "--out", str(out)]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert set(report) == {"command", "machine", "lines"}
    loud, audible, missed = report["lines"]
    assert loud["n"] == 3
    assert 0 < loud["p50"] <= audible["p50"] < 400
    assert missed["n"] == 0
