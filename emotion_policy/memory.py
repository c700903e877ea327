"""What the policy remembers of one visit: a value; each decision returns the next; `Memory()` is new."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion import State, Style
from emotion_policy.prosody import Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    states: tuple[State, ...] = ()
    """The last states, newest last."""
    styles: tuple[Style, ...] = ()
    """The last styles, newest last."""
    grief: bool = False
    """Latched until the visit ends."""
    self_harm: bool = False
    """Somebody spoke of ending their life; latched until the visit ends."""
    complaints: int = 0
    """Turns of complaint in this visit."""
    apologised: bool = False
    """An apology was given for the open grievance."""
    negative_in_a_row: int = 0
    """Turns in a row that were complaint, abusive, anxious, urgent or grief."""
    wanted_human: int = 0
    """Times a person was asked for."""
    agent_failures: int = 0
    """Turns the agent could not answer; counted by the session."""
    levels: tuple[float, ...] = ()
    """How strongly each state still lingers, in the order of `State`, each in [0, 1]; empty at first."""
    words: tuple[str, ...] = ()
    """The customer's last turns, normalised, newest last: tells a repeated question."""
    repeated: int = 0
    """Turns in a row that asked the same thing again."""
    openers: tuple[str, ...] = ()
    """Openers already said in this visit: none is said twice."""
    voice: Baseline = Baseline()
    """How this customer usually sounds; lives in memory alone and ends with the visit."""
