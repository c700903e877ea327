"""The second opinion: what a language model's vote may change in a decision. Pure; never raises.

It comes after the words of the reply were asked for, so it moves only the voice, and only towards more care:
the state stays, no veto is lifted, and on its word alone nobody is apologised to or sent a person.
"""

from __future__ import annotations

from dataclasses import replace

from core.emotion import Delivery, Opinion, State, Style
from emotion_policy import styles, vetoes
from emotion_policy.decision import Arc, Decision
from emotion_policy.memory import Memory
from emotion_policy.persistence import NEGATIVE, REPEATS
from emotion_policy.policy import FALLBACK, Policy, packaged

ENOUGH = 0.5
"""Probability from which a vote counts; a state's own threshold may ask for more."""
TRUST = 0.5
"""Part of a vote that lingers; words count in full. At 0.5 no vote keeps a style alive by itself."""
LOGGED = 6
"""Decimals of a vote that count: those that a log keeps, so that a replay counts the same."""

_PRECEDENCE = tuple(State)


def revise(
    decision: Decision, opinion: Opinion, spoken: Delivery | None = None, policy: Policy | None = None
) -> Decision:
    """Make the rest of a reply more careful, if the model takes the customer more seriously than the words.

    Args:
        decision: of this turn, with the memory as it is now.
        opinion: the model's.
        spoken: how the sentence before was said; None before the first. Said sentences stay as they were.
        policy: of the site; None: the most neutral packaged one.
    """
    try:
        return _revised(decision, opinion, spoken, policy or packaged(FALLBACK))
    except Exception:  # noqa: BLE001 - a policy that fails must not silence the agent, and the floor holds
        return decision


def _revised(decision: Decision, opinion: Opinion, spoken: Delivery | None, policy: Policy) -> Decision:
    opinion = Opinion(probabilities=tuple(round(each, LOGGED) for each in opinion.probabilities))
    if not _counts(decision, opinion, policy):
        return decision
    style = _careful(opinion.state, decision, policy)
    because = f"{decision.because}; second opinion: {opinion.state} {opinion.probability:.2f}"
    arc = _arc(decision, _delivery(style, decision, because, policy), spoken)
    if arc == decision.arc:
        return replace(decision, memory=_remembered(decision.memory, decision.style, opinion))
    style = style if _outranks(style, decision.style) else decision.style
    memory = _remembered(decision.memory, style, opinion)
    return replace(decision, style=style, arc=arc, because=because, memory=memory)


def _counts(decision: Decision, opinion: Opinion, policy: Policy) -> bool:
    """Whether the vote is wanted, sure enough and for something more serious than what was decided."""
    state = opinion.state
    return (
        policy.second_opinion
        and state in NEGATIVE
        and opinion.probability >= max(ENOUGH, policy.thresholds[state])
        and _PRECEDENCE.index(state) < _PRECEDENCE.index(decision.state)
    )


def _careful(state: State, decision: Decision, policy: Policy) -> Style:
    """The style of a state, without an apology: the words were not asked to make one."""
    rules, child = policy.states[state], "child" in decision.marks
    style = (rules.child if child else None) or rules.again or rules.default
    if style is Style.APOLOGETIC:
        style = Style.SOOTHING
    if style is Style.CALM_FIRM and child and state is not State.URGENT:
        style = Style.GENTLE
    for each in (state, decision.state, *((State.GRIEF,) if decision.memory.grief else ())):
        style = vetoes.allowed(style, each)
    return style


def _outranks(style: Style, than: Style) -> bool:
    """More protective. calm_firm lies outside the order: it takes the place of what is no softer than it."""
    if style is Style.CALM_FIRM:
        return than is not style and styles.protection(than) <= styles.protection(style)
    return styles.protection(style) > styles.protection(than)


def _delivery(style: Style, decision: Decision, because: str, policy: Policy) -> Delivery:
    manner = styles.Manner(
        elderly="elderly" in decision.marks,
        clarifying=decision.memory.repeated >= REPEATS,
        arousal=decision.arousal,
        volume=decision.arc.open.volume,
        because=because,
    )
    return styles.delivery(style, manner, policy)


def _arc(decision: Decision, careful: Delivery, spoken: Delivery | None) -> Arc:
    """Each less careful part is said carefully, and moves no further from the one before than a voice may."""
    own = decision.arc

    def instead(part: Delivery) -> Delivery:
        return careful if _outranks(careful.style, part.style) else part

    opening = own.open if spoken else instead(own.open)
    middle, end = instead(own.body), instead(own.close)
    if (opening, middle, end) == (own.open, own.body, own.close):
        return own
    body = styles.eased(spoken or opening, middle)
    return Arc(open=opening, body=body, close=styles.eased(body, end))


def _remembered(memory: Memory, style: Style, opinion: Opinion) -> Memory:
    """The visit's memory, in which the vote slows brightening and strengthens its own cues in the next turns.

    Nothing is counted or latched: no complaint, no apology, no grief for the rest of the visit.
    """
    at, lingering = _PRECEDENCE.index(opinion.state), round(TRUST * opinion.probability, 4)
    levels = (max(level, lingering) if each == at else level for each, level in enumerate(memory.levels))
    return replace(
        memory,
        states=(*memory.states[:-1], opinion.state) if memory.states else (),
        styles=(*memory.styles[:-1], style) if memory.styles else (),
        levels=tuple(levels),
    )
