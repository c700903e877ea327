"""What the screen knows at one moment: an immutable picture of a session, ready to be drawn.

Made by `tui.fold` from events, read by widgets a slice at a time. Times are session seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from core import events as e
from core.emotion import Style

Who = Literal["customer", "agent", "operator", "remark"]
Tone = Literal["quiet", "info", "warning", "error"]


class Phase(StrEnum):
    """Whose turn it is."""

    STARTING = "starting"
    LISTENING = "listening"
    HEARING = "hearing"
    THINKING = "thinking"
    SPEAKING = "speaking"
    PAUSED = "paused"
    MUTED = "muted"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of the conversation: an utterance, a reply, or a remark between them."""

    key: str
    """The same for as long as it is the same piece."""
    turn: int
    who: Who
    text: str
    """Of an utterance what was understood, of a reply what was meant; of a remark its word in words.toml."""
    heard: str | None = None
    """Of a reply that was cut: what reached the customer's ear. None: nothing was cut, as far as is known."""
    partial: bool = False
    """May still change."""
    style: Style | None = None
    """Of a reply."""
    details: str = ""
    """Of a remark: words that are not ours."""
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """The times of one turn, as `core.timeline` has them."""

    turn: int
    waterfall: tuple[tuple[str, float], ...]
    """(stage, seconds) from the last voiced frame on."""
    ttfa: float | None
    outcome: e.Outcome | None
    source: e.Source | None
    pauses: int
    failure: e.TurnFailed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """The last decision, with what belongs to it."""

    chosen: e.DeliveryChosen
    text: str
    """The transcript that its spans belong to."""
    opinion: e.OpinionHeard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """One measure over the last turns."""

    name: str
    p50: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineView:
    """One engine's health."""

    stage: Literal["hear", "think", "speak"]
    name: str
    busy: float | None
    """Share of the last second, in [0, 1]; None if nobody measures it."""
    failures: int
    """Turns that it failed."""
    last: str
    """Code of the last failure; empty if the turns since then went well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The last thing an operator should see at once."""

    at: float
    tone: Tone
    word: str
    """In words.toml."""
    details: str


_NONE: Mapping[str, float] = MappingProxyType({})
_NO_LEVELS: Mapping[str, tuple[float, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """Everything."""

    now: float = 0.0
    phase: Phase = Phase.STARTING
    started: e.SessionStarted | None = None
    muted: bool = False
    operator: bool = False
    """A person answers instead of the agent."""
    talking: bool = False
    """Push-to-talk is held."""
    lost: e.DeviceLost | None = None
    staff: e.StaffCalled | None = None
    """Wanted in this visit."""
    recording: e.Recording | None = None
    """Under way."""
    style: Style | None = None
    """That replies are forced to."""
    voice: str = ""
    voices: tuple[str, ...] = ()
    """Names to choose from."""
    speaks: str = ""
    """The one of `voices` that was chosen last."""
    scenario: str = ""
    entries: tuple[Entry, ...] = ()
    """The newest of the conversation, oldest first."""
    turn: TurnView | None = None
    """The newest with a time to show."""
    decision: DecisionView | None = None
    latency: tuple[Percentiles, ...] = ()
    engines: tuple[EngineView, ...] = ()
    gauges: Mapping[str, float] = field(default_factory=lambda: _NONE)
    levels: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: _NO_LEVELS)
    """Of the microphone and the loudspeaker: the last values in dBFS, oldest first."""
    overrun: int = 0
    """Frames of live input that were lost."""
    notice: Notice | None = None
    log: tuple[e.Event, ...] = ()
    """The newest events, without gauges."""
    logged: int = 0
    """How many there were, those that are no longer kept included."""

    @property
    def busy(self) -> bool:
        """A turn is under way."""
        return self.phase in {Phase.HEARING, Phase.THINKING, Phase.SPEAKING, Phase.PAUSED}
