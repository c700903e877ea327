"""Customers for measuring recognisers: synthesisers and human recordings that Debian packages.

Every function runs an installed program or reads an installed file, gives 16 kHz waveforms and raises
`NotInstalled` naming the apt package. No recording is copied into the repository.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from pypinyin import Style, pinyin

from core.audio import HEARING_RATE, INT16_SCALE, Samples, Waveform

GCIN = Path("/usr/share/gcin-voice/ogg")
ASTERISK = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
ALSA = Path("/usr/share/sounds/alsa")
TESTDATA = Path("/usr/share/pocketsphinx/test/data")
_TONES = {"ˊ": "2", "ˇ": "3", "ˋ": "4", "˙": ""}
_FESTIVAL_VOICES = {
    "ked_diphone": "festvox-kdlpc16k",
    "kal_diphone": "festvox-kallpc16k",
    "cmu_us_slt_arctic_hts": "festvox-us-slt-hts",
}


class NotInstalled(Exception):
    """What this measurement needs is absent; the message is the apt package's name."""


def flite(text: str, voice: str) -> Waveform:
    _need_program("flite", "flite")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True)
        return _resampled(*_read_wav(path.read_bytes()))


def festival(texts: Sequence[str], voice: str) -> list[Waveform]:
    """Say all texts in one run of festival: its start takes longer than a sentence."""
    _need_program("festival", "festival")
    if not any(Path("/usr/share/festival/voices").glob(f"*/{voice}")):
        raise NotInstalled(_FESTIVAL_VOICES[voice])
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{i}.wav") for i in range(len(texts))]
        said = "\n".join(
            f'(utt.save.wave (SynthText "{text}") "{path}" \'riff)'
            for text, path in zip(texts, paths, strict=True)
        )
        script = Path(folder, "say.scm")
        script.write_text(f"(voice_{voice})\n{said}\n", "utf-8")
        subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True)
        return [_resampled(*_read_wav(path.read_bytes())) for path in paths]


def espeak(text: str, voice: str) -> Waveform:
    _need_program("espeak-ng", "espeak-ng")
    spoken = subprocess.run(
        ["espeak-ng", "-v", voice, "--stdout", text], check=True, capture_output=True
    ).stdout
    return _resampled(*_read_wav(spoken))


def syllables(text: str, speaker: str, generator: np.random.Generator) -> Waveform:
    """A human speaker's recorded syllables, glued: tempo 1.0-1.3, ±7 % a syllable, gaps of 0-40 ms.

    The tempo is changed by overlap-add, pitch kept, since the syllables were recorded slowly and one by
    one.
    """
    if not GCIN.is_dir():
        raise NotInstalled("gcin-voice")
    tempo = generator.uniform(1.0, 1.3)
    joints: list[Samples] = []
    for (name,) in pinyin(text, style=Style.BOPOMOFO, errors="ignore"):
        said = _change_tempo(_syllable(name, speaker), tempo * generator.uniform(0.93, 1.07))
        gap = np.zeros(round(generator.uniform(0.0, 0.04) * HEARING_RATE), np.float32)
        joints += [said, gap]
    margin = np.zeros(round(0.2 * HEARING_RATE), np.float32)
    return Waveform(np.concatenate([margin, *joints, margin]), HEARING_RATE)


def decoded(path: Path) -> Waveform:
    """Decode any recording with ffmpeg (G.722 and Ogg have no reader in the standard library)."""
    _need_program("ffmpeg", "ffmpeg")
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-f",
        "s16le",
        "-ac",
        "1",
        "-ar",
        str(HEARING_RATE),
        "-",
    ]
    pcm = subprocess.run(command, check=True, capture_output=True).stdout
    return Waveform(np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(INT16_SCALE), HEARING_RATE)


def raw(path: Path) -> Waveform:
    """16 kHz int16 without a header, as pocketsphinx keeps its test recordings."""
    return Waveform(np.fromfile(path, "<i2").astype(np.float32) / np.float32(INT16_SCALE), HEARING_RATE)


def with_noise(said: Waveform, decibels: float, generator: np.random.Generator) -> Waveform:
    """Add white noise at this ratio of speech power to noise power."""
    power = float(np.mean(said.samples**2)) / 10 ** (decibels / 10)
    noise = generator.normal(0.0, power**0.5, len(said.samples))
    return Waveform((said.samples + noise).astype(np.float32), said.rate)


@cache
def _syllable(bopomofo: str, speaker: str) -> Samples:
    tone = next((t for mark, t in _TONES.items() if mark in bopomofo), "1")
    letters = "".join(c for c in bopomofo if c not in _TONES)
    for candidate in (tone, "", "4", "1", "2", "3"):
        path = GCIN / f"{letters}{candidate}" / f"{speaker}.ogg"
        if path.exists():
            return _trimmed(decoded(path).samples)
    raise LookupError(f"speaker {speaker} never recorded {bopomofo}")


def _trimmed(samples: Samples) -> Samples:
    """Cut silence 40 dB below the loudest 10 ms at both ends."""
    hop = HEARING_RATE // 100
    frames = samples[: len(samples) // hop * hop].reshape(-1, hop)
    loud = np.sqrt((frames**2).mean(axis=1))
    kept = np.flatnonzero(loud > loud.max() * 0.01)
    return samples[kept[0] * hop : (kept[-1] + 1) * hop]


def _change_tempo(samples: Samples, tempo: float) -> Samples:
    """Play faster at the same pitch: WSOLA (Verhelst & Roelands 1993), 32 ms windows, ±8 ms search."""
    window_samples, reach = 512, 128
    hop = window_samples // 2
    window = np.hanning(window_samples).astype(np.float32)
    source = np.pad(samples, (window_samples, 2 * window_samples))
    count = max(2, int(len(samples) / (hop * tempo)) + 2)
    out = np.zeros(hop * count + window_samples, np.float32)
    continuation: NDArray[np.float32] | None = None
    for i in range(count):
        ideal = window_samples - hop + round(i * hop * tempo)
        if ideal + window_samples + reach >= len(source):
            break
        start = ideal if continuation is None else _best_start(source, ideal, reach, continuation)
        out[i * hop : i * hop + window_samples] += source[start : start + window_samples] * window
        continuation = source[start + hop : start + hop + window_samples]
    return _trimmed(out) if np.any(out) else out


def _best_start(source: Samples, ideal: int, reach: int, continuation: Samples) -> int:
    region = source[max(0, ideal - reach) : ideal + reach + len(continuation)]
    return max(0, ideal - reach) + int(np.argmax(np.correlate(region, continuation, "valid")))


def _read_wav(riff: bytes) -> tuple[Samples, int]:
    with wave.open(io.BytesIO(riff)) as recording:
        # espeak-ng streams to a pipe and leaves a length of 2 GiB in the header.
        pcm = recording.readframes(min(recording.getnframes(), len(riff) // 2))
        mono = np.frombuffer(pcm, "<i2").reshape(-1, recording.getnchannels())[:, 0]
        return mono.astype(np.float32) / np.float32(INT16_SCALE), recording.getframerate()


def _resampled(samples: Samples, rate: int) -> Waveform:
    return Waveform(
        samples if rate == HEARING_RATE else soxr.resample(samples, rate, HEARING_RATE), HEARING_RATE
    )


def _need_program(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise NotInstalled(package)
