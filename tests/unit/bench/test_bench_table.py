"""Rounds to rows: pooling, ratios, bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.table import METRICS, Row, render, rows

pytestmark = pytest.mark.unit


def _row(found: list[Row], implementation: str) -> Row:
    return next(row for row in found if row.implementation == implementation)


def _latency(**added: list[float]) -> dict[str, dict[str, list[dict[str, object]]]]:
    return {"latency0": {name: [{"raw_added_ms": values}] for name, values in added.items()}}


def test_rounds_are_pooled_before_the_percentile_is_taken() -> None:
    rounds = [{"raw_added_ms": [1.0, 2.0]}, {"raw_added_ms": [3.0, 4.0, 5.0]}]
    (row,) = rows({"latency0": {"ours": rounds}})
    assert (row.n, row.p50, row.p99) == (5, 3.0, 5.0)


def test_a_ratio_is_to_the_floor_of_the_same_run() -> None:
    found = rows(_latency(bare=[0.2], ours=[0.8]))
    assert _row(found, "bare").ratio == 1.0
    assert _row(found, "ours").ratio == pytest.approx(4.0)


def test_without_a_floor_there_is_no_ratio() -> None:
    assert rows(_latency(ours=[0.8]))[0].ratio is None


@pytest.mark.parametrize(("milliseconds", "met"), [(0.9, True), (1.1, False)])
def test_our_own_row_says_whether_its_bar_is_met(milliseconds: float, met: bool) -> None:
    assert _row(rows(_latency(bare=[0.2], ours=[milliseconds])), "ours").met is met


@pytest.mark.parametrize(("milliseconds", "met"), [(5.0, True), (4.9, False)])
def test_a_peer_must_take_five_times_what_we_take(milliseconds: float, met: bool) -> None:
    assert _row(rows(_latency(bare=[0.2], ours=[1.0], pipecat=[milliseconds])), "pipecat").met is met


def test_the_floor_carries_no_bar() -> None:
    assert _row(rows(_latency(bare=[0.2], ours=[1.0])), "bare").met is None


def test_a_bar_that_is_a_share_of_a_peer_follows_what_the_peer_measured() -> None:
    runs = {
        "flood": {name: [{"cpu_us_per_frame": value}] for name, value in (("ours", 1.5), ("livekit", 9.0))}
    }
    assert _row(rows(runs), "ours").met is False
    del runs["flood"]["livekit"]
    assert _row(rows(runs), "ours").met is True


def test_a_round_that_failed_is_left_out() -> None:
    (row,) = rows({"latency0": {"ours": [{"error": "timeout"}, {"raw_added_ms": [1.0]}]}})
    assert row.n == 1


def test_an_implementation_that_only_failed_has_a_row_without_numbers() -> None:
    (row,) = rows({"latency0": {"ours": [{"error": "timeout"}]}})
    assert (row.n, row.p50, row.met) == (0, None, None)


def test_a_tail_that_each_round_keeps_itself_is_the_median_of_the_rounds() -> None:
    rounds = [{"lag": {"p50": 1.0, "p99": tail}} for tail in (4.0, 9.0, 3.0)]
    (row,) = rows({"idle50": {"ours": rounds}})
    assert (row.p50, row.p99, row.met) == (1.0, 4.0, True)


def test_every_row_is_shown_with_its_verdict() -> None:
    text = render(rows(_latency(bare=[0.2], ours=[2.0], livekit=[20.0])))
    assert "p50 <= 1 ms: NOT met" in text
    assert ">= 5 x ours, is 10.0: met" in text


def test_every_metric_has_a_scenario() -> None:
    from bench.overhead import SCENARIOS

    assert {metric.label for metric in METRICS} <= set(SCENARIOS)


@given(st.lists(st.floats(0.001, 999.0), min_size=1), st.lists(st.floats(0.001, 999.0), min_size=1))
def test_a_median_lies_between_the_tail_and_the_least(bare: list[float], ours: list[float]) -> None:
    row = _row(rows(_latency(bare=bare, ours=ours)), "ours")
    assert row.p50 is not None
    assert row.p99 is not None
    assert min(ours) <= row.p50 <= row.p99 <= max(ours)
