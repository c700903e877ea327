"""What one reply cost, in tokens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Counted by the engine itself; complete when the reply's generator has ended or been closed."""

    prompt_tokens: int = 0
    """Tokens of the whole prompt."""
    evaluated_tokens: int = 0
    """Of those, the ones not already in the cache."""
    generated_tokens: int = 0
    dropped_turns: int = 0
    """Oldest turns left out to fit the window."""
