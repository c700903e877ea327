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
    """The first that applies, in order; empty for the style's own line."""
    state = detection.state
    occasions = {
        "self_harm": Flag.SELF_HARM in detection.flags,
        "scam": Flag.SCAM_IN_PROGRESS in detection.flags,
        "urgent": state is State.URGENT,
        "grief": state is State.GRIEF and not before.grief,
        "person_now": state is not State.GRIEF and escalation == "now",
        "abusive": state is State.ABUSIVE,
        "complaint_again": state is State.COMPLAINT and before.apologised,
        "grief_latched": before.grief,
        "person_offer": state is not State.COMPLAINT and escalation == "offer",
    }
    return next((name for name, applies in occasions.items() if applies), "")
