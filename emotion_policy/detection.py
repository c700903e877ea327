"""What listening to one transcript found: the value between detection and the rest of the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.emotion import State
from emotion_policy.decision import Evidence, Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """The customer's state in this turn alone, with what else its words gave away."""

    text: str = ""
    """Normalised."""
    state: State
    probability: float
    runner_up: State
    margin: float
    """`probability` minus the runner-up's; negative where precedence overruled the larger sum."""
    intensity: float
    scores: Mapping[State, float] = field(default_factory=dict[State, float])
    """Probability of each state."""
    evidence: tuple[Evidence, ...] = ()
    flags: frozenset[Flag] = frozenset()
    marks: frozenset[str] = frozenset()
    """child, elderly, sarcasm, threat, resolved, bereaved_by_suicide, low_asr_confidence: what changes manner
    or escalation and not the state."""
    cancelled: tuple[str, ...] = ()
    """Cues that were found and not counted, with the guard that refused them."""
