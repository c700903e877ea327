"""Repetition guard: has the reply begun to go round in circles? Pure."""

from __future__ import annotations

TIMES = 3
"""Said once by plan, twice for emphasis, three times by accident."""
SHORTEST = 12 * TIMES
"""Characters that must be repetition: a phrase of 12 three times, a shorter one more often."""
_LONGEST_PHRASE = 120


def repeats(text: str) -> bool:
    """Tell whether `text` ends in one phrase, said `TIMES` times or more, of `SHORTEST` characters in all."""
    if len(text) < SHORTEST:
        return False
    return any(
        _ends_with_period(text, period) for period in range(1, min(_LONGEST_PHRASE, len(text) // TIMES) + 1)
    )


def _ends_with_period(text: str, period: int) -> bool:
    length = max(period * TIMES, SHORTEST)
    tail = text[-length:]
    if len(tail) < length or tail[period:] != tail[:-period]:
        return False
    return any(character.isalnum() for character in tail)
