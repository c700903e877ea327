"""Over turns: a style is protected at once and brightens slowly; grief stays; one apology per grievance.

Pure, over `Memory`. Inside one visit only: `Memory()` is the next customer, who inherits nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.emotion import State, Style
from emotion_policy.decision import Escalation, Flag
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy
from emotion_policy.repetition import asked_again
from emotion_policy.styles import protection
from emotion_policy.vetoes import FIRM, allowed

NEGATIVE = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE, State.COMPLAINT, State.ANXIOUS})
REMEMBERED = 6
"""States and styles kept; long enough for "three in a row", short enough to forgive."""
TURNS_OF_WORDS = 3
LONGEST_TURN = 200
"""Characters kept of a turn's words."""
CLEAR = 0.15
"""Margin from which a state counts as clear."""
STRONG = 0.8
"""Intensity from which a state counts as strong."""
LINGERS = 0.5
"""Level above which an earlier state still keeps its style."""
REPEATS = 2
"""Turns in a row that asked the same again, from which the pauses grow."""

_CLOSES = frozenset({State.THANKS, State.PRAISE})
_AT_RANK = {4: Style.GENTLE, 3: Style.PROFESSIONAL, 2: Style.WARM, 1: Style.WARM, 0: Style.WARM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The style after the visit had its say."""

    style: Style
    held: str = ""
    """Why it is not the style that was wanted; empty if it is."""


def wanted(detection: Detection, memory: Memory, policy: Policy) -> Style:
    """The style that the state asks for.

    One apology for each grievance; nothing firm to a child who is safe, nothing bright to words half heard.
    """
    style, marks = _looked_up(detection, memory, policy), detection.marks
    if style is Style.CALM_FIRM and "child" in marks and detection.state is not State.URGENT:
        return Style.GENTLE
    doubtful = "low_asr_confidence" in marks
    return Style.PROFESSIONAL if doubtful and protection(style) < protection(Style.PROFESSIONAL) else style


def settle(style: Style, detection: Detection, memory: Memory, policy: Policy) -> Settled:
    """Apply what earlier turns ask for, then what is never allowed."""
    held = _held(style, detection, memory, policy)
    instead = allowed(held.style, detection.state)
    if instead is held.style:
        return held
    return Settled(style=instead, held=f"veto: {held.style} on {detection.state}")


def remember(memory: Memory, style: Style, detection: Detection, words: str, policy: Policy) -> Memory:
    """The visit's memory after a turn that was answered in `style`.

    Args:
        memory: before the turn.
        style: of the answer.
        detection: of the turn.
        words: of the turn, normalised.
        policy: for the decay of each state.
    """
    state = detection.state
    return replace(
        memory,
        states=(*memory.states, state)[-REMEMBERED:],
        styles=(*memory.styles, style)[-REMEMBERED:],
        grief=memory.grief or state is State.GRIEF,
        self_harm=memory.self_harm or Flag.SELF_HARM in detection.flags,
        complaints=memory.complaints + (state is State.COMPLAINT),
        apologised=style is Style.APOLOGETIC or (memory.apologised and not _closes(detection)),
        negative_in_a_row=memory.negative_in_a_row + 1 if state in NEGATIVE else 0,
        wanted_human=memory.wanted_human + (Flag.WANTS_HUMAN in detection.flags),
        levels=_levels(memory, detection, policy),
        words=(*memory.words, words[:LONGEST_TURN])[-TURNS_OF_WORDS:],
        repeated=memory.repeated + 1 if asked_again(words[:LONGEST_TURN], memory.words) else 0,
    )


def escalation(detection: Detection, after: Memory, policy: Policy) -> Escalation:
    """Whether to offer a person, or to fetch one. `after` is the memory with this turn in it."""
    now_after = policy.states[detection.state].now_after
    if (
        after.self_harm
        or Flag.SCAM_IN_PROGRESS in detection.flags
        or detection.marks & {"threat", "bereaved_by_suicide"}
        or detection.state is State.URGENT
        or after.wanted_human >= 2
        or (now_after is not None and after.negative_in_a_row >= now_after)
    ):
        return "now"
    return "offer" if _offer(detection, after, policy) else "none"


def _looked_up(detection: Detection, memory: Memory, policy: Policy) -> Style:
    rules, state = policy.states[detection.state], detection.state
    if state is State.COMPLAINT and memory.apologised:
        style = rules.again or rules.default
        return Style.SOOTHING if style is Style.APOLOGETIC else style
    if rules.child is not None and "child" in detection.marks:
        return rules.child
    if rules.strong is not None and detection.intensity >= STRONG:
        return rules.strong
    again = rules.again is not None and state is not State.COMPLAINT and state in memory.states
    return rules.again if again and rules.again is not None else rules.default


def _offer(detection: Detection, after: Memory, policy: Policy) -> bool:
    state, offer_after = detection.state, policy.states[detection.state].offer_after
    if state is State.ABUSIVE or Flag.WANTS_HUMAN in detection.flags or after.agent_failures >= 2:
        return True
    if state is State.COMPLAINT and detection.intensity >= STRONG:
        return True
    turns = after.complaints if state is State.COMPLAINT else after.states.count(state)
    return offer_after is not None and turns >= offer_after


def _held(style: Style, detection: Detection, memory: Memory, policy: Policy) -> Settled:
    if Flag.SELF_HARM in detection.flags:
        return Settled(style=Style.GENTLE, held="self-harm")
    if detection.state in {State.URGENT, State.GRIEF}:
        return Settled(style=style)
    if memory.grief or memory.self_harm:
        return _at_least(Style.GENTLE, style, "grief in this visit" if memory.grief else "self-harm")
    settled = Settled(style=style)
    if detection.state not in NEGATIVE:
        settled = _lingering(style, detection, memory, policy)
        if settled.style is not Style.CALM_FIRM and any(state in NEGATIVE for state in memory.states):
            settled = _brightened(settled, detection, memory)
    if memory.complaints:
        ceiled = _at_least(Style.WARM, settled.style, "complaint in this visit")
        settled = ceiled if ceiled.held else settled
    return settled


def _lingering(style: Style, detection: Detection, memory: Memory, policy: Policy) -> Settled:
    """A plain turn after a strong state is still answered in that state's style; a good end lets go of it."""
    if _closes(detection):
        return Settled(style=style)
    for state, level in zip(State, _faded(memory, policy), strict=True):
        if state not in NEGATIVE or level <= LINGERS:
            continue
        rules = policy.states[state]
        kept = rules.again or rules.default
        if state in FIRM or protection(kept) > protection(style):
            child = kept is Style.CALM_FIRM and "child" in detection.marks
            return Settled(style=Style.GENTLE if child else kept, held=f"{state} a moment ago")
    return Settled(style=style)


def _levels(memory: Memory, detection: Detection, policy: Policy) -> tuple[float, ...]:
    """For each state the larger of its score and what is left; an emergency can be said to be over."""
    faded = _faded(memory, policy)
    over = State.URGENT if _closes(detection) else None
    return tuple(
        round(max(detection.scores.get(state, 0.0), 0.0 if state is over else level), 4)
        for state, level in zip(State, faded, strict=True)
    )


def _faded(memory: Memory, policy: Policy) -> tuple[float, ...]:
    """What earlier turns leave of each state in this one."""
    before = memory.levels if len(memory.levels) == len(State) else (0.0,) * len(State)
    return tuple(level * policy.states[state].decay for state, level in zip(State, before, strict=True))


def _brightened(settled: Settled, detection: Detection, memory: Memory) -> Settled:
    """At most one step up from the last style, on a clear turn that is the second calm one or a good end."""
    last = _AT_RANK.get(protection(memory.styles[-1]), Style.SOOTHING)
    ready = detection.margin >= CLEAR and (_closes(detection) or memory.states[-1] not in NEGATIVE)
    limit = _AT_RANK.get(protection(last) - 1, Style.WARM) if ready else last
    if protection(settled.style) >= protection(limit):
        return settled
    return Settled(style=limit, held=f"brightens slowly from {last}")


def _closes(detection: Detection) -> bool:
    """The customer says that it is good now."""
    return detection.state in _CLOSES or "resolved" in detection.marks


def _at_least(floor: Style, style: Style, why: str) -> Settled:
    if protection(style) >= protection(floor) and style is not Style.CALM_FIRM:
        return Settled(style=style)
    return Settled(style=style if style is Style.CALM_FIRM and floor is Style.WARM else floor, held=why)
