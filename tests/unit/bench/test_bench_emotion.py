"""What the bench of the emotion policy measures, in small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bench.emotion import Line, main, mixed, render, speech
from core.audio import HEARING_RATE
from emotion_policy.decision import Scenario
from emotion_policy.prosody import measure

ROOT = Path(__file__).parents[3]


@pytest.mark.unit
def test_a_bar_is_shown_with_its_verdict() -> None:
    line = Line(
        part="decide", name="a decision", unit="us", n=9, p50=300.0, p99=1200.0, bar="<= 1000 us", met=False
    )
    assert "<= 1000 us: NOT met" in render([line])
    assert "1200" in render([line])


@pytest.mark.unit
def test_the_turns_are_mixed_the_same_way_every_time_from_every_site_and_both_languages() -> None:
    turns = mixed(10_000)
    assert len(turns) == 10_000
    assert turns[:200] == mixed(200)
    assert {turn.scenario for turn in turns[:500]} == set(get_args(Scenario))
    assert {turn.language for turn in turns[:500]} == {"zh", "en"}
    assert any(turn.asked for turn in turns)


@pytest.mark.unit
def test_the_sound_is_speech_to_those_who_measure_it() -> None:
    measured = measure(speech(3.0), HEARING_RATE)
    assert measured.voiced > 0.4
    assert 150 < measured.f0 < 220


@pytest.mark.unit
def test_a_part_that_is_not_asked_for_is_not_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "emotion.json"
    assert main(["--parts", "prosody", "--runs", "3", "--out", str(out)]) == 0
    assert {line["part"] for line in json.loads(out.read_text(encoding="utf-8"))["lines"]} == {"prosody"}
    assert "3 s of sound (ms)" in capsys.readouterr().out


@pytest.mark.commands
@pytest.mark.timeout(120)
def test_all_parts_leave_a_table_and_a_report(tmp_path: Path) -> None:
    out = tmp_path / "emotion.json"
    command = ["-m", "bench.emotion", "--rows", "200", "--runs", "20", "--out", str(out)]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True, text=True)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert set(report) == {"command", "machine", "lines"}
    assert {line["part"] for line in report["lines"]} == {"decide", "prosody", "start"}
    assert all(0 < line["p50"] <= line["p99"] for line in report["lines"])
    assert all(line["name"] in done.stdout for line in report["lines"])
    judged = {line["name"]: line["met"] for line in report["lines"] if line["bar"]}
    assert len(judged) == 4


@pytest.mark.commands
def test_the_help_teaches_by_examples() -> None:
    command = [sys.executable, "-m", "bench.emotion", "--help"]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for word in ("--parts", "--rows", "--runs", "python -m bench.emotion --parts prosody"):
        assert word in shown
