"""From a state to a style to a voice: the table, the arcs and the emotions of `styles.toml`, read once.

The vetoes stand in code, so that no table can lift them. Pure after the first call, which reads the file.
"""

from __future__ import annotations

import tomllib
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import TypedDict

from core.emotion import Delivery, Emotion, State, Style
from emotion_policy.decision import Arc

_FILE = Path(__file__).with_name("styles.toml")
_MOST_NEUTRAL = "government"

FORBIDDEN: dict[State, frozenset[Style]] = {
    State.URGENT: frozenset({Style.CHEERFUL, Style.ENCOURAGING}),
    State.GRIEF: frozenset({Style.CHEERFUL, Style.ENCOURAGING, Style.CALM_FIRM}),
    State.COMPLAINT: frozenset({Style.CHEERFUL, Style.ENCOURAGING}),
    State.ABUSIVE: frozenset({Style.CHEERFUL, Style.ENCOURAGING, Style.WARM}),
    State.ANXIOUS: frozenset({Style.CHEERFUL, Style.CALM_FIRM}),
}
"""What is never said to whom, whatever the table holds."""

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


class _Step(TypedDict, total=False):
    style: str
    rate: float
    pause: float


class _Voice(TypedDict):
    rate: float
    pause: float
    emotion: dict[str, float]


class _Rules(TypedDict):
    furthest_move: float
    elderly_rate: float
    slowest: float
    fastest: float


class _Sheet(TypedDict):
    table: dict[str, dict[str, list[str]]]
    styles: dict[str, _Voice]
    arcs: dict[str, dict[str, _Step]]
    rules: _Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What changes every sentence of a reply."""

    elderly: bool = False
    because: str = ""


@cache
def _sheet() -> _Sheet:
    with _FILE.open("rb") as file:
        return tomllib.load(file)  # pyright: ignore[reportReturnType] - shape is held by the tests


def protection(style: Style) -> int:
    """How protective a style is: 0 cheerful … 5 soothing; calm_firm counts as professional."""
    return _RANK[style]


def choices(state: State, scenario: str) -> tuple[Style, ...]:
    """Styles for a state at a site, preferred first; an unknown site gets the most neutral row."""
    table = _sheet()["table"]
    row = table.get(scenario, table[_MOST_NEUTRAL])
    return tuple(Style(name) for name in row[state])


def delivery(style: Style, manner: Manner | None = None) -> Delivery:
    """One style as a voice is asked for it."""
    return _step(style, {}, manner or Manner())


def arc(state: State, style: Style, manner: Manner, *, held: bool = False) -> Arc:
    """How a reply in `style` moves from its first sentence to its last.

    Args:
        state: decides the movement.
        style: of the first sentence.
        manner: applied to every sentence.
        held: the style outlives its state (a grief, an open complaint), so the reply stays in it.
    """
    steps = {} if held else _sheet()["arcs"].get(state, {})
    opening = _step(style, steps.get("open", {}), manner)
    body = _eased(opening, _step(style, steps.get("body", {}), manner))
    close = _eased(body, _step(style, steps.get("close", {}), manner))
    return Arc(open=opening, body=body, close=close)


def _step(style: Style, step: _Step, manner: Manner) -> Delivery:
    style = Style(step.get("style", style))
    voice, rules = _sheet()["styles"][style], _sheet()["rules"]
    rate = step.get("rate", voice["rate"]) * (rules["elderly_rate"] if manner.elderly else 1.0)
    return Delivery(
        style=style,
        emotion=Emotion(**voice["emotion"]),
        rate=round(min(max(rate, rules["slowest"]), rules["fastest"]), 4),
        pause=step.get("pause", voice["pause"]),
        because=manner.because,
    )


def _eased(before: Delivery, after: Delivery) -> Delivery:
    """Bring `after` no further from `before` than a voice may move between neighbouring sentences."""
    start, end = _amounts(before.emotion), _amounts(after.emotion)
    distance = sum(abs(a - b) for a, b in zip(start, end, strict=True))
    furthest = _sheet()["rules"]["furthest_move"]
    if distance <= furthest:
        return after
    share = furthest / distance
    between = (round(a + (b - a) * share, 4) for a, b in zip(start, end, strict=True))
    names = (field.name for field in fields(Emotion))
    return replace(after, emotion=Emotion(**dict(zip(names, between, strict=True))))


def _amounts(emotion: Emotion) -> tuple[float, ...]:
    return astuple(emotion)
