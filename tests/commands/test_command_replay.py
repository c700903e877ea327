"""`run --record`, `talk --record`, `replay` and `report`, with the real engines."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest

pytestmark = [pytest.mark.commands, pytest.mark.timeout(150)]

CUSTOMERS = Path(__file__).parents[2] / "models" / "demo" / "conversation"
PAUSE = 3.0
"""Seconds between two lines: some replies are done by then, others are spoken over."""


@pytest.fixture(scope="module")
def customer(tmp_path_factory) -> Path:
    """All shipped customers in one recording."""
    path = tmp_path_factory.mktemp("customer") / "customer.wav"
    with wave.open(str(path), "wb") as whole:
        for line in sorted(CUSTOMERS.glob("*.wav")):
            with wave.open(str(line)) as part:
                if not whole.tell():
                    whole.setparams(part.getparams())
                whole.writeframes(
                    part.readframes(part.getnframes()) + bytes(2 * round(PAUSE * part.getframerate()))
                )
    return path


def test_the_demos_customers_come_out_the_same_twice_and_make_a_page(
    tingshuo, needs_models, tmp_path, customer
):
    told = tingshuo("run", "--in", customer, "--out", "both.wav", "--record", "talk.session.tar", "--events")
    assert told.returncode == 0, told.stderr
    for name in ("one.jsonl", "two.jsonl"):
        done = tingshuo("replay", "talk.session.tar", "--out", name)
        assert done.returncode == 0, done.stdout
        assert "byte for byte" in done.stdout
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert (tmp_path / "one.jsonl").read_text(encoding="utf-8") == told.stdout
    turns = [event for event in map(json.loads, told.stdout.splitlines()) if event["type"] == "TurnEnded"]
    assert len(turns) >= 8
    assert {turn["outcome"] for turn in turns} >= {"answered"}
    assert tingshuo("report", "talk.session.tar").returncode == 0
    page = (tmp_path / "talk.html").read_text(encoding="utf-8")
    assert page.count("src='data:audio/wav;base64,") == page.count("<section id='turn-") >= 8
    assert "http" not in page.replace("http-equiv", "")


def test_a_typed_talk_is_recorded_into_its_folder_only_where_it_is_asked_for(
    tingshuo, needs_models, tmp_path
):
    talk = ("talk", "--text", "--silent", "--set", "recording.folder=kept")
    assert tingshuo(*talk, typed="几点开门\n").returncode == 0
    assert not (tmp_path / "kept").exists()
    assert tingshuo(*talk, "--record", typed="几点开门\n/say 马上就好。\n/reset\n你好\n").returncode == 0
    (file,) = (tmp_path / "kept").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = tingshuo("replay", file)
    assert done.returncode == 0, done.stdout
    assert "3 turns" in done.stdout


def test_what_a_killed_process_leaves_behind_can_be_replayed(needs_models, tmp_path, shell_environment):
    command = [sys.executable, "-m", "cli.main", "talk", "--text", "--silent", "--events", "--record",
               "--set", f"recording.folder={tmp_path}"]  # fmt: skip
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=shell_environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        running.stdin.write('{"type": "Ask", "text": "几点开门"}\n')
        running.stdin.flush()
        for line in running.stdout:
            if json.loads(line)["type"] == "PlaybackStarted":
                break
        time.sleep(2.0)
        os.kill(running.pid, signal.SIGKILL)
    (file,) = tmp_path.glob("*.session.tar")
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "replay", str(file)],
        cwd=tmp_path, env=shell_environment(tmp_path), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "is cut short after" in done.stderr
    assert float(done.stdout.split(" s of ")[0]) > 1.0


def test_a_session_file_is_refused_by_name_where_it_cannot_be(tingshuo, needs_models, customer):
    done = tingshuo("run", "--in", customer, "--out", "both.wav", "--record", "/dev/full")
    assert done.returncode == 8
    assert "error [output.session-file]" in done.stderr
