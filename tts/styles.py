"""How each style sounds on espeak-ng: pitch, range and volume, as one table.

Source: the emotion policy's table of engine controls. A neutral voice is 50 / 50 / 100. The rate of a
style is the policy's to decide and comes in `Delivery.rate`, already bounded; it is not applied twice.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from core.emotion import Delivery, Style
from core.errors import TtsError
from core.text import Language

LEAST_RANGE_ZH = 40
"""Below this Mandarin tones go flat: at range 20 the F0 spread is 0.4 semitones (measured)."""
SLOWEST = 80
FASTEST = 450
"""espeakRATE_MINIMUM and espeakRATE_MAXIMUM of speak_lib.h, in words a minute."""


class Manner(NamedTuple):
    """Parameters as espeak-ng counts them."""

    pitch: int
    """0 to 100; 50 is the voice's own."""
    range: int
    """0 (monotone) to 100."""
    volume: int
    """0 to 200; 100 is normal, more may clip."""
    rate: float = 1.0
    """Relative to the language's base rate."""


STYLES: dict[Style, Manner] = {
    Style.NEUTRAL: Manner(50, 50, 100),
    Style.PROFESSIONAL: Manner(50, 50, 100),
    Style.WARM: Manner(54, 58, 100),
    Style.CHEERFUL: Manner(58, 66, 103),
    Style.ENCOURAGING: Manner(56, 62, 102),
    Style.GENTLE: Manner(47, 44, 92),
    Style.SOOTHING: Manner(44, 40, 92),
    Style.APOLOGETIC: Manner(44, 42, 93),
    Style.CALM_FIRM: Manner(46, 42, 108),
}


def manner_of(delivery: Delivery) -> Manner:
    """The table's row at the delivery's rate and volume.

    Raises:
        TtsError: the delivery's rate is not a positive number, or its volume is not in [0, 1].
    """
    if not (math.isfinite(delivery.rate) and delivery.rate > 0):
        raise TtsError(
            f"a rate of {delivery.rate} cannot be spoken",
            code="bad-rate",
            hint="give a rate above 0, such as 0.9",
        )
    if not 0 <= delivery.volume <= 1:
        raise TtsError(
            f"a volume of {delivery.volume} cannot be spoken",
            code="bad-volume",
            hint="give a volume from 0 to 1, such as 0.7",
        )
    row = STYLES[delivery.style]
    return row._replace(rate=delivery.rate, volume=round(row.volume * delivery.volume))


def words_a_minute(base: int, rate: float) -> int:
    """The engine's own unit, kept within what it takes."""
    return max(SLOWEST, min(FASTEST, round(base * min(rate, 10.0))))


def pitch_range(manner: Manner, language: Language) -> int:
    return max(LEAST_RANGE_ZH, manner.range) if language == "zh" else manner.range
