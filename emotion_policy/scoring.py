"""How good decisions are on rows that say what is right. Pure; every number is a share in [0, 1].

A row without a prediction has the wrong state and no acceptable style. Averages over states count each state
that occurs in the rows once, so that one constant answer cannot look good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.emotion import State, Style
from core.timeline import percentile
from emotion_policy.rows import Gold, Row

CRITICAL = frozenset({State.COMPLAINT, State.GRIEF, State.URGENT})
SENSITIVE = CRITICAL | {State.ANXIOUS, State.ABUSIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    state: State
    style: Style
    milliseconds: float
    """That deciding took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateScore:
    """One state's part."""

    rows: int
    predicted: int
    precision: float
    recall: float
    f1: float
    preferred: float
    acceptable: float
    forbidden: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    rows: int
    coverage: float
    """Rows that have a prediction."""
    accuracy: float
    lenient_accuracy: float
    """The state, or one that a reasonable judge could name."""
    macro_f1: float
    preferred: float
    preferred_by_state: float
    acceptable: float
    acceptable_by_state: float
    acceptable_critical: float
    forbidden: float
    forbidden_critical: float
    forbidden_sensitive: float
    critical: int
    """Rows of complaint, grief or urgency."""
    sensitive: int
    """Rows of these, of fear or abuse, or where one of them could be meant."""
    lowest_critical_recall: float
    """1 where no such row is there."""
    states: Mapping[State, StateScore]
    """Of the states that occur, in their order."""
    milliseconds_p50: float | None
    milliseconds_p99: float | None


@dataclass(frozen=True, slots=True)
class _Judged:
    gold: Gold
    made: Prediction | None

    @property
    def right(self) -> bool:
        return self.made is not None and self.made.state is self.gold.state

    @property
    def lenient(self) -> bool:
        return self.made is not None and self.made.state in {self.gold.state, *self.gold.alternatives}

    @property
    def preferred(self) -> bool:
        return self.made is not None and self.made.style in self.gold.preferred

    @property
    def acceptable(self) -> bool:
        return self.made is not None and self.made.style in self.gold.acceptable

    @property
    def forbidden(self) -> bool:
        return self.made is not None and self.made.style in self.gold.forbidden


def score(rows: Iterable[Row], predictions: Mapping[str, Prediction]) -> Score:
    """Hold predictions up to rows.

    Args:
        rows: of which those with a `gold` count.
        predictions: by the row's id; others are not looked at.
    """
    judged = [_Judged(row.gold, predictions.get(row.id)) for row in rows if row.gold is not None]
    states = {state: _of_state(state, judged) for state in State if _rows_of({state}, judged)}
    critical = _rows_of(CRITICAL, judged)
    sensitive = [each for each in judged if SENSITIVE & {each.gold.state, *each.gold.alternatives}]
    took = [each.made.milliseconds for each in judged if each.made is not None]
    by_state = states.values()
    return Score(
        rows=len(judged),
        coverage=_share(judged, lambda each: each.made is not None),
        accuracy=_share(judged, lambda each: each.right),
        lenient_accuracy=_share(judged, lambda each: each.lenient),
        macro_f1=_mean([each.f1 for each in by_state]),
        preferred=_share(judged, lambda each: each.preferred),
        preferred_by_state=_mean([each.preferred for each in by_state]),
        acceptable=_share(judged, lambda each: each.acceptable),
        acceptable_by_state=_mean([each.acceptable for each in by_state]),
        acceptable_critical=_share(critical, lambda each: each.acceptable),
        forbidden=_share(judged, lambda each: each.forbidden),
        forbidden_critical=_share(critical, lambda each: each.forbidden),
        forbidden_sensitive=_share(sensitive, lambda each: each.forbidden),
        critical=len(critical),
        sensitive=len(sensitive),
        lowest_critical_recall=min((states[each].recall for each in CRITICAL & states.keys()), default=1.0),
        states=states,
        milliseconds_p50=percentile(took, 0.5),
        milliseconds_p99=percentile(took, 0.99),
    )


def _of_state(state: State, judged: Sequence[_Judged]) -> StateScore:
    own = _rows_of({state}, judged)
    right = sum(each.right for each in own)
    predicted = sum(each.made is not None and each.made.state is state for each in judged)
    return StateScore(
        rows=len(own),
        predicted=predicted,
        precision=right / predicted if predicted else 0.0,
        recall=right / len(own),
        f1=2 * right / (predicted + len(own)),
        preferred=_share(own, lambda each: each.preferred),
        acceptable=_share(own, lambda each: each.acceptable),
        forbidden=_share(own, lambda each: each.forbidden),
    )


def _rows_of(states: Iterable[State], judged: Sequence[_Judged]) -> list[_Judged]:
    wanted = frozenset(states)
    return [each for each in judged if each.gold.state in wanted]


def _share(judged: Sequence[_Judged], holds: Callable[[_Judged], bool]) -> float:
    return _mean([float(holds(each)) for each in judged])


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
