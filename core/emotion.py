"""Emotion in names, never in positions: states of a customer, styles of an answer, how to deliver it.

The eight emotions are those of IndexTTS2's vector; outside its adapter nobody sees their order.
States, styles and their precedence: docs/concepts/emotion.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What the customer's words say about the customer; highest precedence first."""

    URGENT = "urgent"
    GRIEF = "grief"
    ABUSIVE = "abusive"
    COMPLAINT = "complaint"
    ANXIOUS = "anxious"
    CONFUSED = "confused"
    PRAISE = "praise"
    THANKS = "thanks"
    REQUEST = "request"
    INQUIRY = "inquiry"
    FAREWELL = "farewell"
    GREETING = "greeting"
    SMALLTALK = "smalltalk"


class Style(StrEnum):
    """How the agent sounds."""

    SOOTHING = "soothing"
    APOLOGETIC = "apologetic"
    GENTLE = "gentle"
    CALM_FIRM = "calm_firm"
    PROFESSIONAL = "professional"
    NEUTRAL = "neutral"
    WARM = "warm"
    CHEERFUL = "cheerful"
    ENCOURAGING = "encouraging"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a model makes of the customer's state: a vote beside the policy's own judgement."""

    probabilities: tuple[float, ...]
    """Of each state, in the order of `State`; they sum to 1."""

    @property
    def state(self) -> State:
        """The likeliest; of equals the one with precedence."""
        return tuple(State)[self.probabilities.index(self.probability)]

    @property
    def probability(self) -> float:
        """Of `state`, in [0, 1]."""
        return max(self.probabilities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emotion:
    """Eight named intensities, each in [0, 1]; all zero means the speaker's own manner."""

    happy: float = 0.0
    angry: float = 0.0
    sad: float = 0.0
    afraid: float = 0.0
    disgusted: float = 0.0
    melancholic: float = 0.0
    surprised: float = 0.0
    calm: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How one sentence is to be said, and why."""

    style: Style = Style.NEUTRAL
    emotion: Emotion = Emotion()
    rate: float = 1.0
    """Speaking rate relative to the voice's own: 0.9 is slower."""
    pause: float = 0.2
    """Seconds of silence after the sentence."""
    volume: float = 1.0
    """Loudness relative to the style's own, in (0, 1]: less in quiet hours."""
    because: str = ""
    """The reason, in one short phrase, for the prompt, the log and the eye."""
