"""What the policy remembers of one visit: a value; each decision returns the next; `Memory()` is new."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion import State, Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    states: tuple[State, ...] = ()
    """The last states, newest last."""
    styles: tuple[Style, ...] = ()
    """The last styles, newest last."""
    grief: bool = False
    """Latched until the visit ends."""
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
