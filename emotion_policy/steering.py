"""What the language model is told about tone: a line of `steering.toml`, read once."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from core.emotion import State, Style
from core.text import Language
from emotion_policy.decision import Escalation, Flag
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory

_FILE = Path(__file__).with_name("steering.toml")


@cache
def _lines() -> dict[str, dict[str, dict[str, str]]]:
    with _FILE.open("rb") as file:
        return tomllib.load(file)


def steering(
    detection: Detection, style: Style, escalation: Escalation, before: Memory, language: Language
) -> str:
    """Choose the line for an answer in `style`.

    Args:
        detection: of this turn.
        style: of the answer.
        escalation: of this turn.
        before: the memory without this turn.
        language: of the line.
    """
    lines = _lines()
    occasion = _occasion(detection, escalation, before)
    return (lines["occasions"][occasion] if occasion else lines["styles"][style])[language]


def _occasion(detection: Detection, escalation: Escalation, before: Memory) -> str:
    if Flag.SELF_HARM in detection.flags:
        return "self_harm"
    if Flag.SCAM_IN_PROGRESS in detection.flags:
        return "scam"
    match detection.state:
        case State.URGENT:
            return "urgent"
        case State.GRIEF:
            return "grief_latched" if before.grief else "grief"
        case _ if escalation == "now":
            return "person_now"
        case State.ABUSIVE:
            return "abusive"
        case State.COMPLAINT if before.apologised:
            return "complaint_again"
        case _ if before.grief:
            return "grief_latched"
        case State.COMPLAINT:
            return ""
        case _:
            return "person_offer" if escalation == "offer" else ""
