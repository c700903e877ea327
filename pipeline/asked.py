"""What a turn is asked to answer, and what every turn of a session is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.audio import Utterance
from core.emotion import Style
from core.text import Language, Transcript
from emotion_policy.decision import Scenario
from llm import prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Words to be spoken as they are, with no customer before them."""

    text: str
    language: Language


Asked = Utterance | Transcript | Announcement


def _never() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Wishes:
    """What an operator wants of every turn, the one under way included. Changes under its readers."""

    style: Style | None = None
    """How replies are to sound; None: as the policy decides."""
    control: bool = False
    """The operator answers: the agent only writes down what is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    scenario: Scenario
    system_prompt: str = prompt.SYSTEM_PROMPT
    model_knows: bool = False
    hears_voices: Callable[[], bool] = _never
    """Whether how a customer sounds may be measured; asked at every turn: a policy may change."""
    openers: bool = False
    """Say a first sentence to an upset customer before the model has written anything."""
    wishes: Wishes = field(default_factory=Wishes)
    """Of the session's operator; each session has its own."""
