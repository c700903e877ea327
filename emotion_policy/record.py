"""The record of a decision: what a log keeps of it, so that it can be explained and made again. Pure.

Spans and not words, so that a log may be kept without its transcripts. Numbers have four decimals, names are
sorted: equal decisions make equal records, but for `us`, the time they took.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from core.emotion import Delivery
from core.events import DeliveryChosen
from core.events import Evidence as Clue
from emotion_policy.decision import Decision
from emotion_policy.memory import Memory
from emotion_policy.spans import Places

Record = dict[str, object]

SHOWN = 3
"""Evidences that an event keeps."""


def confidence(no_speech: float) -> float:
    """Of a transcript, in [0, 1]; of no more decimals than a log keeps, so that a replay counts the same."""
    return 1.0 - round(no_speech, 6)


def chosen(
    decision: Decision, text: str, *, at: float, turn: int, failures: int, most: int = SHOWN
) -> DeliveryChosen:
    """The event of a decision.

    Args:
        decision: as `decide` gave it.
        text: the transcript that was decided on.
        at: session seconds.
        turn: its number.
        failures: of the agent in this visit, before this turn.
        most: evidences that it keeps.
    """
    arc = decision.arc
    return DeliveryChosen(
        at=at,
        turn=turn,
        state=decision.state,
        style=decision.style,
        probability=round(decision.probability, 4),
        because=decision.because,
        runner_up=decision.runner_up,
        intensity=round(decision.intensity, 4),
        flags=_flags(decision),
        escalation=decision.escalation,
        evidence=tuple(_clues(decision, text))[:most],
        vetoes=decision.vetoes,
        arc=(arc.open.style, arc.body.style, arc.close.style),
        held=decision.held,
        voice=decision.arousal > 0,
        failures=failures,
        policy=decision.policy,
    )


def record(decision: Decision, text: str, *, turn: int, before: Memory) -> Record:
    """All there is to know of a decision, ready for JSON.

    Args:
        decision: as `decide` gave it.
        text: the transcript that was decided on.
        turn: its number.
        before: the visit's memory without this turn.
    """
    arc = decision.arc
    return {
        "turn": turn,
        "policy": decision.policy,
        "state": decision.state,
        "p": round(decision.probability, 4),
        "runner_up": [decision.runner_up, round(decision.probability - decision.margin, 4)],
        "intensity": round(decision.intensity, 4),
        "flags": list(_flags(decision)),
        "style": decision.style,
        "arc": [arc.open.style, arc.body.style, arc.close.style],
        "evidence": [
            {"rule": cue, "state": state, "w": weight, "span": [start, end]}
            for cue, state, weight, start, end in _clues(decision, text)
        ],
        "hysteresis": {"from": before.styles[-1] if before.styles else None, "why": decision.held},
        "vetoes": list(decision.vetoes),
        "escalate": decision.escalation,
        "because": decision.because,
        "engine": {"open": _engine(arc.open), "body": _engine(arc.body), "close": _engine(arc.close)},
        "us": round(decision.microseconds),
    }


def line(record: Record) -> str:
    """A record as it is compared: one line of JSON, without the time that deciding took."""
    kept = {key: value for key, value in record.items() if key != "us"}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _flags(decision: Decision) -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in decision.flags | decision.marks))


def _clues(decision: Decision, text: str) -> Iterator[Clue]:
    if not decision.evidence:
        return
    places = Places(text)
    for one in decision.evidence:
        yield (one.cue, one.state, round(one.weight, 4), *places.of(one.start, one.end))


def _engine(delivery: Delivery) -> Record:
    """What a voice is asked for, by name; the emotions that are in it, and no zeros."""
    amounts = {name: round(amount, 4) for name, amount in asdict(delivery.emotion).items() if amount}
    return {"emotion": amounts, "rate": round(delivery.rate, 4), "pause": round(delivery.pause, 4)}
