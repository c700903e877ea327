"""The overhead bench as a user runs it, where the peers' harness is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.commands

ROOT = Path(__file__).parents[3]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.overhead", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def test_without_the_harness_our_own_stand_measures_us_against_the_floor(tmp_path: Path) -> None:
    out = tmp_path / "overhead.json"
    done = _run(
        *("--harness", str(tmp_path / "nowhere"), "--quick", "--scenarios", "start,latency0,flood"),
        *("--out", str(out)),
    )
    report = json.loads(out.read_text(encoding="utf-8"))
    assert set(report) == {"command", "stand", "machine", "rows", "errors", "runs"}
    assert report["stand"] == "own"
    assert report["errors"] == []
    assert {row["implementation"] for row in report["rows"]} == {"bare", "ours"}
    assert all(row["n"] > 0 and row["p50"] is not None for row in report["rows"])
    assert {row["met"] for row in report["rows"] if row["implementation"] == "ours"} <= {True, False}
    assert "end of speech -> first audio" in done.stdout
    assert "latency0 1/1 ours" in done.stderr


def test_a_barge_in_is_measured_on_our_own_stand_too(tmp_path: Path) -> None:
    out = tmp_path / "overhead.json"
    _run("--harness", str(tmp_path), "--quick", "--scenarios", "bargein", "--out", str(out))
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["errors"] == []
    assert {row["implementation"]: row["n"] for row in report["rows"]} == {"bare": 2, "ours": 2}


def test_help_shows_examples_and_scenarios() -> None:
    text = _run("--help").stdout
    assert "examples:" in text
    assert "latency0" in text


def test_peers_need_the_harness_and_are_left_out_aloud_without_it(tmp_path: Path) -> None:
    done = _run(
        *("--harness", str(tmp_path), "--peers", "--quick", "--scenarios", "flood"),
        *("--out", str(tmp_path / "overhead.json")),
    )
    assert "the peers are left out" in done.stderr


WORKER = """\
import json, os
print("@@" + json.dumps({"cpu_us_per_frame": 1.0, "source": os.environ.get("S2S_SRC")}))
"""


@pytest.fixture
def harness(tmp_path: Path) -> Path:
    """Peers that answer at once."""
    folder = tmp_path / "harness"
    (folder / "adapters").mkdir(parents=True)
    (folder / "adapters" / "__init__.py").touch()
    (folder / "worker.py").write_text(WORKER, encoding="utf-8")
    return folder


@pytest.mark.parametrize("exists", [True, False])
def test_speech_to_speech_is_measured_from_the_source_that_is_named(
    tmp_path: Path, harness: Path, exists: bool
) -> None:
    source, out = tmp_path / "src", tmp_path / "overhead.json"
    if exists:
        source.mkdir()
    done = _run(
        *("--harness", str(harness), "--peers", "--s2s-src", os.path.relpath(source, ROOT)),
        *("--quick", "--scenarios", "flood", "--out", str(out)),
    )
    flood = json.loads(out.read_text(encoding="utf-8"))["runs"]["flood"]
    assert ("hf_s2s is left out" in done.stderr) is not exists
    assert ("hf_s2s" in flood) is exists
    if exists:
        assert Path(flood["hf_s2s"][0]["source"]).samefile(source)
