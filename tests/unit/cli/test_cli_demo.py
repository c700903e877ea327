"""`tingshuo demo`: headings, and the files that are left behind."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from audio.wavfile import write_wav
from cli import main as command_line
from cli.demo import heading
from cli.reporting import write_report
from core import events as e
from core.audio import Waveform
from core.errors import OutputError
from pipeline.recorded import Line

pytestmark = pytest.mark.unit

EVENTS = [
    e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True),
    e.TranscriptChanged(
        at=1.0, turn=1, text="几点<关门>", final=True, language="zh", logprob=0.0, no_speech=0.0
    ),
    e.TurnEnded(at=2.0, turn=1, outcome="answered", reply="五点。", heard="五点。"),
    e.SessionEnded(at=2.5, reason="finished"),
]


def _line(shows: str) -> Line:
    return Line(waveform=Waveform(np.zeros(160, np.float32), 16_000), shows=shows)


def _stereo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, np.zeros((44_100, 2), np.float32), 22_050)


def test_each_line_is_announced_with_its_number_and_what_it_shows(capsys):
    lines = [_line("a complaint"), _line("noise")]
    announce = heading(lines)
    for line in lines:
        announce(line)
    assert capsys.readouterr().out == "\n1/2  a complaint\n\n2/2  noise\n"


def test_it_leaves_a_recording_a_log_and_a_report(monkeypatch, tmp_path, capsys):
    closed = list[bool]()

    def hold(config, engines, lines, files, show, *, announce, realtime):
        del config, engines, announce
        assert (len(lines), realtime) == (1, True)
        assert files.log == Path("here/events.jsonl")
        _stereo(files.recording)
        for event in EVENTS:
            show(event)
        return EVENTS

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("demo",))
    monkeypatch.setattr(
        "pipeline.assembly.build_engines",
        lambda config, **_: SimpleNamespace(close=lambda: closed.append(True)),
    )
    monkeypatch.setattr("pipeline.rehearsal.demo_lines", lambda: [_line("an inquiry")])
    monkeypatch.setattr("pipeline.recorded.hold", hold)
    assert command_line.main(["demo", "--out", "here", "--realtime"]) == 0
    assert closed
    out = capsys.readouterr().out
    for name in ("conversation.wav", "report.html", "events.jsonl"):
        assert f"here/{name}" in out
    assert "Customer: 几点<关门>" in out
    assert "几点&lt;关门&gt;" in (tmp_path / "here/report.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_an_output_error(tmp_path):
    _stereo(tmp_path / "both.wav")
    with pytest.raises(OutputError, match=r"report\.html"):
        write_report(EVENTS, recording=tmp_path / "both.wav", title="t", to=tmp_path / "no" / "report.html")
