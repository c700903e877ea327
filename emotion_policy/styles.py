"""From a style to a voice: what a policy asks of each sentence of a reply, and what changes all. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from core.emotion import Delivery, Emotion, State, Style
from emotion_policy.decision import Arc
from emotion_policy.policy import FALLBACK, Policy, Step, packaged
from emotion_policy.vetoes import allowed

FURTHEST_MOVE = 0.25
"""L1 distance between the emotions of neighbouring sentences, at most: the voice never jumps."""
SLOWEST, FASTEST = 0.8, 1.2
"""Rates a voice is asked for, whatever slows it."""
ELDERLY = 0.9
"""Rate for a customer who is old."""
PER_AROUSAL, LEAST_AROUSED = 0.08, 0.85
"""Rate lost for each standard deviation of a customer's arousal, and the least left: never mirror anger."""
CLARIFYING = 0.15
"""Seconds added to the pauses for a customer who asks the same thing again and again."""
LONGEST_PAUSE = 1.0

_PRECISION = 10_000
"""Emotions keep four decimals, cut and not rounded, so that no sum grows."""
_EMOTIONS = tuple(field.name for field in fields(Emotion))
_RANK = {
    Style.CHEERFUL: 0,
    Style.ENCOURAGING: 1,
    Style.WARM: 2,
    Style.NEUTRAL: 3,
    Style.PROFESSIONAL: 3,
    Style.CALM_FIRM: 3,
    Style.GENTLE: 4,
    Style.SOOTHING: 5,
    Style.APOLOGETIC: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What changes every sentence of a reply."""

    elderly: bool = False
    clarifying: bool = False
    """The customer has asked the same thing again and again."""
    arousal: float = 0.0
    """Of the customer, in standard deviations; what is below 0 changes nothing."""
    volume: float = 1.0
    because: str = ""


def protection(style: Style) -> int:
    """How protective a style is: 0 cheerful … 5 soothing; calm_firm counts as professional."""
    return _RANK[style]


def delivery(style: Style, manner: Manner | None = None, policy: Policy | None = None) -> Delivery:
    """One style as a voice is asked for it; without a policy, as the most neutral packaged one has it."""
    return _said(Step(style=style), manner or Manner(), policy or packaged(FALLBACK))


def arc(
    moves: State, style: Style, manner: Manner, policy: Policy, *, answers: State, held: bool = False
) -> Arc:
    """How a reply in `style` moves from its first sentence to its last.

    Args:
        moves: the state whose arc it is.
        style: of the first sentence.
        answers: the customer's state, whose vetoes hold as well.
        manner: applied to every sentence.
        policy: for the movement and the voices.
        held: the style outlives its state (a grief, an open complaint), so the reply stays in it.
    """
    steps = None if held else policy.states[moves].arc
    first, middle, last = _own(steps, (answers, moves), style) if steps else (Step(style=style),) * 3
    opening = _said(first, manner, policy)
    body = eased(opening, _said(middle, manner, policy))
    return Arc(open=opening, body=body, close=eased(body, _said(last, manner, policy)))


def _own(
    steps: tuple[Step, Step, Step], states: tuple[State, State], style: Style
) -> tuple[Step, Step, Step]:
    """The arc of the style that was decided: it stands wherever the arc names the style it begins with.

    The last of `states` has the last word: what takes a style's place for abuse is forbidden in a grief.
    """
    first, middle, last = steps

    def placed(step: Step) -> Step:
        if step.style is not first.style:
            return replace(step, style=allowed(allowed(step.style, states[0]), states[1]))
        return step if step.style is style else Step(style=style)

    return placed(first), placed(middle), placed(last)


def _said(step: Step, manner: Manner, policy: Policy) -> Delivery:
    voice = policy.styles[step.style]
    rate = voice.rate if step.rate is None else step.rate
    pause = voice.pause if step.pause is None else step.pause
    return Delivery(
        style=step.style,
        emotion=voice.emotion,
        rate=round(min(max(rate * _pace(manner), SLOWEST), FASTEST), 4),
        pause=round(min(pause + CLARIFYING * manner.clarifying, LONGEST_PAUSE), 4),
        volume=manner.volume,
        because=manner.because,
    )


def _pace(manner: Manner) -> float:
    aroused = max(1 - PER_AROUSAL * max(manner.arousal, 0.0), LEAST_AROUSED)
    return aroused * (ELDERLY if manner.elderly else 1.0)


def eased(before: Delivery, after: Delivery) -> Delivery:
    """Bring `after` no further from `before` than a voice may move between neighbouring sentences."""
    start, end = _amounts(before.emotion), _amounts(after.emotion)
    distance = math.fsum(abs(a - b) for a, b in zip(start, end, strict=True))
    if distance <= FURTHEST_MOVE:
        return after
    share = (FURTHEST_MOVE - len(start) / _PRECISION) / distance
    between = (
        math.floor((a + (b - a) * share) * _PRECISION) / _PRECISION for a, b in zip(start, end, strict=True)
    )
    return replace(after, emotion=Emotion(**dict(zip(_EMOTIONS, between, strict=True))))


def _amounts(emotion: Emotion) -> tuple[float, ...]:
    return tuple(getattr(emotion, name) for name in _EMOTIONS)
