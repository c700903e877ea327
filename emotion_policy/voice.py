"""From an utterance's sound to its prosody. Pure NumPy; `emotion_policy.prosody` is the door.

Shapes: n samples, f frames, k samples a frame. At most `MOST_FRAMES` frames are looked at, so that a long
utterance costs no more than a short one: they lie further apart.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emotion_policy.pitch import WINDOW, Floats, decimated, pitches
from emotion_policy.prosody import CLEANEST, FLOOR, SHORTEST, UNVOICED, Prosody

MOST_FRAMES = 100
HOP = 0.02
"""Seconds between the beginnings of frames, at least."""
REACH = 30.0
"""dB below the loudest frames at which speech ends; quieter voice is an echo or a neighbour."""


def measured(samples: Floats, rate: int) -> Prosody:
    """The utterance without its speaking rate. See `emotion_policy.prosody.measure`."""
    if len(samples) < rate * SHORTEST:
        return UNVOICED
    frames, hop = _frames(samples, rate)
    power = np.square(frames).mean(axis=1, dtype=np.float64)
    loudest = float(np.quantile(power, 0.95))
    if loudest < 10 ** (FLOOR / 10):
        return UNVOICED
    loud = power >= loudest * 10 ** (-REACH / 10)
    tones = pitches(*decimated(frames[loud] / np.float32(math.sqrt(loudest)), rate))
    voiced = tones > 0
    if voiced.sum() * hop < SHORTEST:
        return UNVOICED
    return _summed(tones[voiced], power[loud][voiced], power)


def _frames(samples: Floats, rate: int) -> tuple[Floats, float]:
    """Frames without their means, shape (f, k), and the seconds between their beginnings."""
    size = round(rate * WINDOW)
    room = len(samples) - size
    count = min(MOST_FRAMES, 1 + int(room / (rate * HOP)))
    starts = np.rint(np.linspace(0, room, count)).astype(np.int64)
    taken = np.lib.stride_tricks.sliding_window_view(samples, size)[starts].astype(np.float32)
    clean = np.clip(np.nan_to_num(taken, copy=False, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1)
    return clean - clean.mean(axis=1, keepdims=True), len(samples) / count / rate


def _summed(tones: Floats, levels: NDArray[np.float64], power: NDArray[np.float64]) -> Prosody:
    """Args: tones: Hz of the voiced frames; levels: their power; power: of all frames."""
    median, level = float(np.median(tones)), float(levels.mean())
    quiet = max(float(np.quantile(power, 0.05)), np.finfo(np.float64).tiny)
    return Prosody(
        energy=round(10 * math.log10(level), 4),
        f0=round(median, 4),
        spread=round(12 * float(np.std(np.log2(tones / median))), 4),
        voiced=round(len(tones) / len(power), 4),
        rate=0.0,
        snr=round(min(CLEANEST, max(0.0, 10 * math.log10(level / quiet))), 4),
    )
