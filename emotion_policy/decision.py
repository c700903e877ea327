"""What the policy is asked and what it answers: the protocol that the pipeline knows.

Words, the visit's memory and, where a site allows it, how the voice sounded go in; a state, a style, the arc
of the reply and the reasons come out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from core.emotion import Delivery, State, Style
from core.events import Escalation
from core.text import Language
from emotion_policy.memory import Memory
from emotion_policy.prosody import Prosody

Scenario = Literal["retail", "medical", "government", "education", "smart-home"]


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
    asked: str = ""
    """The agent's last reply, as far as it was heard: what a short turn answers."""
    memory: Memory = Memory()
    prosody: Prosody | None = None
    """How the utterance sounded; None where it was not measured."""
    quiet: bool = False
    """The site's quiet hours hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was found and counted: a cue of the words, the linear model, the context."""

    cue: str
    state: State
    weight: float
    """Added to the state's log-odds."""
    start: int
    """Span in the normalised text; 0 to 0 for what is no part of it."""
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
    marks: frozenset[str] = frozenset()
    """What changes manner and not the state: child, elderly, sarcasm, repeat, low_asr_confidence …"""
    margin: float = 0.0
    """`probability` minus the runner-up's; negative where precedence overruled the larger one."""
    arousal: float = 0.0
    """Of the voice against this customer's own, in standard deviations; 0 where prosody is off."""
    escalation: Escalation = "none"
    evidence: tuple[Evidence, ...] = ()
    """Strongest first."""
    vetoes: tuple[str, ...] = ()
    """What was considered and refused, and the rule that refused it."""
    because: str = ""
    """One short phrase for the log and the eye."""
    steering: str = ""
    """What the model is told about tone, in the customer's language; without its wrapper."""
    policy: str = ""
    """`Policy.hash` of the policy that decided."""
    held: str = ""
    """Why the visit's memory kept another style than the state asks for; empty if it did not."""
    memory: Memory = Memory()
    """The visit's memory after this turn."""
    microseconds: float = field(default=0.0, compare=False)
    """What deciding took."""
