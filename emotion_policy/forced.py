"""A style that a person has chosen, laid over what the policy decided. Pure.

The person's choice outlasts the state it was made for, so it is softened and never refused: where the policy
forbids it for the customer's state, what takes its place there sounds, and the decision tells so. The state,
flags, escalation and the visit's memory stay the policy's: without the choice it goes on as if there had been
none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.emotion import Delivery, State, Style
from core.text import Language
from emotion_policy import styles, vetoes
from emotion_policy.decision import Arc, Decision, Flag
from emotion_policy.memory import Memory
from emotion_policy.persistence import REPEATS
from emotion_policy.policy import FALLBACK, Policy, packaged


def forced(decision: Decision, style: Style, language: Language, policy: Policy | None = None) -> Decision:
    """The decision in another style, from the first sentence to the last.

    The model is told the style's own line, unless the moment has one of its own (a grief, a scam …).

    Args:
        style: wanted.
        language: of that line.
        policy: of the site; None: the most neutral packaged one.
    """
    policy = policy or packaged(FALLBACK)
    given, refused = _softened(style, decision)
    because = f"{decision.because}; chosen by the operator: {style}"
    said = styles.delivery(given, _manner(decision, because), policy)
    own_line = decision.steering == policy.styles[decision.style].steer[language]
    return replace(
        decision,
        style=given,
        arc=Arc(open=said, body=said, close=said),
        because=because,
        vetoes=(*decision.vetoes, *refused),
        held="",
        steering=policy.styles[given].steer[language] if own_line else decision.steering,
    )


def unasked(memory: Memory) -> Decision:
    """What stands for a decision where the agent speaks without having been asked: as the visit was left."""
    state = memory.states[-1] if memory.states else State.INQUIRY
    return Decision(
        state=state,
        probability=0.0,
        runner_up=state,
        intensity=0.0,
        style=Style.NEUTRAL,
        arc=Arc(open=Delivery(), body=Delivery(), close=Delivery()),
        memory=memory,
    )


def _softened(style: Style, decision: Decision) -> tuple[Style, tuple[str, ...]]:
    """The style, or what takes its place, and what to tell of it."""
    given, told = style, ()
    for state in _states(decision):
        allowed = vetoes.allowed(given, state)
        if allowed is not given:
            given, told = allowed, (f"{style}: chosen by the operator, forbidden for {state}",)
    return given, told


def _states(decision: Decision) -> Iterator[State]:
    """Whose vetoes hold: a grief and a danger last longer than the turn that told of them."""
    yield decision.state
    if Flag.SCAM_IN_PROGRESS in decision.flags:
        yield State.URGENT
    if decision.memory.grief or decision.memory.self_harm or Flag.SELF_HARM in decision.flags:
        yield State.GRIEF


def _manner(decision: Decision, because: str) -> styles.Manner:
    return styles.Manner(
        elderly="elderly" in decision.marks,
        clarifying=decision.memory.repeated >= REPEATS,
        arousal=decision.arousal,
        volume=decision.arc.open.volume,
        because=because,
    )
