"""From words to a state: cues, meanings and n-grams are added up, precedence chooses among what is likely.

Log-odds z = linear model (n-grams, meanings, shipped cues, dialogue) + the operator's own cues;
p = softmax(z / T). The first state in the order of `State` whose p reaches its threshold wins; none: the
likeliest. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from core.emotion import State
from emotion_policy.decision import Evidence, Flag, Observation
from emotion_policy.detection import Detection
from emotion_policy.features import features
from emotion_policy.lexicon import Cue, lexicon
from emotion_policy.linear import STATES, Linear, linear
from emotion_policy.listening import Heard, listen
from emotion_policy.normalise import normalise

DEFAULT = State.INQUIRY
"""What a customer is taken for when nothing was said: the state with the least assuming answer."""
OPERATOR = 2.5
"""Log-odds of an operator's cue of weight 1: wins alone against a doubtful word, not against a clear one."""
ALARM = 6.0
"""Log-odds of urgency that a hint of self-harm or of a fraud under way adds."""
TOPIC = 3.0
"""Log-odds that a state loses where a guard found its words to be a mere topic."""
SURE = 0.6
"""Recogniser confidence from which words count in full."""
LEAST_TRUST = 0.4
"""Part of the log-odds that is left of a transcript nobody believes."""

_ALARMS = frozenset({Flag.SELF_HARM, Flag.SCAM_IN_PROGRESS})


class Rules(Protocol):
    """What detection takes from a policy."""

    @property
    def thresholds(self) -> Mapping[State, float]: ...

    @property
    def cues(self) -> Sequence[Cue]: ...


def detect(observation: Observation, rules: Rules) -> Detection:
    """Tell the state from one transcript, the dialogue before it and the policy's own rules."""
    text = normalise(observation.text)
    heard = listen(text, lexicon(), rules.cues)
    model, seen = linear(), features(text, heard, observation)
    if not seen.words:
        return _nothing(text, heard)
    odds, of_words = model.log_odds(seen)
    scores = _scores(odds, heard, rules.cues, observation.confidence / SURE, model.temperature)
    state = _chosen(scores, rules.thresholds)
    runner_up = max((each for each in STATES if each is not state), key=lambda each: scores[each])
    return Detection(
        text=text,
        state=state,
        probability=round(scores[state], 4),
        runner_up=runner_up,
        margin=round(scores[state] - scores[runner_up], 4),
        intensity=_intensity(state, scores[state], heard, text),
        scores={each: round(score, 4) for each, score in scores.items()},
        evidence=_evidence(heard, model, of_words, rules.cues, text),
        flags=frozenset(heard.flags),
        marks=frozenset(heard.marks | ({"low_asr_confidence"} if observation.confidence < SURE else set())),
        cancelled=tuple(heard.cancelled),
    )


def _nothing(text: str, heard: Heard) -> Detection:
    even = 1 / len(STATES)
    return Detection(
        text=text,
        state=DEFAULT,
        probability=round(even, 4),
        runner_up=State.SMALLTALK,
        margin=0.0,
        intensity=0.0,
        scores=dict.fromkeys(STATES, round(even, 4)),
        flags=frozenset(heard.flags),
    )


def _scores(
    odds: list[float], heard: Heard, own: Sequence[Cue], belief: float, temperature: float
) -> dict[State, float]:
    names = {cue.name for cue in own}
    for one in heard.evidence:
        if one.cue in names:
            odds[STATES.index(one.state)] += OPERATOR * one.weight
    if heard.flags & _ALARMS:
        odds[STATES.index(State.URGENT)] += ALARM
    for guard in lexicon().guards:
        if guard.name in heard.guards:
            for state in guard.cancels:
                odds[STATES.index(state)] -= TOPIC
    trust = LEAST_TRUST + (1 - LEAST_TRUST) * min(max(belief, 0.0), 1.0)
    return dict(zip(STATES, _softmax(odds, trust / temperature), strict=True))


def _softmax(odds: Sequence[float], sharpness: float) -> list[float]:
    most = max(odds)
    grown = [math.exp((each - most) * sharpness) for each in odds]
    total = sum(grown)
    return [each / total for each in grown]


def _chosen(scores: Mapping[State, float], thresholds: Mapping[State, float]) -> State:
    likely = (state for state in STATES if scores[state] >= thresholds[state])
    return next(likely, max(STATES, key=lambda state: scores[state]))


def _intensity(state: State, probability: float, heard: Heard, text: str) -> float:
    """How strongly: what its cues weigh (at least the likelihood itself) and the words that only stress."""
    weight = sum(one.weight for one in heard.evidence if one.state is state)
    strength = max(weight, probability) + 0.4 * len(lexicon().stress.findall(text))
    return round(1 - math.exp(-strength / 2.5), 4)


def _evidence(
    heard: Heard, model: Linear, of_words: Sequence[float], own: Sequence[Cue], text: str
) -> tuple[Evidence, ...]:
    """What each cue added to its state, and what the words alone say, strongest first."""
    names = {cue.name for cue in own}
    found = [
        Evidence(
            cue=one.cue,
            state=one.state,
            weight=round(
                OPERATOR * one.weight
                if one.cue in names
                else max(model.share(f"cue:{one.cue}", one.weight, one.state), 0.0),
                4,
            ),
            start=one.start,
            end=one.end,
        )
        for one in heard.evidence
    ]
    second, best = sorted(zip(of_words, STATES, strict=True), key=lambda pair: pair[0])[-2:]
    margin = round(best[0] - second[0], 4)
    found.append(Evidence(cue="linear", state=best[1], weight=margin, start=0, end=len(text)))
    return tuple(sorted(found, key=lambda one: (-one.weight, one.start, one.cue)))
