"""`tingshuo run` and `demo`: what is asked of the pipeline, and that engines are closed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from audio.wavfile import write_wav
from cli import main as command_line
from core import events as e
from core.errors import OutputError

pytestmark = pytest.mark.unit

STARTED = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True)


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """What the pipeline was asked for."""
    seen = dict[str, object](closed=0)

    def close():
        seen["closed"] += 1

    def build_engines(config, *, prefer_demo, progress):
        del config, progress
        seen["prefer_demo"] = prefer_demo
        return SimpleNamespace(close=close)

    def answer(config, engines, customer, files, show, *, realtime):
        del config, engines
        seen.update(seconds=customer.seconds, recording=files.recording, log=files.log, realtime=realtime)
        show(STARTED)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("run",))
    monkeypatch.setattr("pipeline.assembly.build_engines", build_engines)
    monkeypatch.setattr("pipeline.recorded.answer", answer)
    write_wav(tmp_path / "in.wav", np.zeros(8000, np.float32), 16_000)
    return seen


RUN = ["run", "--in", "in.wav", "--out", "out.wav"]


def test_the_recording_is_answered_on_the_demo_whisper(asked, capsys):
    assert command_line.main(RUN) == 0
    assert asked["seconds"] == 0.5
    assert (asked["recording"], asked["log"]) == (Path("out.wav"), None)
    assert (asked["prefer_demo"], asked["realtime"], asked["closed"]) == (True, False, 1)
    captured = capsys.readouterr()
    assert "demo models" in captured.out
    assert captured.err == "out.wav: customer left, agent right\n"


def test_pocketsphinx_and_real_time_can_be_asked_for(asked):
    assert command_line.main([*RUN, "--sphinx", "--realtime"]) == 0
    assert (asked["prefer_demo"], asked["realtime"]) == (False, True)


def test_events_are_lines_of_json_and_nothing_else(asked, capsys):
    assert command_line.main([*RUN, "--events"]) == 0
    assert capsys.readouterr().out.startswith('{"type": "SessionStarted"')


def test_engines_are_closed_when_it_fails(asked, monkeypatch):
    def full(*_, **__):
        raise OutputError("full")

    monkeypatch.setattr("pipeline.recorded.answer", full)
    assert command_line.main(RUN) == OutputError.exit_code
    assert asked["closed"] == 1


def test_a_bad_recording_is_told_before_engines_are_loaded(asked):
    assert command_line.main(["run", "--in", "nowhere.wav", "--out", "out.wav"]) == 7
    assert "prefer_demo" not in asked
