"""Measurements to tables: percentiles pooled over rounds, ratios to the floor, bars beside them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.timeline import percentile

FLOOR, OURS = "bare", "ours"
Round = Mapping[str, Any]
"""What one worker process reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar on our own number: at most `limit`, in the metric's unit.

    `share_of` replaces the limit by a share of another implementation's number where that was measured.
    """

    quantile: Literal["p50", "p99"]
    limit: float
    share_of: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One row: where its values are in a round, and what they must not exceed."""

    name: str
    label: str
    """The scenario it is measured in."""
    path: tuple[str, ...]
    """Keys down to a number, or to a list of numbers that are pooled."""
    unit: str
    bar: Bar
    tail: tuple[str, ...] = ()
    """Where a round keeps its own 99th percentile, when `path` leads to a median."""


METRICS = (
    Metric(
        name="end of speech -> first audio, 0 ms a token",
        label="latency0",
        path=("raw_added_ms",),
        unit="ms",
        bar=Bar(quantile="p50", limit=1.0),
    ),
    Metric(
        name="the same at 5 ms a token, own share",
        label="latency5",
        path=("raw_overhead_ms",),
        unit="ms",
        bar=Bar(quantile="p50", limit=1.0),
    ),
    Metric(
        name="barge-in decision -> speaker cleared",
        label="bargein",
        path=("raw_clear_ms",),
        unit="ms",
        bar=Bar(quantile="p99", limit=0.5),
    ),
    Metric(
        name="CPU per idle input frame",
        label="flood",
        path=("cpu_us_per_frame",),
        unit="us",
        bar=Bar(quantile="p50", limit=1.7, share_of=("livekit", 0.1)),
    ),
    Metric(
        name="loop lag, 50 idle sessions",
        label="idle50",
        path=("lag", "p50"),
        tail=("lag", "p99"),
        unit="ms",
        bar=Bar(quantile="p99", limit=5.0),
    ),
    Metric(
        name="import",
        label="start",
        path=("import_ms",),
        unit="ms",
        bar=Bar(quantile="p50", limit=100.0),
    ),
    Metric(
        name="RSS growth per turn",
        label="soak",
        path=("growth_kb_per_turn",),
        unit="KB",
        bar=Bar(quantile="p50", limit=1.0),
    ),
)
PEERS_BAR = 5.0
"""End of speech -> first audio: every peer takes at least so many times what we take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One metric of one implementation."""

    metric: str
    label: str
    unit: str
    implementation: str
    p50: float | None
    p99: float | None
    ratio: float | None
    """p50 as a multiple of the floor's."""
    bar: str
    met: bool | None
    """None where the bar does not apply."""
    n: int


def rows(runs: Mapping[str, Mapping[str, Sequence[Round]]]) -> list[Row]:
    """Fold the rounds of every scenario and implementation.

    Args:
        runs: label -> implementation -> rounds; rounds with an "error" are left out.
    """
    found: list[Row] = []
    for metric in METRICS:
        measured = {name: _values(metric, rounds) for name, rounds in runs.get(metric.label, {}).items()}
        floor = _median(measured.get(FLOOR, ([], [])))
        for name, (middle, tail) in measured.items():
            p50, p99 = percentile(middle, 0.5), percentile(tail, 0.5 if metric.tail else 0.99)
            bar, met = _judge(metric, name, p50, p99, measured)
            found.append(
                Row(
                    metric=metric.name,
                    label=metric.label,
                    unit=metric.unit,
                    implementation=name,
                    p50=p50,
                    p99=p99,
                    ratio=p50 / floor if p50 is not None and floor else None,
                    bar=bar,
                    met=met,
                    n=len(middle),
                )
            )
    return found


def render(table: Sequence[Row]) -> str:
    """The table as aligned text, one block a metric."""
    lines = [f"{'':42}{'p50':>10}{'p99':>10}  {'x floor':>8}{'n':>7}  bar"]
    last = ""
    for row in table:
        if row.metric != last:
            lines.append(f"{row.metric} ({row.unit})")
            last = row.metric
        verdict = "" if row.met is None else f"{row.bar}: {'met' if row.met else 'NOT met'}"
        numbers = f"{_shown(row.p50):>10}{_shown(row.p99):>10}  {_shown(row.ratio):>8}{row.n:>7}"
        lines.append(f"    {row.implementation:38}{numbers}  {verdict}".rstrip())
    return "\n".join(lines)


def _values(metric: Metric, rounds: Sequence[Round]) -> tuple[list[float], list[float]]:
    """(what the median is of, what the tail is of)."""
    good = [each for each in rounds if "error" not in each]
    middle = [value for each in good for value in _dig(each, metric.path)]
    tail = [value for each in good for value in _dig(each, metric.tail)] if metric.tail else middle
    return middle, tail


def _dig(values: Any, path: Sequence[str]) -> list[float]:
    for key in path:
        values = values.get(key, []) if isinstance(values, dict) else []
    return [float(values)] if isinstance(values, int | float) else [float(value) for value in values]


def _median(values: tuple[list[float], list[float]]) -> float | None:
    return percentile(values[0], 0.5)


def _judge(
    metric: Metric,
    name: str,
    p50: float | None,
    p99: float | None,
    measured: Mapping[str, tuple[list[float], list[float]]],
) -> tuple[str, bool | None]:
    if name != OURS:
        return _judge_peer(metric, name, p50, measured)
    bar = metric.bar
    value, limit = (p50 if bar.quantile == "p50" else p99), bar.limit
    if bar.share_of is not None and (theirs := _median(measured.get(bar.share_of[0], ([], [])))) is not None:
        limit = theirs * bar.share_of[1]
    return f"{bar.quantile} <= {limit:.3g} {metric.unit}", None if value is None else value <= limit


def _judge_peer(
    metric: Metric, name: str, p50: float | None, measured: Mapping[str, tuple[list[float], list[float]]]
) -> tuple[str, bool | None]:
    """A peer's row carries the bar on its distance from us; the floor's and other rows carry none."""
    ours = _median(measured.get(OURS, ([], [])))
    if metric.label != "latency0" or name in (FLOOR, "inline") or p50 is None or not ours:
        return "", None
    return f">= {PEERS_BAR:.0f} x ours, is {p50 / ours:.1f}", p50 / ours >= PEERS_BAR


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
