"""`tingshuo run`: a recording of any form as the customer, a stereo conversation as the result."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from audio.resample import resample
from audio.wavfile import read_wav
from core import events as e

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120), pytest.mark.usefixtures("needs_models")]

RECORDINGS = Path(__file__).parents[2] / "models" / "demo" / "conversation"
TOILET = RECORDINGS / "05-barge-in.wav"
PASSPORT = RECORDINGS / "04-inquiry-english.wav"


def _wav(path: Path, samples: np.ndarray, rate: int, *, form: int, bits: int) -> Path:
    """Write a WAV file: form 1 is integers, 3 floats; samples (n, channels) in [-1, 1]."""
    channels = samples.shape[1]
    if form == 3:
        sound = samples.astype("<f4").tobytes()
    else:
        whole = np.round(samples * (2 ** (bits - 1) - 1)).astype("<i4")
        sound = whole[..., None].view(np.uint8).reshape(*samples.shape, 4)[..., : bits // 8].tobytes()
    block = channels * bits // 8
    layout = struct.pack("<HHIIHH", form, channels, rate, rate * block, block, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + layout + b"data" + struct.pack("<I", len(sound)) + sound
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def _customer(rate: int) -> np.ndarray:
    return resample(read_wav(PASSPORT), rate).samples


@pytest.fixture(params=["8 kHz stereo 24 bit", "44.1 kHz mono float"])
def recording(request, tmp_path) -> Path:
    if request.param.startswith("8"):
        left = _customer(8000)
        return _wav(tmp_path / "in.wav", np.stack([left, left * 0.5], axis=1), 8000, form=1, bits=24)
    return _wav(tmp_path / "in.wav", _customer(44_100)[:, None], 44_100, form=3, bits=32)


def test_a_recording_of_any_form_is_answered(tingshuo, tmp_path, recording, read_events, said):
    done = tingshuo("run", "--in", recording, "--out", "both.wav", "--events")
    assert done.returncode == 0, done.stderr
    events = read_events(done.stdout)
    (turn,) = said(events).values()
    assert turn["customer"] == "how do i get a passport"
    assert (turn["source"], turn["outcome"]) == ("knowledge", "answered")
    assert "counter eleven" in turn["reply"]
    with wave.open(str(tmp_path / "both.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        sides = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2) / 32768
        seconds = file.getnframes() / file.getframerate()
    assert (np.abs(sides).max(axis=0) > 0.05).all()
    assert seconds == pytest.approx(events[-1].at, abs=1.0)
    (ended,) = (event for event in events if isinstance(event, e.SpeechEnded))
    loud = np.flatnonzero(np.abs(sides[:, 0]) > 0.05)[-1] / file.getframerate()
    assert loud == pytest.approx(ended.voiced_until, abs=0.4)


def test_it_prints_sentences_and_says_where_the_result_is(tingshuo):
    done = tingshuo("run", "--in", TOILET, "--out", "both.wav", "--sphinx")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Hearing:   pocketsphinx")
    assert "Customer: where is the toilet" in done.stdout
    assert "first sound after" in done.stdout
    assert done.stderr == "both.wav: customer left, agent right\n"


def test_a_recording_of_noise_is_not_answered(tingshuo, read_events, said):
    done = tingshuo("run", "--in", RECORDINGS / "06-noise.wav", "--out", "both.wav", "--events")
    assert done.returncode == 0, done.stderr
    turns = said(read_events(done.stdout))
    assert not [turn for turn in turns.values() if turn.get("reply")]


def test_a_reader_that_leaves_ends_it_quietly(tmp_path, start):
    running = start("run", "--in", TOILET, "--out", "both.wav", "--events", "--realtime")
    running.read_until('{"type": "SessionStarted"')
    running.process.stdout.close()
    assert running.process.wait(30) == 0
    assert running.process.stderr.read() == ""
    with wave.open(str(tmp_path / "both.wav"), "rb") as file:
        assert file.getnframes() > 0
