"""Cutting an utterance longer than the engine's window where it is quietest, so that no word is cut. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from core.audio import Waveform

_SEARCHED: Final = 0.4
"""The last part of a window in which the quietest place is looked for."""
_PAUSE: Final = 0.1
"""Seconds whose mean power is compared: shorter than a pause between words, longer than a stop's closure."""


def pieces(speech: Waveform, window: float) -> Iterator[Waveform]:
    """Yield consecutive parts, none longer than `window` seconds, which together are the whole."""
    longest = max(1, int(window * speech.rate))
    rest = speech.samples
    while len(rest) > longest:
        cut = _quietest(rest[:longest], speech.rate)
        yield Waveform(rest[:cut], speech.rate)
        rest = rest[cut:]
    yield Waveform(rest, speech.rate)


def _quietest(samples: np.ndarray[tuple[int], np.dtype[np.float32]], rate: int) -> int:
    first = int(len(samples) * (1 - _SEARCHED))
    width = min(max(1, int(_PAUSE * rate)), len(samples) - first)
    power = np.concatenate([[0.0], np.cumsum(samples[first:].astype(np.float64) ** 2)])
    at = int(np.argmin(power[width:] - power[:-width]))
    return first + at + max(1, width // 2)
