"""Rows, curves and tables of the closed-grammar measurements, and the fit of a confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from asr.confidence import Calibration, Evidence
from asr.config import SphinxConfig
from asr.sphinx import Heard

ALARMS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """One row of the table: a voice against a grammar."""

    voice: str
    said: int
    grammar: int
    """Sentences to choose among."""
    exact: float
    """Share whose best sentence is the one said, thresholds aside."""
    answered: float
    """Share returned with the right text, accepted or to be confirmed."""
    confirmed: float
    """Share returned with the right text but with the question "did you mean …?"."""
    wrong: float
    """Share returned with another sentence's text."""
    language: float
    real_time_factor: float
    """Processor seconds over seconds of sound."""
    milliseconds: float
    """Median processor time an utterance: the wait after its end."""
    milliseconds_p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """How a voice's in-grammar and out-of-grammar speech part company."""

    voice: str
    inside: int
    outside: int
    false_accept: float
    """Share of out-of-grammar utterances accepted without a question."""
    false_confirm: float
    """Share of out-of-grammar utterances answered with "did you mean …?"."""
    false_reject: float
    """Share of in-grammar utterances dropped."""
    false_question: float
    """Share of in-grammar utterances asked back."""
    curve: dict[str, float]
    """False accept rate → false reject rate, at one threshold."""


def part(
    voice: str,
    inside: Sequence[tuple[str, Heard | None]],
    outside: Sequence[tuple[str, Heard | None]],
    config: SphinxConfig,
) -> Rejection:
    def confidences(pairs: Sequence[tuple[str, Heard | None]]) -> NDArray[np.float64]:
        return np.array([-np.inf if heard is None else heard.confidence for _, heard in pairs])

    said, unsaid = confidences(inside), confidences(outside)
    curve: dict[str, float] = {}
    for alarm in ALARMS:
        threshold = np.sort(unsaid)[::-1][int(alarm * len(unsaid))]
        curve[f"{alarm:g}"] = float((said <= threshold).mean())
    return Rejection(
        voice=voice,
        inside=len(said),
        outside=len(unsaid),
        false_accept=float((unsaid >= config.accept).mean()),
        false_confirm=float(((unsaid >= config.confirm) & (unsaid < config.accept)).mean()),
        false_reject=float((said < config.confirm).mean()),
        false_question=float(((said >= config.confirm) & (said < config.accept)).mean()),
        curve=curve,
    )


def print_trade(calibration: Calibration, samples: Sequence[tuple[list[Evidence], list[Evidence]]]) -> None:
    """What each threshold would cost on the voices it is fitted to."""
    for threshold in (2.0, 1.0, 0.5, 0.0, -0.5, -1.0, -2.0, -3.0):
        lost = [np.mean([calibration.confidence(e) < threshold for e in inside]) for inside, _ in samples]
        let_in = [
            np.mean([calibration.confidence(e) >= threshold for e in outside]) for _, outside in samples
        ]
        print(f"  at {threshold:4.1f}: {np.mean(lost):6.1%} lost, {np.mean(let_in):6.1%} others in")


def logistic(samples: Sequence[tuple[list[Evidence], list[Evidence]]]) -> Calibration:
    rows: list[list[float]] = []
    right: list[float] = []
    weights: list[float] = []
    for inside, outside in samples:
        for evidences, label in ((inside, 1.0), (outside, 0.0)):
            rows += [[evidence.overall, evidence.spread] for evidence in evidences]
            right += [label] * len(evidences)
            weights += [1.0 / len(evidences)] * len(evidences)
    features, labels, weight = np.array(rows), np.array(right), np.array(weights) / sum(weights)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    design = np.column_stack([(features - mean) / deviation, np.ones(len(features))])
    coefficients = np.zeros(3)
    for _ in range(5000):
        odds = 1 / (1 + np.exp(-design @ coefficients))
        # A ridge of 0.01 on the slopes: voices that part perfectly would have no finite fit.
        slope = design.T @ ((odds - labels) * weight) + 0.01 * np.array([*coefficients[:2], 0.0])
        coefficients -= 0.5 * slope
    slopes = coefficients[:2] / deviation
    bias = coefficients[2] - float(slopes @ mean)
    return Calibration(
        overall=round(float(slopes[0]), 3), spread=round(float(slopes[1]), 3), bias=round(float(bias), 2)
    )


def print_accuracy(rows: Sequence[Accuracy], side: str) -> None:
    print(f"\nClosed domain, {side} voices and sentences (bars: en ≥ 95 %, zh ≥ 90 %, language ≥ 95 %)")
    print(
        f"{'voice':24}{'said':>5}{'of':>5}{'exact':>8}{'right':>8}{'asked':>8}{'wrong':>8}{'lang':>7}", end=""
    )
    print(f"{'RTF':>7}{'ms p50':>8}{'p95':>6}")
    for row in rows:
        print(
            f"{row.voice:24}{row.said:5}{row.grammar:5}{row.exact:8.1%}{row.answered:8.1%}{row.confirmed:8.1%}"
            f"{row.wrong:8.1%}{row.language:7.0%}{row.real_time_factor:7.3f}{row.milliseconds:8.0f}"
            f"{row.milliseconds_p95:6.0f}"
        )


def print_rejection(rows: Sequence[Rejection]) -> None:
    print("\nRejection: speech inside and outside the grammar, same voice (half the knowledge base each)")
    print("as configured: FA accepted, FQ asked back; FR dropped, Q asked back. Curve: FR at an FA of …")
    print(f"{'voice':24}{'in':>5}{'out':>5}{'FA':>7}{'FQ':>7}{'FR':>7}{'Q':>7}  |", end="")
    print("".join(f"{alarm:7.0%}" for alarm in ALARMS))
    for row in rows:
        print(
            f"{row.voice:24}{row.inside:5}{row.outside:5}{row.false_accept:7.1%}{row.false_confirm:7.1%}",
            end="",
        )
        print(f"{row.false_reject:7.1%}{row.false_question:7.1%}  |", end="")
        print("".join(f"{missed:7.1%}" for missed in row.curve.values()))
