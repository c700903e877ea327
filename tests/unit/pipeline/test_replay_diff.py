"""Two logs compared: equal is byte for byte; otherwise where they part, in what, and how much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core import wire
from pipeline.replay_diff import difference, lines

pytestmark = pytest.mark.unit


def log(*events) -> list[str]:
    return [wire.encode(event) for event in events]


ONE = e.MicrophoneMuted(at=1.0, muted=True)
LOGS = st.lists(st.builds(e.MicrophoneMuted, at=st.floats(0, 10), muted=st.booleans()), max_size=5).map(
    lambda events: log(*events)
)


@given(LOGS, LOGS)
def test_a_difference_is_found_exactly_where_there_is_one(old, new):
    found = difference(old, new)
    assert (found is None) == (old == new)
    if found is not None:
        assert old[: found.number - 1] == new[: found.number - 1]
        assert (old[found.number - 1 :] or [None])[0] == found.old
        assert (new[found.number - 1 :] or [None])[0] == found.new


def test_the_fields_that_differ_are_named():
    found = difference(log(ONE), log(e.MicrophoneMuted(at=1.0, muted=False)))
    assert found.fields == ("muted",)
    assert not found.only_times


def test_the_same_at_other_times_is_told_with_how_far_apart():
    found = difference(log(ONE, ONE), log(ONE, e.MicrophoneMuted(at=1.25, muted=True)))
    assert found.only_times
    assert found.latest == 0.25
    assert list(lines(log(ONE), log(e.MicrophoneMuted(at=2.0, muted=True)), ("a", "b"))) == []


def test_kinds_that_are_missing_are_counted():
    found = difference(log(ONE, e.VisitReset(at=2.0)), log(ONE))
    assert (found.old, found.new, found.fields) == (log(e.VisitReset(at=2.0))[0], None, ())
    assert found.counts == (("VisitReset", 1, 0),)
    shown = list(lines(log(ONE, e.VisitReset(at=2.0)), log(ONE), ("recorded", "replay")))
    assert "-VisitReset " in shown
    assert "--- recorded" in shown


def test_another_kind_of_event_has_no_fields_in_common():
    assert difference(log(ONE), log(e.VisitReset(at=1.0))).fields == ()
