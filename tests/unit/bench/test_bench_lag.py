"""The table of how late the loop is with a screen and without."""

from __future__ import annotations

import pytest

from bench.lag import render

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("watched", "verdict"), [(0.0029, "met"), (0.0031, "MISSED")])
def test_a_screen_may_add_less_than_a_millisecond(watched, verdict):
    table = render({False: [0.001, 0.002, 0.009], True: [watched] * 3})
    assert table.endswith(verdict)
    assert "1.00, 2.00, 9.00" in table
