"""What is never said to whom. In code, so that no table, no file and no model can lift it."""

from __future__ import annotations

from core.emotion import State, Style

FORBIDDEN: dict[State, frozenset[Style]] = {
    State.URGENT: frozenset({Style.CHEERFUL, Style.ENCOURAGING}),
    State.GRIEF: frozenset({Style.CHEERFUL, Style.ENCOURAGING, Style.CALM_FIRM}),
    State.ABUSIVE: frozenset({Style.CHEERFUL, Style.ENCOURAGING, Style.WARM}),
    State.COMPLAINT: frozenset({Style.CHEERFUL, Style.ENCOURAGING, Style.CALM_FIRM}),
    State.ANXIOUS: frozenset({Style.CHEERFUL, Style.CALM_FIRM}),
}
"""Styles that never answer a state, in any sentence of the reply."""
FIRM = frozenset({State.URGENT, State.ABUSIVE})
"""The states that a file may answer with calm_firm."""
SILENT = ("angry", "afraid", "disgusted")
"""Emotions that the agent's voice never has."""
MOST_EMOTION = 0.8
"""Sum of a vector, at most: beyond 1 the speaker's share would be negative; near it the timbre suffers."""

_INSTEAD = {
    State.URGENT: Style.CALM_FIRM,
    State.GRIEF: Style.GENTLE,
    State.ABUSIVE: Style.CALM_FIRM,
    State.COMPLAINT: Style.SOOTHING,
    State.ANXIOUS: Style.SOOTHING,
}


def allowed(style: Style, state: State) -> Style:
    """The style, or what takes its place where it is forbidden."""
    return _INSTEAD[state] if style in FORBIDDEN.get(state, ()) else style
