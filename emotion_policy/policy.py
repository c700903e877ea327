"""A compiled policy: what one site decides by. Immutable; `policy_file` makes it, all that decides reads it.

Times are seconds, rates relative to the voice's own. The hash names the policy with all data it judges by, so
that equal inputs under an equal hash give an equal decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from core.emotion import Emotion, State, Style
from core.text import Language
from emotion_policy.decision import Scenario
from emotion_policy.lexicon import Cue

Occasion = Literal[
    "complaint_again", "person_now", "person_offer", "urgent", "abusive", "abusive_again", "grief",
    "grief_latched", "self_harm", "scam",
]  # fmt: skip
"""What asks for a narrower steering line than a style's own."""
FALLBACK: Scenario = "government"
"""The most neutral site: what an unknown one is taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part of a reply's arc; None: the style's own."""

    style: Style
    rate: float | None = None
    pause: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRules:
    """How one state is recognised, answered and remembered."""

    threshold: float
    """Probability from which the state counts."""
    decay: float
    """What is left of it a turn later, in [0, 1]."""
    default: Style
    strong: Style | None = None
    """From intensity `persistence.STRONG` on."""
    child: Style | None = None
    again: Style | None = None
    """When it is not the first time in this visit."""
    arc: tuple[Step, Step, Step] | None = None
    """None: the reply keeps one style."""
    offer_after: int | None = None
    """Turns of this state in the visit from which a person is offered."""
    now_after: int | None = None
    """Turns of distress in a row from which a person is fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleRules:
    """One style in a voice and in words."""

    emotion: Emotion
    rate: float
    pause: float
    """Seconds after each sentence."""
    steer: Mapping[Language, str]
    banned: Mapping[Language, tuple[str, ...]]
    """Words that break the tone, lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When the agent speaks softly."""

    begins: int
    """Minutes after midnight."""
    ends: int
    """Minutes after midnight; before `begins` if midnight lies between."""
    volume: float
    """Loudest, in (0, 1]."""

    def hold(self, minute: int) -> bool:
        """Whether they hold at so many minutes after midnight."""
        return (minute - self.begins) % 1440 < (self.ends - self.begins) % 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    scenario: Scenario
    hash: str
    """"sha256:" and 64 hexadecimal digits."""
    thresholds: Mapping[State, float]
    states: Mapping[State, StateRules]
    styles: Mapping[Style, StyleRules]
    occasions: Mapping[Occasion, Mapping[Language, str]]
    cues: tuple[Cue, ...] = ()
    """The site's own, in the order of its file."""
    quiet_hours: QuietHours | None = None
    prosody: bool = False
    """How a voice sounds may count."""
    second_opinion: bool = False
    """The language model's label may count."""

    def quiet(self, minute: int) -> bool:
        """Whether it is quiet hours at so many minutes after midnight."""
        return self.quiet_hours is not None and self.quiet_hours.hold(minute)


def packaged(scenario: str) -> Policy:
    """The shipped policy of a kind of site; of an unknown kind, the most neutral one. Read once.

    Raises:
        ConfigError: the installation is damaged.
    """
    return _packaged(scenario if scenario in get_args(Scenario) else FALLBACK)


@cache
def _packaged(scenario: str) -> Policy:
    from emotion_policy.policy_file import compile_packaged  # brings pydantic, which nothing else here needs

    return compile_packaged(scenario)
