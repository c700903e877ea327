"""Noises of a hall, none of them a voice: what a talking agent has to stand. Synthetic, the same every time.

Shapes: n = samples. Everything is float32 (n,) at 16 kHz and near: peaks lie between 0.05 of full scale (the
softest key) and 0.9 (clicks), over a room's own noise at -60 dBFS.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.audio import HEARING_RATE, Samples, Waveform

ROOM = 0.001
"""Root mean square of the room, as a share of full scale."""

Burst = Callable[[np.random.Generator], Samples]


def noises(seconds: float) -> dict[str, Waveform]:
    """Name to sound. Pure."""
    time = np.arange(round(seconds * HEARING_RATE)) / HEARING_RATE
    dice = np.random.default_rng(7)
    found = {
        "white noise at -26 dBFS": dice.normal(0.0, 0.05, len(time)),
        "hum, every other second": 0.1 * np.sign(np.sin(2 * np.pi * 100 * time)) * (time % 2 < 1),
        "clicks, 120 a minute": np.where(np.arange(len(time)) % (HEARING_RATE // 2) == 0, 0.9, 0.0),
        "typing, 300 keys a minute": _scattered(len(time), 300, _key),
        "steps, 100 a minute": _scattered(len(time), 100, _step),
        "cups, 30 a minute": _scattered(len(time), 30, _cup),
        "claps, 20 a minute": _scattered(len(time), 20, _clap),
        "doors, 15 a minute": _scattered(len(time), 15, _door),
        "telephone, 15 rings a minute": _scattered(len(time), 15, _ring),
        "coughs, 15 a minute": _scattered(len(time), 15, _cough),
    }
    return {
        name: Waveform((sound + dice.normal(0.0, ROOM, len(time))).astype(np.float32), HEARING_RATE)
        for name, sound in found.items()
    }


def _scattered(samples: int, per_minute: float, burst: Burst) -> Samples:
    """So many bursts, each somewhere in its own share of the time."""
    dice = np.random.default_rng(11)
    sound = np.zeros(samples)
    share = round(60 / per_minute * HEARING_RATE)
    for start in range(0, samples - share + 1, share):
        made = burst(dice)[:share]
        at = start + dice.integers(0, share - len(made) + 1)
        sound[at : at + len(made)] += made
    return sound.astype(np.float32)


def _hiss(dice: np.random.Generator, seconds: float, decay: float, *peaks: tuple[float, float]) -> Samples:
    """Noise that dies away (`decay`: seconds to 1/e), up to 1; `peaks`: (Hz, width) of resonances."""
    count = round(seconds * HEARING_RATE)
    time = np.arange(count) / HEARING_RATE
    spectrum = np.fft.rfft(dice.normal(0.0, 1.0, count) * np.exp(-time / decay))
    frequency = np.fft.rfftfreq(count, 1 / HEARING_RATE)
    shape = sum((1 / (1 + ((frequency - hz) / width) ** 2) for hz, width in peaks), np.zeros(len(frequency)))
    sound = np.fft.irfft(spectrum * (shape if peaks else 1.0), count) * np.minimum(1.0, time / 0.003)
    return (sound / np.abs(sound).max()).astype(np.float32)


def _tones(seconds: float, *hertz: float) -> Samples:
    time = np.arange(round(seconds * HEARING_RATE)) / HEARING_RATE
    return (sum(np.sin(2 * np.pi * hz * time) for hz in hertz) / len(hertz)).astype(np.float32)


def _key(dice: np.random.Generator) -> Samples:
    return _hiss(dice, 0.03, 0.004, (dice.uniform(1_500, 4_000), 300)) * dice.uniform(0.05, 0.25)


def _step(dice: np.random.Generator) -> Samples:
    return _hiss(dice, 0.1, 0.025, (120, 40)) * 0.3


def _cup(dice: np.random.Generator) -> Samples:
    sound = _tones(0.3, 1_870, 3_120, 4_480) * dice.uniform(0.1, 0.3)
    return sound * np.exp(-np.arange(len(sound)) / HEARING_RATE / 0.05).astype(np.float32)


def _clap(dice: np.random.Generator) -> Samples:
    return _hiss(dice, 0.12, 0.02) * 0.8


def _door(dice: np.random.Generator) -> Samples:
    return _hiss(dice, 0.4, 0.055) * 0.8


def _ring(dice: np.random.Generator) -> Samples:
    del dice
    sound = _tones(0.8, 1_000, 1_250)
    beats = np.sin(2 * np.pi * 20 * np.arange(len(sound)) / HEARING_RATE) > 0
    return sound * beats.astype(np.float32) * 0.2


def _cough(dice: np.random.Generator) -> Samples:
    """Once or twice: breath through a throat, with its resonances and no pitch."""
    coughs = [
        _hiss(
            dice,
            dice.uniform(0.15, 0.3),
            0.07,
            (dice.uniform(400, 800), 120),
            (dice.uniform(1_200, 1_800), 200),
            (2_500, 800),
        )
        for _ in range(dice.integers(1, 3))
    ]
    return np.concatenate([np.concatenate([cough * 0.5, np.zeros(1_600, np.float32)]) for cough in coughs])
