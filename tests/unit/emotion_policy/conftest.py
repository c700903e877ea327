"""A site's policy file that uses every kind of key, and the visits of customers whose states are scripted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.emotion import State
from emotion_policy import detect
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Flag, Observation
from emotion_policy.detection import Detection
from emotion_policy.memory import Memory
from emotion_policy.normalise import normalise
from emotion_policy.policy import Policy, packaged

SITE = """\
# A hospital with a parking problem.
schema = 1
scenario = "medical"
prosody = true
second_opinion = false

[states.complaint]
threshold = 0.45
decay = 0.7
style = { default = "soothing", "intensity>=0.8" = "apologetic", child = "gentle", again = "soothing" }
arc = ["apologetic", { style = "professional", rate = 0.97, pause_ms = 200 }, "soothing"]
escalate = { offer_after = 2, now_after = 3 }

[states.inquiry]
style.default = "neutral"

[styles.soothing]
vector = { sad = 0.02, melancholic = 0.07, happy = 0.05, calm = 0.44 }
rate = 0.90
pause_ms = 280
steer.zh = "语气温和安抚，先共情一句，再给一步可做的事。"
steer.en = "gentle and soothing; one sentence of empathy, then one step they can take."
banned.zh = ["很高兴", "哈哈", "恭喜"]

[occasions.person_offer]
zh = "简短回应，再问要不要请护士来。"
en = "answer briefly, then ask whether they would like a nurse."

[quiet_hours]
from = "21:30"
to = "07:00"
volume = 0.6

[[rules]]
id = "site.parking_fee"
state = "complaint"
any = ["停车费乱扣", "多收了停车费"]
unless = ["怎么交", "哪里交"]
weight = 1.5
examples = ["你们停车费乱扣"]
counterexamples = ["停车费怎么交"]

[[rules]]
id = "site.needle"
state = "anxious"
regex = true
any = ["(?:打|扎)针.{0,4}(?:疼|痛)"]
examples = ["打针会不会很疼"]
"""


@pytest.fixture(scope="session")
def site() -> str:
    return SITE


Visit = Callable[..., list[Decision]]


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Holds a visit whose turns say what they are: "complaint", "thanks 0.6", "inquiry 0.9 strong child"."""
    monkeypatch.setattr(detect, "detect", scripted)

    def visit(
        *turns: str, policy: Policy | None = None, memory: Memory | None = None, **more: object
    ) -> list[Decision]:
        memory, decisions = memory or Memory(), []
        for turn in turns:
            observation = Observation(text=turn, language="zh", memory=memory, **more)
            decision = decide(observation, policy or packaged("retail"))
            assert "failed" not in decision.because, decision.because
            memory = decision.memory
            decisions.append(decision)
        return decisions

    return visit


def scripted(observation: Observation, _rules: object) -> Detection:
    """What a scripted turn says of itself: its state, its probability (0.9), then strong, unclear, marks, flags."""
    name, *words = observation.text.split()
    state = State(name)
    probability = next((float(word) for word in words if word[0].isdigit()), 0.9)
    runner_up = State.SMALLTALK if state is not State.SMALLTALK else State.INQUIRY
    return Detection(
        text=normalise(observation.text),
        state=state,
        probability=probability,
        runner_up=runner_up,
        margin=0.05 if "unclear" in words else round(2 * probability - 1, 4),
        intensity=0.9 if "strong" in words else 0.5,
        scores={each: probability if each is state else 0.0 for each in State},
        flags=frozenset(flag for flag in Flag if flag in words),
        marks=frozenset(words) & {"child", "elderly", "resolved", "threat", "low_asr_confidence"},
    )
