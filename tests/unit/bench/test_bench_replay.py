"""The replay bench: what it measures is held up to its bars."""

from __future__ import annotations

import json

import pytest

from bench.replay import COST_BAR, REPLAY_BAR, main, met, table

pytestmark = pytest.mark.unit

FOUND = {
    "session_s": 61.0,
    "bytes_per_s": 90_000.0,
    "cpu_share_plain": [0.02, 0.03, 0.04],
    "cpu_share_recording": [0.03, 0.035, 0.04],
    "replay_s_per_minute": [0.3, 0.2, 0.4],
    "same": True,
}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"same": False}, False),
        ({"replay_s_per_minute": [0.1, 0.1, REPLAY_BAR]}, False),
        ({"cpu_share_recording": [0.03 + COST_BAR + 0.001] * 3}, False),
    ],
)
def test_a_bar_that_is_missed_is_noticed(change, kept):
    assert met({**FOUND, **change}) is kept


def test_the_table_shows_medians_and_the_worst():
    shown = "\n".join(table(FOUND))
    assert "0.300 s" in shown
    assert "0.400 s" in shown
    assert "0.50% of a core  (bar 2%)" in shown


def test_a_short_conversation_is_measured_and_written(tmp_path, capsys):
    file = tmp_path / "found.json"
    main(["--seconds", "6", "--rounds", "1", "--json", str(file)])
    assert json.loads(file.read_text())["same"] is True
    assert "replay of a minute" in capsys.readouterr().out
