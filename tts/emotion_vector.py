"""IndexTTS2's emotion vector: eight floats in upstream's order, made of a named `Emotion`. Pure.

The sum is the share taken from the speaker's own manner: `emovec = Σ w·row + (1 - Σw)·speaker`. `infer`
neither caps it nor applies the web page's bias, so this does the capping and nobody applies a bias; pass the
result as `emo_vector` with `emo_alpha` 1. All zeros means the speaker's own manner.
"""

from __future__ import annotations

import math

from core.emotion import Emotion

MOST = 0.8
"""Largest sum: the speaker keeps a share of at least 0.2."""
ORDER = ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
"""Upstream's positions."""
SILENT = frozenset({"angry", "afraid", "disgusted"})
"""Never in the agent's voice, whatever it is given."""
_PRECISION = 10_000
"""Upstream keeps four decimals, cut and not rounded; so do we, and no sum grows."""

Vector = tuple[float, float, float, float, float, float, float, float]


def emotion_vector(emotion: Emotion) -> Vector:
    """Eight floats, each finite and in [0, 1], together at most `MOST`; what is no number counts as 0."""
    amounts = [0.0 if name in SILENT else _amount(getattr(emotion, name)) for name in ORDER]
    whole = math.fsum(amounts)
    share = MOST / whole if whole > MOST else 1.0
    happy, angry, sad, afraid, disgusted, melancholic, surprised, calm = (
        math.floor(round(amount * share * _PRECISION, 6)) / _PRECISION for amount in amounts
    )
    return (happy, angry, sad, afraid, disgusted, melancholic, surprised, calm)


def _amount(amount: float) -> float:
    return min(max(amount, 0.0), 1.0) if math.isfinite(amount) else 0.0
