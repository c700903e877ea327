"""Openers: the first sentence for an upset customer, chosen at the instant of the decision. Pure.

`openers.toml` is read once. Deterministic: the same words after the same visit give the same opener. None is
said twice in a visit, nobody is apologised to twice for one grievance, and where a person is being fetched
nothing is put before that.
"""

from __future__ import annotations

import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from core.emotion import Delivery, State, Style
from core.text import Language
from emotion_policy import styles
from emotion_policy.decision import Decision, Flag
from emotion_policy.memory import Memory
from emotion_policy.policy import Policy, StateRules

SURE = 0.5
"""Probability from which the grave states are answered before the model has thought about it."""
_GRAVE = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE})
"""An opener to somebody wrongly taken for one of these would hurt or alarm; the others' would not."""
KINDS: dict[str, State] = {
    "self_harm": State.GRIEF,
    "scam": State.URGENT,
    "urgent": State.URGENT,
    "grief": State.GRIEF,
    "abusive": State.ABUSIVE,
    "complaint": State.COMPLAINT,
    "complaint_plain": State.COMPLAINT,
    "anxious": State.ANXIOUS,
    "confused": State.CONFUSED,
}
"""Kinds of opener, and the state in whose voice each is usually said."""
_FILE = Path(__file__).with_name("openers.toml")
_ANYWHERE = "any"
_LANGUAGES: tuple[Language, Language] = ("zh", "en")

Lines = dict[str, dict[Language, list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    most: int
    """Said in one visit, at most."""
    lines: Lines

    def at(self, scenario: str, language: Language) -> list[str]:
        return self.lines.get(scenario, self.lines[_ANYWHERE])[language]

    def everywhere(self) -> Iterator[str]:
        for table in self.lines.values():
            for lines in table.values():
                yield from lines


def choose(decision: Decision, before: Memory, *, scenario: str, language: Language, text: str) -> str:
    """The opener of a reply; empty where a direct answer is better.

    Args:
        decision: of this turn.
        before: the visit's memory without this turn.
        scenario: of the site; one without lines of its own takes the general ones.
        language: of the reply.
        text: the customer's words: they and the openers already said choose the variant.
    """
    name = _kind(decision, before)
    if not name:
        return ""
    kind, said = _kinds()[name], set(before.openers)
    left = [line for line in kind.at(scenario, language) if line not in said]
    if not left or len(said.intersection(kind.everywhere())) >= kind.most:
        return ""
    return left[(zlib.crc32(text.encode()) + len(before.openers)) % len(left)]


def expected(policy: Policy) -> Iterator[tuple[str, Language, Delivery]]:
    """All openers of a site, each as it is usually said: worth rendering beforehand."""
    for name, state in KINDS.items():
        manner, style = styles.Manner(), _style(name, policy.states[state])
        arc = styles.arc(state, style, manner, policy, answers=state)
        for language in _LANGUAGES:
            for line in _kinds()[name].at(policy.scenario, language):
                yield line, language, arc.open


def _style(name: str, rules: StateRules) -> Style:
    if name == "complaint":
        return Style.APOLOGETIC
    style = rules.default if name != "complaint_plain" else rules.again or rules.default
    return Style.SOOTHING if style is Style.APOLOGETIC else style


def _kind(decision: Decision, before: Memory) -> str:
    """What sort of first sentence is called for; empty for none."""
    state, flags = decision.state, decision.flags
    if Flag.SELF_HARM in flags:
        return "self_harm"
    if Flag.SCAM_IN_PROGRESS in flags:
        return "scam"
    if state in _GRAVE and decision.probability < SURE:
        return ""
    if state is State.URGENT:
        return "urgent"
    if "low_asr_confidence" in decision.marks or before.grief:
        return ""
    if state is State.GRIEF:
        return "grief"
    return "" if decision.escalation == "now" else _milder(decision, before)


def _milder(decision: Decision, before: Memory) -> str:
    state = decision.state
    if state is State.COMPLAINT:
        sorry = decision.arc.open.style is Style.APOLOGETIC and not before.apologised
        return "complaint" if sorry else "complaint_plain"
    return str(state) if state in {State.ABUSIVE, State.ANXIOUS, State.CONFUSED} else ""


@cache
def _kinds() -> dict[str, _Kind]:
    with _FILE.open("rb") as file:
        sheet = tomllib.load(file)
    return {
        name: _Kind(most=table["most"], lines=cast("Lines", {k: v for k, v in table.items() if k != "most"}))
        for name, table in sheet.items()
    }
