"""Over turns: a style is protected at once and brightens slowly; grief stays; one apology per grievance.

Pure, over `Memory`. Inside one visit only: `Memory()` is the next customer, who inherits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.emotion import State, Style
from emotion_policy.decision import Escalation, Flag
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.styles import FORBIDDEN, protection

NEGATIVE = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE, State.COMPLAINT, State.ANXIOUS})
REMEMBERED = 6
"""States and styles kept; long enough for "three in a row", short enough to forgive."""
CLEAR = 0.15
"""Margin from which a state counts as clear."""
STRONG = 0.8
"""Intensity from which a complaint counts as strong."""

_CLOSES = frozenset({State.THANKS, State.PRAISE})
_AT_RANK = {4: Style.GENTLE, 3: Style.PROFESSIONAL, 2: Style.WARM, 1: Style.WARM, 0: Style.WARM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The style after the visit had its say."""

    style: Style
    held: str = ""
    """Why it is not the style that was wanted; empty if it is."""


def wanted(choices: Sequence[Style], detection: Detection, memory: Memory) -> Style:
    """Choose among a state's styles: one apology for each grievance, and at once if it is strong."""
    if detection.state is not State.COMPLAINT:
        return choices[0]
    if memory.apologised:
        return next((style for style in choices if style is not Style.APOLOGETIC), Style.SOOTHING)
    return Style.APOLOGETIC if detection.intensity >= STRONG else choices[0]


def settle(style: Style, detection: Detection, memory: Memory) -> Settled:
    """Apply what earlier turns ask for, then what is never allowed."""
    held = _held(style, detection, memory)
    settled = held.style
    refused = FORBIDDEN.get(detection.state, frozenset())
    if settled in refused:
        return Settled(style=Style.SOOTHING, held=f"veto: {settled} on {detection.state}")
    return held


def remember(memory: Memory, style: Style, detection: Detection) -> Memory:
    """The visit's memory after a turn that was answered in `style`."""
    state = detection.state
    closed = state in _CLOSES or "resolved" in detection.marks
    return replace(
        memory,
        states=(*memory.states, state)[-REMEMBERED:],
        styles=(*memory.styles, style)[-REMEMBERED:],
        grief=memory.grief or state is State.GRIEF,
        complaints=memory.complaints + (state is State.COMPLAINT),
        apologised=style is Style.APOLOGETIC or (memory.apologised and not closed),
        negative_in_a_row=memory.negative_in_a_row + 1 if state in NEGATIVE else 0,
        wanted_human=memory.wanted_human + (Flag.WANTS_HUMAN in detection.flags),
    )


def escalation(detection: Detection, after: Memory) -> Escalation:
    """Whether to offer a person, or to fetch one. `after` is the memory with this turn in it."""
    if (
        detection.flags & {Flag.SELF_HARM, Flag.SCAM_IN_PROGRESS}
        or detection.marks & {"threat", "bereaved_by_suicide"}
        or detection.state is State.URGENT
        or after.wanted_human >= 2
        or after.negative_in_a_row >= 3
    ):
        return "now"
    return "offer" if _offer(detection, after) else "none"


def _offer(detection: Detection, after: Memory) -> bool:
    if detection.state is State.ABUSIVE or Flag.WANTS_HUMAN in detection.flags or after.agent_failures >= 2:
        return True
    return detection.state is State.COMPLAINT and (after.complaints >= 2 or detection.intensity >= STRONG)


def _held(style: Style, detection: Detection, memory: Memory) -> Settled:
    if Flag.SELF_HARM in detection.flags:
        return Settled(style=Style.GENTLE, held="self-harm")
    if detection.state in {State.URGENT, State.GRIEF}:
        return Settled(style=style)
    if memory.grief:
        return _at_least(Style.GENTLE, style, "grief in this visit")
    if detection.state not in NEGATIVE and any(state in NEGATIVE for state in memory.states):
        style, why = _brightened(style, detection, memory)
    else:
        why = ""
    ceiled = (
        _at_least(Style.WARM, style, "complaint in this visit") if memory.complaints else Settled(style=style)
    )
    return Settled(style=ceiled.style, held=ceiled.held or why)


def _brightened(style: Style, detection: Detection, memory: Memory) -> tuple[Style, str]:
    last = _AT_RANK.get(protection(memory.styles[-1]), Style.SOOTHING)
    closes = detection.state in _CLOSES or "resolved" in detection.marks
    ready = detection.margin >= CLEAR and (closes or memory.states[-1] not in NEGATIVE)
    limit = _AT_RANK.get(protection(last) - 1, Style.WARM) if ready else last
    if protection(style) >= protection(limit):
        return style, ""
    return limit, f"brightens slowly from {last}"


def _at_least(floor: Style, style: Style, why: str) -> Settled:
    if protection(style) >= protection(floor) and style is not Style.CALM_FIRM:
        return Settled(style=style)
    return Settled(style=style if style is Style.CALM_FIRM and floor is Style.WARM else floor, held=why)
