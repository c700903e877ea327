"""The policy's door: one transcript and the visit's memory in, one decision out.

Pure, synchronous, deterministic and it never raises: whatever breaks inside, the answer is `professional`,
with the reason in `because` and `vetoes`. Data files are read on first use; `prepare` does that early.
"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from core.emotion import Delivery, State, Style
from emotion_policy import arousal, detect, persistence, risk, steering, styles
from emotion_policy.decision import Arc, Decision, Observation
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy, packaged

_REPEAT: frozenset[str] = frozenset({"repeat"})
_NONE: frozenset[str] = frozenset()


def prepare(policy: Policy | None = None) -> None:
    """Read the data files now, so that no customer waits for them. Raises what is wrong with them."""
    observation = Observation(text="你好", language="zh")
    _decided(observation, policy or packaged(observation.scenario))


def decide(observation: Observation, policy: Policy | None = None) -> Decision:
    """Tell the customer's state from the words and choose how to answer.

    `microseconds` is taken with `perf_counter`: the time this computation took, and no part of its outcome.

    Args:
        observation: a policy given with it rules over its scenario.
        policy: of the site; None: the packaged one of the observation's scenario.
    """
    started = perf_counter()
    try:
        decision = _decided(observation, policy or packaged(observation.scenario))
    except Exception as error:  # noqa: BLE001 - a policy that fails must not silence the agent
        decision = _without_policy(observation, error)
    return replace(decision, microseconds=(perf_counter() - started) * 1e6)


def _decided(observation: Observation, policy: Policy) -> Decision:
    if observation.scenario != policy.scenario:
        observation = replace(observation, scenario=policy.scenario)
    before, prosody = observation.memory, observation.prosody if policy.prosody else None
    stirred = arousal.arousal(prosody, before.voice)
    found = arousal.sway(detect.detect(observation, policy), stirred)
    style, tempered = risk.tempered(_choice(found, before, policy), found.state, found.scores)
    settled = persistence.settle(style, found, before, policy)
    after = persistence.remember(before, settled.style, found, found.text, policy)
    after = replace(after, voice=arousal.learn(before.voice, prosody))
    escalation = persistence.escalation(found, after, policy)
    because = _because(found, settled)
    moves = State.GRIEF if after.grief and found.state is not State.URGENT else found.state
    return Decision(
        state=found.state,
        probability=found.probability,
        runner_up=found.runner_up,
        intensity=found.intensity,
        style=settled.style,
        arc=styles.arc(
            moves,
            settled.style,
            _manner(observation, found, stirred, after, because, policy),
            policy,
            answers=found.state,
            held=bool(settled.held) and not after.grief,
        ),
        flags=found.flags,
        marks=found.marks | (_REPEAT if after.repeated else _NONE),
        margin=found.margin,
        arousal=stirred,
        escalation=escalation,
        evidence=found.evidence,
        vetoes=_vetoes(found, tempered, f"{style}: {settled.held}" if settled.held else ""),
        because=because,
        steering=steering.steering(found, settled.style, escalation, before, observation.language, policy),
        policy=policy.hash,
        held=settled.held,
        memory=after,
    )


def _choice(found: Detection, before: Memory, policy: Policy) -> Style:
    """The style that the state asks for; where two states are close, the one that takes more care."""
    style = persistence.wanted(found, before, policy)
    heard = any(evidence.state is found.runner_up for evidence in found.evidence)
    if found.margin >= persistence.CLEAR or not heard or found.state in {State.URGENT, State.ABUSIVE}:
        return style
    rules = policy.states[found.runner_up]
    other = rules.again or rules.default
    cares = other in {Style.GENTLE, Style.SOOTHING} and styles.protection(other) > styles.protection(style)
    return other if cares else style


def _vetoes(found: Detection, tempered: str, held: str) -> tuple[str, ...]:
    return (*found.cancelled, *(one for one in (tempered, held) if one))


def _manner(
    observation: Observation, found: Detection, stirred: float, after: Memory, because: str, policy: Policy
) -> styles.Manner:
    quiet = policy.quiet_hours if observation.quiet else None
    return styles.Manner(
        elderly="elderly" in found.marks,
        clarifying=after.repeated >= persistence.REPEATS,
        arousal=stirred,
        volume=1.0 if quiet is None else quiet.volume,
        because=because,
    )


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
