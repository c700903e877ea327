"""A visit told afterwards: its turns decided in order, so that memory is what it would have been. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.text import Language, script_of
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Observation
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy, packaged
from emotion_policy.rows import Row, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known of a customer before a turn."""

    memory: Memory = Memory()
    asked: str = ""
    """What the agent said last."""


def decided(text: str, visit: Visit, policy: Policy, language: Language | None = None) -> Decision:
    """The decision on the next turn; its language, if it is not given, by script."""
    observation = Observation(
        text=text,
        language=language or script_of(text),
        scenario=policy.scenario,
        asked=visit.asked,
        memory=visit.memory,
    )
    return decide(observation, policy)


def after(history: Iterable[Said], policy: Policy) -> Visit:
    """The visit after some turns: the customer's are decided on, the agent's are what it asked."""
    visit = Visit()
    for said in history:
        if said.role == "user":
            visit = replace(visit, memory=decided(said.text, visit, policy).memory)
        else:
            visit = replace(visit, asked=said.text)
    return visit


def decide_row(row: Row, policy: Policy | None = None) -> Decision:
    """The decision on a row; without a policy, by the packaged one of its scenario."""
    ruling = policy or packaged(row.scenario)
    return decided(row.text, after(row.history, ruling), ruling, row.language)
