"""What may be asked of a running session, in the imperative. They cross the wire like events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Stop listening; a reply under way goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmute:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt:
    """Silence the reply under way, as a barge-in would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak these words as the agent, without thinking."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Take these words as if the customer had spoken them."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """Forget the dialogue and the mood: the next customer stands there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quit:
    pass


Command = Mute | Unmute | Interrupt | Say | Ask | Reset | Quit
