"""What became of an operator's commands: a part of `core.events`, where everybody takes them from."""

from __future__ import annotations

from dataclasses import dataclass

from core.emotion import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTaken:
    """A command has been obeyed, or is in force from now on."""

    at: float
    command: str
    """Its type: "Mute", "ChooseStyle" …"""
    fields: str
    """Its fields as one JSON object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused:
    """A command could not be obeyed; nothing has changed."""

    at: float
    command: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleForced:
    """Replies sound like this from now on, whatever the policy decides; None: the policy decides."""

    at: float
    style: Style | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChanged:
    at: float
    voice: str
    """Engine and voice, as in `SessionStarted`."""
    chosen: str = ""
    """As `ChooseVoice` named it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChanged:
    """Who answers the customer."""

    at: float
    operator: bool
    """True: the operator types what is said; False: the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioChanged:
    at: float
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The session is being written to a file, or no longer."""

    at: float
    on: bool
    until: float
    """Session seconds at which it stops by itself; 0 for never."""
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSaved:
    at: float
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsMissed:
    """A watcher that was too slow did not get the oldest of what waited for it; nobody else missed any."""

    at: float
    events: int
    """How many; measurements are not counted."""
