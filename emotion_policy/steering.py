"""What the language model is told about tone: a line of the policy. Pure."""

from __future__ import annotations

from core.emotion import State, Style
from core.text import Language
from emotion_policy.decision import Escalation, Flag
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.policy import Occasion, Policy


def steering(
    detection: Detection,
    style: Style,
    escalation: Escalation,
    before: Memory,
    language: Language,
    policy: Policy,
) -> str:
    """Choose the line for an answer in `style`.

    Args:
        detection: of this turn.
        style: of the answer.
        escalation: of this turn.
        before: the memory without this turn.
        language: of the line.
        policy: for its lines.
    """
    occasion = _occasion(detection, escalation, before)
    return policy.styles[style].steer[language] if occasion is None else policy.occasions[occasion][language]


def _occasion(detection: Detection, escalation: Escalation, before: Memory) -> Occasion | None:
    """The first that applies, in order; None for the style's own line."""
    state = detection.state
    occasions: dict[Occasion, bool] = {
        "self_harm": Flag.SELF_HARM in detection.flags,
        "scam": Flag.SCAM_IN_PROGRESS in detection.flags,
        "urgent": state is State.URGENT,
        "grief": state is State.GRIEF and not before.grief,
        "person_now": state is not State.GRIEF and escalation == "now",
        "abusive_again": state is State.ABUSIVE and State.ABUSIVE in before.states,
        "abusive": state is State.ABUSIVE,
        "complaint_again": state is State.COMPLAINT and before.apologised,
        "grief_latched": before.grief,
        "person_offer": state is not State.COMPLAINT and escalation == "offer",
    }
    return next((name for name, applies in occasions.items() if applies), None)
