"""The shipped conversation: scripted customers and their recordings; and how loud a recording is."""

from __future__ import annotations

import tomllib
import wave
from pathlib import Path

import numpy as np

from audio.wavfile import read_wav
from core.audio import INT16_SCALE
from core.errors import ModelMissing
from pipeline.config import HOUSE
from pipeline.recorded import Line

SCRIPT = HOUSE / "models" / "demo" / "conversation" / "script.toml"


def demo_lines(script: Path = SCRIPT) -> list[Line]:
    """What the demo's customers say.

    Raises:
        ModelMissing: the script or a recording is not there.
    """
    try:
        lines = tomllib.loads(script.read_text(encoding="utf-8"))["line"]
    except OSError as error:
        raise ModelMissing(
            f"cannot read {script}: {error.strerror}",
            code="demo",
            hint="the demo's recordings are part of the repository",
        ) from error
    return [
        Line(
            waveform=read_wav(script.parent / line["file"]),
            barge_in=line.get("barge_in"),
            new_customer=line.get("new_customer", False),
            shows=line["shows"],
        )
        for line in lines
    ]


def peaks(recording: Path, step: float) -> tuple[list[float], list[float]]:
    """Peaks in [0, 1] of the customer's and the agent's side of a stereo recording, every `step` seconds."""
    with wave.open(str(recording), "rb") as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    sides = np.abs(np.frombuffer(frames, dtype="<i2").astype(np.int32)).reshape(-1, 2)
    count = round(step * rate)
    loudest = sides[: len(sides) // count * count].reshape(-1, count, 2).max(axis=1) / INT16_SCALE
    return loudest[:, 0].tolist(), loudest[:, 1].tolist()
