"""The fundamental frequency of speech, by autocorrelation. Pure NumPy.

Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17 (1993): the autocorrelation of a Hann-windowed frame is divided by that of
the window, so that its height at the period tells how periodic the frame is. Candidates are chosen in a
simpler way: in place of a path through all frames, each frame is asked twice, the second time near the median
of the first answers. The low-pass is Rabiner's ("On the use of autocorrelation analysis for pitch detection",
IEEE Trans. ASSP 25, 1977).

Shapes: n samples, f frames, k samples a frame, t lags.
"""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

LOWEST, HIGHEST = 60.0, 400.0
"""Hz of voices, from a low man's to a child's."""
WINDOW = 0.05
"""Seconds: three periods of the lowest voice."""
WORKING_RATE = 8000
"""Hz that suffices for `HIGHEST`: 20 samples a period, and a parabola between them."""
EDGE = 1000.0
"""Hz at which the low-pass has fallen to 1/e of the power."""
PERIODIC = 0.5
"""Height of the peak from which a frame is voiced; a pure tone has 1."""
OCTAVE_COST = 0.03
"""What a peak loses with each octave down: two periods fit a periodic frame as well as one."""
OCTAVE = 0.75
"""Octaves from the utterance's median beyond which a pitch is taken for an octave error."""


def pitches(frames: Floats, rate: int) -> Floats:
    """Fundamental frequency of each frame.

    Args:
        frames: shape (f, k), without their mean; k / `rate` is about `WINDOW`.
        rate: Hz.

    Returns:
        Hz, shape (f,), each in [`LOWEST`, `HIGHEST`]; 0 where a frame has no pitch.
    """
    longest = int(rate / LOWEST) + 2
    lags = np.arange(1, longest - 1, dtype=np.float32)
    places, heights = _peaks(_correlation(frames, rate, longest))
    inside = (lags >= rate / HIGHEST - 1) & (lags <= rate / LOWEST + 1)
    costs = np.float32(OCTAVE_COST) * np.log2(lags)
    scores = np.where(inside & (heights >= PERIODIC), heights - costs, -np.inf)
    first = _best(scores, places, rate)
    if not first.any():
        return first
    middle = float(np.median(first[first > 0]))
    near = np.abs(np.log2(lags * np.float32(middle / rate))) <= OCTAVE
    return _best(np.where(near, scores, -np.inf), places, rate)


def decimated(frames: Floats, rate: int) -> tuple[Floats, int]:
    """Frames at about `WORKING_RATE`, each sample the mean of as many; the highest voice loses 0.1 dB.

    Args:
        frames: shape (f, k).
        rate: Hz.
    """
    step = max(1, round(rate / WORKING_RATE))
    whole = frames.shape[1] // step * step
    total = frames[:, 0:whole:step].copy()
    for offset in range(1, step):
        total += frames[:, offset:whole:step]
    return total / np.float32(step), round(rate / step)


def _correlation(frames: Floats, rate: int, longest: int) -> Floats:
    """Normalised autocorrelation, shape (f, `longest`): 1 at lag 0, and at the period of a periodic frame."""
    window, of_window, size = _window(frames.shape[1], longest)
    spectra = np.fft.rfft(frames * window, size, axis=1)
    power = (np.square(spectra.real) + np.square(spectra.imag)) * _low_pass(size, rate)
    raw = np.fft.irfft(power, size, axis=1)[:, :longest]
    return (raw / np.maximum(raw[:, :1], np.finfo(np.float32).tiny) / of_window).astype(np.float32)


@cache
def _window(length: int, longest: int) -> tuple[Floats, Floats, int]:
    """The Hann window, its own normalised autocorrelation, and a transform that wraps no lag onto another."""
    window = np.hanning(length + 2)[1:-1]
    size = _smooth(length + longest)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2, size)[:longest]
    return window.astype(np.float32), np.maximum(own / own[0], 1e-3).astype(np.float32), size


@cache
def _low_pass(size: int, rate: int) -> Floats:
    """Part of the power kept at each frequency: hiss has no period, and sharp peaks fall between lags."""
    hertz = np.fft.rfftfreq(size, 1 / rate)
    return np.exp(-np.square(hertz / EDGE)).astype(np.float32)


def _smooth(length: int) -> int:
    """The next length that is quick to transform: no prime factor above 5."""
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1


def _peaks(correlation: Floats) -> tuple[Floats, Floats]:
    """Lag and height of a parabola through each lag and its neighbours, shapes (f, t - 2); 0: no peak."""
    before, here, after = correlation[:, :-2], correlation[:, 1:-1], correlation[:, 2:]
    peak = (here > before) & (here >= after)
    slope = 0.5 * (after - before)
    shift = np.where(peak, slope / np.maximum(2 * here - before - after, np.finfo(np.float32).tiny), 0)
    lags = np.arange(1, correlation.shape[1] - 1, dtype=np.float32)
    return lags + shift, np.where(peak, here + 0.5 * slope * shift, 0)


def _best(scores: Floats, places: Floats, rate: int) -> Floats:
    """Hz of the best peak of each frame; 0 where there is none."""
    best = np.argmax(scores, axis=1)
    rows = np.arange(len(best))
    hertz = np.clip(rate / places[rows, best], LOWEST, HIGHEST)
    return np.where(np.isfinite(scores[rows, best]), hertz, 0).astype(np.float32)
