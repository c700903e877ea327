"""How an utterance sounded: energy, pitch and rate, as numbers that say nothing about who spoke.

Pure NumPy. Nothing here is stored: a measurement lives as long as its turn, a baseline as long as the visit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Prosody:
    """One utterance."""

    energy: float
    """Level of the voiced frames, in dBFS."""
    f0: float
    """Median fundamental frequency of the voiced frames, in Hz; 0 if none was voiced."""
    spread: float
    """Spread of the fundamental frequency, in semitones (standard deviation)."""
    voiced: float
    """Part of the frames that is voiced, in [0, 1]."""
    rate: float
    """Syllables (zh: characters) a second of speech; 0 if not known."""
    snr: float
    """Level of the voiced frames above the quietest ones, in dB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Running mean and spread of energy, pitch and rate over one customer's turns."""

    turns: int = 0
    means: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Of energy (dB), pitch (semitones above 100 Hz) and rate (syllables a second)."""
    squares: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Sums of squared deviations (Welford), in the same order."""
