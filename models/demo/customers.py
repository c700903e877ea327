"""Record the customers of `make demo`: `python -m models.demo.customers`.

In: conversation/script.toml. Out: one 16 kHz mono WAV a line beside it, the same bytes every time for the
same espeak-ng. The voices are among those that the demo recogniser never heard; the noise is a crash and a
hum.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
import wave
from pathlib import Path
from typing import Any

import numpy as np

from core.audio import HEARING_RATE, Samples, Waveform, to_pcm
from models.demo.voices import Reading, Speaker, render

FOLDER = Path(__file__).parent / "conversation"
LEVEL = 0.1
"""Root mean square of speech, about -20 dB of full scale: a near talker at a kiosk."""
ROOM = 0.0006
"""Root mean square of the room's own noise, 44 dB below."""
NOISE_SECONDS = 1.5


def recorded(line: dict[str, Any], source: np.random.Generator) -> Waveform:
    """One line's sound, with the room around it.

    Raises:
        RuntimeError: the voice could not be rendered here.
    """
    if line["voice"] == "noise":
        samples = _noise(source)
    else:
        speaker = Speaker(engine="espeak", name=line["voice"], language=line["language"])
        (sound,) = render([Reading(text=line["text"], speaker=speaker)])
        if sound is None:
            raise RuntimeError(f"cannot render {line['text']!r} with {line['voice']}")
        samples = sound * (LEVEL / max(float(np.sqrt(np.mean(sound**2))), 1e-6))
    room = source.normal(0.0, ROOM, len(samples)).astype(np.float32)
    return Waveform(np.clip(samples + room, -1.0, 1.0).astype(np.float32), HEARING_RATE)


def _noise(source: np.random.Generator) -> Samples:
    """A door that slams, then a trolley that hums: loud, and nobody's voice."""
    count = round(NOISE_SECONDS * HEARING_RATE)
    time = np.arange(count) / HEARING_RATE
    slam = source.normal(0.0, 0.35, count) * np.exp(-time * 18.0)
    hum = 0.05 * np.sin(2 * np.pi * 97.0 * time) + source.normal(0.0, 0.02, count)
    return (slam + hum * np.minimum(1.0, time * 4.0)).astype(np.float32)


def main() -> int:
    """Record every line of the script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder (default: beside the script)")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    script = tomllib.loads((FOLDER / "script.toml").read_text(encoding="utf-8"))
    source = np.random.default_rng(2)
    for line in script["line"]:
        sound = recorded(line, source)
        with wave.open(str(out / line["file"]), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sound.rate)
            file.writeframes(to_pcm(sound))
        sys.stdout.write(f"{line['file']}  {sound.seconds:.2f} s  {line['text']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
