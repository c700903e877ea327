"""Where the sound of one portion becomes that of the next: exact to the sample, and at one level.

Shapes: n samples. What has left is never touched again; what is held back is faded into its new version.
"""

from __future__ import annotations

import numpy as np

from core.audio import Samples
from tts.indextts2.config import HOP_SAMPLES

FADE_FRAMES = 4
"""46 ms, some periods of any voice. Fewer than are held back: the vocoder is least sure of the last ones."""
LEAST_CORRELATION = -0.5
"""What is nearly opposite is not raised further: 3 dB at most."""


class Seam:
    """The sound of a segment, given in windows that overlap, taken in pieces that do not."""

    def __init__(self) -> None:
        self.left_samples = 0
        """How many have left."""
        self._held: Samples = np.zeros(0, dtype=np.float32)

    def joined(self, window: Samples, start: int, until: int) -> Samples:
        """Take what may leave now.

        Args:
            window: sound from sample `start` of the segment on; it reaches `until` and everything that was
                ever given.
            start: not after `left_samples`.
            until: samples of the segment that shall have left.

        Returns:
            From `left_samples` to `until`.
        """
        sound = window[self.left_samples - start :].copy()
        faded = min(len(self._held), FADE_FRAMES * HOP_SAMPLES) if self.left_samples else 0
        sound[:faded] = crossfaded(self._held[:faded], sound[:faded])
        count = until - self.left_samples
        self._held = sound[count:].copy()
        self.left_samples = until
        return sound[:count]


def crossfaded(old: Samples, new: Samples) -> Samples:
    """From one sound to the other, at the power that either has.

    Of signals a and b with equal power and correlation r, cos(t) a + sin(t) b has 1 + r sin(2 t) times that
    power (the variance of a sum); the gains are divided by its root. For r = 0 that is the equal-power
    crossfade; for r = 1 the gains sum to one, so that a sound faded into itself stays what it is.
    """
    turn = (np.arange(len(old)) + 0.5) * (np.pi / 2 / max(1, len(old)))
    power = 1 + correlation(old, new) * np.sin(2 * turn)
    return ((np.cos(turn) * old + np.sin(turn) * new) / np.sqrt(power)).astype(np.float32)


def correlation(a: Samples, b: Samples) -> float:
    """Of two sounds of equal length, from `LEAST_CORRELATION` to 1; silence is like everything."""
    first, second = a.astype(np.float64), b.astype(np.float64)
    powers = float(first @ first) * float(second @ second)
    return max(LEAST_CORRELATION, min(1.0, float(first @ second) / powers**0.5)) if powers else 1.0


def faded_out(samples: Samples, length: int) -> Samples:
    """Half a cosine down to zero over the last `length` samples, in place."""
    length = min(length, len(samples))
    if length:
        samples[-length:] *= (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, length))).astype(np.float32)
    return samples
