"""A slow reader's backlog: order is kept, losses are counted, and measurements go first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.backlog import Backlog

pytestmark = pytest.mark.unit

puts = st.lists(st.one_of(st.booleans(), st.integers(1, 5)), max_size=200)
"""A bool: a line comes, and whether it is a measurement. A number: so many are taken."""


@given(puts, st.integers(1, 12))
def test_order_is_kept_and_every_line_is_taken_or_counted_or_waits(steps, most):
    backlog, put, taken, missed, gauges = Backlog(most), [], [], 0, set()
    for number, step in enumerate(steps):
        if isinstance(step, bool):
            line = str(number)
            put.append(line)
            if step:
                gauges.add(line)
            backlog.put(line, gauge=step)
            assert len(backlog) <= most
        else:
            lost, lines = backlog.take(step)
            missed += lost
            taken += lines
            assert len(lines) <= step
    lost, rest = backlog.take(10_000)
    taken, missed = taken + rest, missed + lost
    assert [line for line in put if line in set(taken)] == taken
    events = [line for line in put if line not in gauges]
    assert len(events) == missed + sum(line not in gauges for line in taken)
    assert len(gauges) == backlog.gauges_missed + sum(line in gauges for line in taken)


@given(st.lists(st.booleans(), max_size=60))
def test_no_event_goes_as_long_as_a_measurement_waits(gauges):
    backlog = Backlog(8)
    for number, gauge in enumerate(gauges):
        waiting = sum(1 for _, kind in backlog._lines if kind)
        missed = backlog.missed
        backlog.put(str(number), gauge=gauge)
        assert backlog.missed == missed or not waiting


def test_the_gap_is_told_once_and_before_what_came_after_it():
    backlog = Backlog(2)
    for line in "abcd":
        backlog.put(line, gauge=False)
    assert backlog.take(1) == (2, ["c"])
    assert backlog.take(9) == (0, ["d"])
    assert backlog.take(9) == (0, [])
