"""How much a style would hurt if the state is another than it seems, and the milder one to take. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from core.emotion import State, Style

_CALM = frozenset(
    {
        State.PRAISE,
        State.THANKS,
        State.REQUEST,
        State.INQUIRY,
        State.FAREWELL,
        State.GREETING,
        State.SMALLTALK,
    }
)
_BRIGHT = frozenset({State.PRAISE, State.THANKS, State.FAREWELL, State.GREETING, State.SMALLTALK})
_HURT = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE, State.COMPLAINT})

UNWELCOME: Mapping[Style, Mapping[State, float]] = {
    Style.CHEERFUL: dict.fromkeys(_HURT | {State.ANXIOUS}, 1.0),
    Style.ENCOURAGING: dict.fromkeys(_HURT, 1.0),
    Style.WARM: {State.ABUSIVE: 1.0},
    Style.CALM_FIRM: dict.fromkeys(_CALM | {State.CONFUSED}, 1.0) | {State.GRIEF: 4.0, State.ANXIOUS: 2.0},
    Style.APOLOGETIC: dict.fromkeys(_BRIGHT, 1.0),
}
"""Customers to whom a style is a fault, and how bad a one."""
MILDER: Mapping[Style, tuple[float, Style]] = {
    Style.CHEERFUL: (0.02, Style.WARM),
    Style.ENCOURAGING: (0.15, Style.GENTLE),
    Style.CALM_FIRM: (0.4, Style.SOOTHING),
    Style.APOLOGETIC: (0.05, Style.SOOTHING),
    Style.WARM: (0.12, Style.PROFESSIONAL),
}
"""Weighed probability of such customers above which the milder style is taken instead.

Chosen on rows of the situation cards by models that had not seen their card (training/calibrate.py): a third
of the forbidden tones is left, and no preferred one is lost.
"""


def tempered(style: Style, state: State, scores: Mapping[State, float]) -> tuple[Style, str]:
    """The style, or a milder one and why.

    Args:
        style: wanted.
        state: that wants it. Abuse is not soothed for doubt: what is milder than `calm_firm` is plain there.
        scores: probability of each state.
    """
    why, firm = "", style is Style.CALM_FIRM
    while style in MILDER:
        limit, milder = MILDER[style]
        risk = sum(weight * scores.get(each, 0.0) for each, weight in UNWELCOME[style].items())
        if risk <= limit:
            break
        why = why or f"{style}: unwelcome if wrong ({risk:.2f})"
        style = milder
    if why and firm and state is State.ABUSIVE:
        style = Style.PROFESSIONAL
    return style, why
