"""What is played to the screen while its cost is measured."""

from __future__ import annotations

import statistics

import pytest

from bench import screen
from bench.screen import Line, render
from core import gauges as g
from core.events import Gauge

pytestmark = pytest.mark.unit


def names(part: str) -> list[str]:
    played = screen.schedule(part, screen.trace(), 4.0)
    return [event.name if isinstance(event, Gauge) else type(event).__name__ for _, event in played]


def test_levels_come_ten_times_a_second_and_the_others_once():
    told = names("room")
    assert told.count(g.MICROPHONE_LEVEL) == told.count(g.SPEAKER_LEVEL) == 40
    assert told.count(g.MEMORY) == told.count(g.lane_busy("asr")) == 4
    assert set(names("idle")) == {g.LOOP_LAG}


def test_in_a_room_with_noise_the_microphone_never_rests_and_nothing_waits():
    played = screen.schedule("noise", screen.trace(), 20.0)
    told = [event for _, event in played if isinstance(event, Gauge)]
    levels = [gauge.value for gauge in told if gauge.name == g.MICROPHONE_LEVEL]
    assert len(levels) == 200
    assert statistics.mean(levels) == pytest.approx(-50.0, abs=0.5)
    assert statistics.stdev(levels) == pytest.approx(2.0, abs=0.4)
    assert [gauge.value for gauge in told if gauge.name == g.SPEAKER_LEVEL] == [g.SILENCE] * 20
    assert {gauge.value for gauge in told if gauge.name == g.link_depth("asked")} == {0.0}


def test_a_conversation_is_played_in_order_and_without_its_long_pauses():
    played = screen.schedule("talk", screen.trace(), 30.0)
    times = [at for at, _ in played]
    assert times == sorted(times)
    assert all(event.at == at for at, event in played)
    assert sum(type(event).__name__ == "TurnEnded" for _, event in played) >= 3


def test_a_bar_that_is_missed_says_so():
    table = render(
        [
            Line(name="a", percent=0.5, limit=1.0),
            Line(name="b", percent=4.0, limit=3.0),
            Line(name="c", percent=9.0),
        ]
    )
    assert "≤ 1 met" in table
    assert "≤ 3 MISSED" in table
    assert table.splitlines()[-1].split() == ["c", "9.00"]
