"""What the operator taught: one entry per topic and language, and what a search finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.text import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One answer in one language with every wording of its question."""

    id: str
    """Shared by the entry's translations."""
    language: Language
    questions: tuple[str, ...]
    answer: str
    topic: str = ""
    fixed: bool = False
    """The answer must be spoken word for word: a price, a right, medical advice."""
    source: str = ""
    """Where it came from: file:line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One entry found."""

    entry: str
    """`Entry.id`."""
    question: str
    """The nearest wording."""
    answer: str
    score: float
    """In [0, 1]."""
    language: Language
    fixed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What to do with a question: speak the first match, ground the model on them, or neither."""

    kind: Literal["answer", "ground", "none"]
    matches: tuple[Match, ...] = ()
