"""The policy's door: one transcript and the visit's memory in, one decision out.

Pure, synchronous, deterministic and it never raises: whatever breaks inside, the answer is `professional`,
with the reason in `because` and `vetoes`. Data files are read on first use; `prepare` does that early.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from core.emotion import Delivery, State, Style
from emotion_policy import detect, persistence, steering, styles
from emotion_policy.decision import Arc, Decision, Observation
from emotion_policy.detection import Detection


def prepare() -> None:
    """Read the data files now, so that no customer waits for them. Raises what is wrong with them."""
    _decided(Observation(text="你好", language="zh"))


def decide(observation: Observation) -> Decision:
    """Tell the customer's state from the words and choose how to answer.

    `microseconds` is taken with `perf_counter`: the time this computation took, and no part of its outcome.
    """
    started = perf_counter()
    try:
        decision = _decided(observation)
    except Exception as error:  # noqa: BLE001 - a policy that fails must not silence the agent
        decision = _without_policy(observation, error)
    return replace(decision, microseconds=(perf_counter() - started) * 1e6)


def _decided(observation: Observation) -> Decision:
    before = observation.memory
    found = detect.detect(observation)
    style = _choice(found, observation)
    settled = persistence.settle(style, found, before)
    after = persistence.remember(before, settled.style, found)
    escalation = persistence.escalation(found, after)
    because = _because(found, settled)
    manner = styles.Manner(elderly="elderly" in found.marks, because=because)
    moved = State.GRIEF if after.grief and found.state is not State.URGENT else found.state
    return Decision(
        state=found.state,
        probability=found.probability,
        runner_up=found.runner_up,
        intensity=found.intensity,
        style=settled.style,
        arc=styles.arc(moved, settled.style, manner, held=bool(settled.held) and not after.grief),
        flags=found.flags,
        escalation=escalation,
        evidence=found.evidence,
        vetoes=(*found.cancelled, *((f"{style}: {settled.held}",) if settled.held else ())),
        because=because,
        steering=steering.steering(found, settled.style, escalation, before, observation.language),
        memory=after,
    )


def _choice(found: Detection, observation: Observation) -> Style:
    """The style that the state asks for; where two states are close, the one that takes more care."""
    style = persistence.wanted(styles.choices(found.state, observation.scenario), found, observation.memory)
    heard = any(evidence.state is found.runner_up for evidence in found.evidence)
    if found.margin >= persistence.CLEAR or not heard or found.state in {State.URGENT, State.ABUSIVE}:
        return style
    other = styles.choices(found.runner_up, observation.scenario)[-1]
    cares = other in {Style.GENTLE, Style.SOOTHING} and styles.protection(other) > styles.protection(style)
    return other if cares else style


def _because(found: Detection, settled: persistence.Settled) -> str:
    cue = next((evidence.cue for evidence in found.evidence if evidence.state is found.state), "no cue")
    return f"{found.state}: {cue}" + (f"; {settled.held}" if settled.held else "")


def _without_policy(observation: Observation, error: Exception) -> Decision:
    because = f"policy failed: {type(error).__name__}"
    plain = Delivery(style=Style.PROFESSIONAL, because=because)
    return Decision(
        state=State.INQUIRY,
        probability=0.0,
        runner_up=State.INQUIRY,
        intensity=0.0,
        style=Style.PROFESSIONAL,
        arc=Arc(open=plain, body=plain, close=plain),
        vetoes=(because,),
        because=because,
        memory=observation.memory,
    )
