"""How stirred a voice is against its own beginning, and the little that this may change. Pure.

A voice says less than words do: recognisers that are right on 63 % of acted emotion are right on 46 % of
real emergency calls (Deschamps-Berger et al., ACII 2021). So it is measured against this customer alone,
counts nothing in noise, makes what the words say stronger, and breaks a tie towards more care. It finds no
state that no cue named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.emotion import State
from emotion_policy.decision import Evidence
from emotion_policy.detection import Detection
from emotion_policy.prosody import Baseline, Prosody

LIMIT = 3.0
"""Standard deviations beyond which a voice is not more stirred but mismeasured."""
DEAF_BELOW, CLEAR_ABOVE = 10.0, 16.0
"""dB of signal-to-noise ratio: below the first nothing counts, above the second everything."""
FIRST_TURNS = 4
"""Turns from which the baseline is learned: a customer who grows angry must not grow used to it."""
STRENGTHENS = 0.12
"""Part of its own that each standard deviation adds to the intensity."""
STIRRED = 1.0
"""Standard deviations from which a voice breaks a tie."""
TIE = 0.15
"""Difference in probability up to which two states are tied."""
VOICE = "voice"
"""Name of the evidence."""

_TIED = (State.COMPLAINT, State.ANXIOUS)
_MODEL = "linear"
"""The evidence that is no cue: the model's opinion of words in which nothing was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One of the three that make arousal, in the order of `Baseline.means`.

    Customers differ by `between` around `middle`, the turns of one by `within` (standard deviations).
    """

    middle: float
    between: float
    within: float
    weight: float


FEATURES = (
    Feature(middle=-26.0, between=8.0, within=4.0, weight=0.4),
    Feature(middle=10.0, between=5.0, within=2.0, weight=0.4),
    Feature(middle=6.5, between=2.5, within=1.2, weight=0.2),
)
"""Energy (dBFS), pitch (semitones above 100 Hz), rate (syllables a second of voice). Estimates, not learned
from anybody. Customers differ so much more than turns that the first turn's voice hardly counts."""
BELIEVED = 4.0
"""Turns that `Feature.within` is worth against what the customer's own turns show."""


def arousal(prosody: Prosody | None, baseline: Baseline) -> float:
    """Standard deviations, in [-`LIMIT`, `LIMIT`], by which a voice is above this customer's own.

    0 where it is not known. Never smaller for more energy, pitch or rate.
    """
    if prosody is None:
        return 0.0
    trust = (prosody.snr - DEAF_BELOW) / (CLEAR_ABOVE - DEAF_BELOW)
    if trust <= 0 or prosody.f0 <= 0:
        return 0.0
    total = weights = 0.0
    for index, value in _values(prosody):
        middle, spread = _expected(index, baseline)
        total += FEATURES[index].weight * _limited((value - middle) / spread)
        weights += FEATURES[index].weight
    return round(_limited(min(trust, 1.0) * total / weights), 4)


def learn(baseline: Baseline, prosody: Prosody | None) -> Baseline:
    """The baseline with one more turn (Welford), if it is one of the first and was heard well enough."""
    if prosody is None or baseline.turns >= FIRST_TURNS or prosody.f0 <= 0 or prosody.snr < DEAF_BELOW:
        return baseline
    turns = baseline.turns + 1
    means, squares = list(baseline.means), list(baseline.squares)
    known = dict(_values(prosody))
    for index in range(len(FEATURES)):
        value = known.get(index, _expected(index, baseline)[0])
        off = value - means[index]
        means[index] += off / turns
        squares[index] += off * (value - means[index])
    return Baseline(
        turns=turns, means=(means[0], means[1], means[2]), squares=(squares[0], squares[1], squares[2])
    )


def sway(detection: Detection, z: float) -> Detection:
    """What the voice makes of the words: stronger, or of two tied states the one that takes more care.

    Args:
        detection: of the words alone.
        z: from `arousal`. A calm voice (z <= 0) changes nothing: many who complain are quiet.
    """
    if not z > 0:
        return detection
    swayed = _untied(detection, z)
    stronger = round(min(1.0, swayed.intensity * (1 + STRENGTHENS * min(z, LIMIT))), 4)
    stronger = max(stronger, swayed.intensity)
    if swayed is detection and stronger == detection.intensity:
        return detection
    won = detection.scores[detection.state] / swayed.probability if swayed is not detection else 1.0
    voice = Evidence(cue=VOICE, state=swayed.state, weight=round(max(math.log(won), 0.0), 4), start=0, end=0)
    evidence = sorted((*swayed.evidence, voice), key=lambda one: -one.weight)
    return replace(swayed, intensity=stronger, evidence=tuple(evidence))


def _untied(detection: Detection, z: float) -> Detection:
    if detection.state is not State.INQUIRY or z < STIRRED:
        return detection
    named = {one.state for one in detection.evidence if one.weight > 0 and one.cue != _MODEL}
    scores = detection.scores
    least = scores.get(detection.state, math.inf) - TIE
    tied = [state for state in _TIED if state in named and scores.get(state, 0.0) >= max(least, TIE)]
    if not tied:
        return detection
    state = max(tied, key=lambda each: scores[each])
    runner_up = max((each for each in scores if each is not state), key=lambda each: scores[each])
    return replace(
        detection,
        state=state,
        probability=scores[state],
        runner_up=runner_up,
        margin=round(scores[state] - scores[runner_up], 4),
    )


def _values(prosody: Prosody) -> Iterator[tuple[int, float]]:
    """Of a voice that was heard: place in `FEATURES`, value. A rate that is not known is left out."""
    yield 0, prosody.energy
    yield 1, 12 * math.log2(prosody.f0 / 100)
    if prosody.rate > 0:
        yield 2, prosody.rate


def _expected(index: int, baseline: Baseline) -> tuple[float, float]:
    """What the next turn's feature is expected to be, and its standard deviation.

    A normal customer of normal turns: before any, the site's customers; then more and more this one.
    """
    feature, turns = FEATURES[index], baseline.turns
    variance = feature.within**2
    if turns > 1:
        variance = (BELIEVED * variance + max(baseline.squares[index], 0.0)) / (BELIEVED + turns - 1)
    own, others = turns / variance, 1 / feature.between**2
    middle = (own * baseline.means[index] + others * feature.middle) / (own + others)
    return middle, math.sqrt(variance + 1 / (own + others))


def _limited(z: float) -> float:
    return min(max(z, -LIMIT), LIMIT)
