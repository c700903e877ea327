"""What the policy is asked and what it answers: the protocol that the pipeline knows.

Only words and the visit's memory go in; a state, a style, the arc of the reply and the reasons come out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from core.emotion import Delivery, State, Style
from core.text import Language
from emotion_policy.memory import Memory

Scenario = Literal["retail", "medical", "government", "education", "smart-home"]
Escalation = Literal["none", "offer", "now"]


class Flag(StrEnum):
    """What cuts across states."""

    WANTS_HUMAN = "wants_human"
    SELF_HARM = "self_harm"
    SCAM_IN_PROGRESS = "scam_in_progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One final transcript, with what is known around it."""

    text: str
    language: Language
    confidence: float = 1.0
    """Of the recogniser, in [0, 1]."""
    scenario: Scenario = "government"
    memory: Memory = Memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One cue that was found and counted."""

    cue: str
    state: State
    weight: float
    start: int
    """Span in the normalised text."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """How a reply moves: its first sentence, its middle, its last."""

    open: Delivery = Delivery()
    body: Delivery = Delivery()
    close: Delivery = Delivery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    state: State
    probability: float
    """Of `state`, in [0, 1]."""
    runner_up: State
    intensity: float
    """How strongly, in [0, 1]."""
    style: Style
    arc: Arc
    flags: frozenset[Flag] = frozenset()
    escalation: Escalation = "none"
    evidence: tuple[Evidence, ...] = ()
    """Strongest first."""
    vetoes: tuple[str, ...] = ()
    """What was considered and refused, and the rule that refused it."""
    because: str = ""
    """One short phrase for the log and the eye."""
    steering: str = ""
    """What the model is told about tone, in the customer's language; without its wrapper."""
    memory: Memory = Memory()
    """The visit's memory after this turn."""
    microseconds: float = field(default=0.0, compare=False)
    """What deciding took."""
