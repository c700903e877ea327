"""What happened, in the past tense: the one stream that screens, logs, reports and benches read.

`at` is seconds on the session clock; `turn` counts from 1. Every event crosses process borders as
one JSON line (core/wire.py) and is folded into waterfalls by core/timeline.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.emotion import State, Style
from core.operator_events import (
    CommandRefused,
    CommandTaken,
    ControlChanged,
    EventsMissed,
    Recording,
    ScenarioChanged,
    SessionSaved,
    StyleForced,
    VoiceChanged,
)
from core.text import Language

Outcome = Literal["answered", "interrupted", "nothing-heard", "silenced", "failed"]
Source = Literal["knowledge", "model", "stock"]
Escalation = Literal["none", "offer", "now"]
"""Whether a person is offered, or fetched."""
Evidence = tuple[str, State, float, int, int]
"""Cue, state it speaks for, weight, and span in the final transcript; 0 to 0 for what is no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted:
    at: float
    recognizer: str
    model: str
    voice: str
    knowledge: int
    """Entries in the knowledge base."""
    demo: bool
    """True when any engine runs on the shipped demo weights."""
    voices: tuple[str, ...] = ()
    """That `ChooseVoice` may name, the one that speaks first; nothing where it cannot change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechStarted:
    at: float
    turn: int
    voiced_from: float
    """Session seconds of the first voiced frame; `at` is when it was sure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded:
    at: float
    turn: int
    voiced_until: float
    """Session seconds of the last voiced frame; `at` is the endpoint decision."""
    seconds: float
    """Length of the utterance handed to the recogniser, pre-roll included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptChanged:
    at: float
    turn: int
    text: str
    final: bool
    language: Language
    logprob: float
    no_speech: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChosen:
    at: float
    turn: int
    state: State
    style: Style
    probability: float
    because: str
    runner_up: State
    intensity: float
    """How strongly, in [0, 1]."""
    flags: tuple[str, ...]
    """What cuts across states or changes the manner: wants_human, self_harm, elderly, repeat …; sorted."""
    escalation: Escalation
    evidence: tuple[Evidence, ...]
    """The weightiest, at most three."""
    vetoes: tuple[str, ...]
    """What was found or wanted and refused, with the rule that refused it."""
    arc: tuple[Style, Style, Style]
    """Of the first sentence, the middle and the last."""
    held: str
    """Why the visit kept another style than the state asks for; empty if it did not."""
    voice: bool
    """How the customer sounded counted too; by how much is kept nowhere."""
    failures: int
    """Earlier turns of the visit that the agent had no answer to."""
    policy: str
    """Hash of the policy that decided: sha256:…; empty where it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionHeard:
    """The language model has said how it takes the customer; it may only make the voice more careful."""

    at: float
    turn: int
    state: State
    """The likeliest, in the model's view."""
    probability: float
    agrees: bool
    """`state` is the one that was decided."""
    style: Style
    """Of the reply from its next sentence on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeConsulted:
    at: float
    turn: int
    use: Literal["answer", "ground", "none"]
    entry: str
    """Id of the best entry, or empty."""
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyBegan:
    """What the reply comes from is settled; for the model, the prompt has been sent."""

    at: float
    turn: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenerChosen:
    """The reply's first sentence, said at once while the model writes the rest."""

    at: float
    turn: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelta:
    """A piece of the reply, as it was written; after the opener, if there is one."""

    at: float
    turn: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceReady:
    at: float
    turn: int
    index: int
    text: str
    style: Style


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsConflicted:
    """Words of a sentence did not go with the customer's state."""

    at: float
    turn: int
    index: int
    """Of the sentence."""
    words: str
    """As they were written; several are separated by " · "."""
    mended: bool
    """They were taken out; otherwise they are said, in the state's own voice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioReady:
    """The first sound of a sentence has left the voice."""

    at: float
    turn: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted:
    at: float
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackEnded:
    at: float
    turn: int
    seconds: float
    """Seconds of the reply that were played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPaused:
    """The customer may be speaking over the reply: silence, until `BargeIn`, `ReplyResumed` or its end."""

    at: float
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyResumed:
    """It was nobody: the reply goes on with the sample at which it was paused."""

    at: float
    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """The customer spoke over the reply; the loudspeaker has just been cleared."""

    at: float
    turn: int
    """The turn that was interrupted."""
    heard: str
    """The part of the reply that had been heard, to the character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnEnded:
    at: float
    turn: int
    outcome: Outcome
    reply: str
    """Everything the reply held, heard or not."""
    heard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """An engine failed; `TurnEnded` with outcome "failed" follows, and the session goes on."""

    at: float
    turn: int
    stage: Literal["hear", "think", "speak"]
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCalled:
    """The customer asked for a person; whoever runs the site acts on this."""

    at: float
    turn: int
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """Live input arrived faster than it was taken; the oldest was dropped."""

    at: float
    where: str
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost:
    at: float
    device: str
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneMuted:
    at: float
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    at: float
    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReset:
    """The next customer stands there: the dialogue and the mood are forgotten."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChanged:
    """The site's policy file was edited: it is in force from this turn on, or it has mistakes and is not."""

    at: float
    policy: str
    """Hash of the policy in force now: sha256:…"""
    error: str
    """Every mistake of the edit, one a line; empty if it is in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    at: float
    reason: str


Event = (
    SessionStarted
    | SpeechStarted
    | SpeechEnded
    | TranscriptChanged
    | DeliveryChosen
    | OpinionHeard
    | KnowledgeConsulted
    | ReplyBegan
    | OpenerChosen
    | ReplyDelta
    | WordsConflicted
    | SentenceReady
    | AudioReady
    | PlaybackStarted
    | PlaybackEnded
    | ReplyPaused
    | ReplyResumed
    | BargeIn
    | TurnEnded
    | TurnFailed
    | StaffCalled
    | Overrun
    | DeviceLost
    | MicrophoneMuted
    | Gauge
    | VisitReset
    | PolicyChanged
    | SessionEnded
    | CommandTaken
    | CommandRefused
    | StyleForced
    | VoiceChanged
    | ControlChanged
    | ScenarioChanged
    | Recording
    | SessionSaved
    | EventsMissed
)
