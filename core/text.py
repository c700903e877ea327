"""Words on their way: what was heard, what is asked of the model, what is about to be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.emotion import Delivery

Language = Literal["zh", "en"]
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One recognised word (or Hanzi) with its place in the utterance, in seconds from its start."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A hypothesis of what an utterance said; a partial until `final`."""

    text: str
    final: bool
    language: Language
    words: tuple[Word, ...] = ()
    logprob: float = 0.0
    """Mean log-probability per token, ≤ 0; 0 where the engine gives none."""
    no_speech: float = 0.0
    """Probability in [0, 1] that the utterance held no speech."""
    confirm: bool = False
    """The recogniser is unsure: the agent should ask "did you mean …?" before acting on `text`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a chat, as a chat template takes it."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What is handed to synthesis, with how it should sound."""

    text: str
    """Exactly the characters of the reply, surrounding white space removed."""
    index: int
    """0-based place in the reply."""
    language: Language
    """The language of the reply: decides how digits and bare symbols are read."""
    delivery: Delivery = Delivery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Where in a sentence's sound its characters lie: the voice's own word event."""

    at_samples: int
    """Samples from the start of the sentence's sound, at the synthesiser's rate."""
    characters: int
    """Characters of `Sentence.text` that have begun to sound by then (the word included)."""


def script_of(text: str) -> Language:
    """Tell zh from en by script: any Hanzi outweighs Latin words one to one (one Hanzi ~ one word)."""
    hanzi = sum("\u3400" <= c <= "\u9fff" for c in text)
    words = sum(1 for w in text.split() if any("a" <= c <= "z" for c in w.lower()))
    return "zh" if hanzi and hanzi >= words else "en"
