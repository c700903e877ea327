"""How an utterance sounded: energy, pitch and rate, as numbers that say nothing about who spoke.

Pure; NumPy is loaded by the first measurement and not before. Nothing here is stored: a measurement lives as
long as its turn, a baseline as long as the visit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the values are part of what the session imports, and only measuring needs numpy
    from core.audio import Samples

FLOOR = -90.0
"""dBFS below which there is nothing: one step of a 16-bit sample."""
CLEANEST = 60.0
"""dB, the largest signal-to-noise ratio told: digital silence is no better than a quiet room."""
SHORTEST = 0.1
"""Seconds of voice from which an utterance has a level and a pitch."""
FASTEST = 20.0
"""Syllables a second of voice that nobody speaks: most of the utterance was whispered or not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """One utterance."""

    energy: float
    """Level of the voiced frames, in dBFS; `FLOOR` if none was voiced."""
    f0: float
    """Median fundamental frequency of the voiced frames, in Hz; 0 if none was voiced."""
    spread: float
    """Spread of the fundamental frequency, in semitones (standard deviation)."""
    voiced: float
    """Part of the frames that is voiced, in [0, 1]."""
    rate: float
    """Syllables (zh: characters) a second of voice; 0 if not known."""
    snr: float
    """Level of the voiced frames above the quietest ones, in dB, in [0, `CLEANEST`]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Running mean and spread of energy, pitch and rate over one customer's turns."""

    turns: int = 0
    means: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of energy (dB), pitch (semitones above 100 Hz) and rate (syllables a second)."""
    squares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Sums of squared deviations (Welford), in the same order."""


UNVOICED = Prosody(energy=FLOOR, f0=0.0, spread=0.0, voiced=0.0, rate=0.0, snr=0.0)
"""What silence, noise and a click sound like."""


def measure(samples: Samples, rate: int, syllables: float = 0.0) -> Prosody:
    """Measure an utterance: about 1.5 ms for any length. Never raises; every field is finite.

    A gain moves `energy` and nothing else, as long as it does not clip.

    Args:
        samples: float32, shape (n,); what is no number counts as silence, what exceeds [-1, 1] as clipped.
        rate: Hz.
        syllables: of the transcript, where it is known already; `paced` tells it later.
    """
    from emotion_policy.voice import measured

    try:
        return paced(measured(samples, rate), syllables, len(samples) / rate)
    except Exception:  # noqa: BLE001 - a voice that cannot be measured must not silence the agent
        return UNVOICED


def prepare() -> None:
    """Load NumPy and measure a tone for nobody: the first measurement takes 40 ms, later ones 2."""
    import numpy as np

    measure(np.sin(np.arange(4000, dtype=np.float32) / 20), 16_000)


def paced(prosody: Prosody, syllables: float, seconds: float) -> Prosody:
    """The same, with the speaking rate.

    Args:
        syllables: of the transcript (`emotion_policy.syllables`).
        seconds: length of the sound that was measured.
    """
    voice = prosody.voiced * seconds
    rate = syllables / voice if voice >= SHORTEST else 0.0
    return replace(prosody, rate=round(rate, 4) if 0 < rate <= FASTEST else 0.0)
