"""Recorded traces, as events."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import wire
from core.events import Event

TRACES = Path(__file__).parents[2] / "data" / "traces"


def pytest_generate_tests(metafunc):
    if "trace" in metafunc.fixturenames:
        metafunc.parametrize(
            "trace", sorted(TRACES.glob("*.jsonl")), ids=lambda file: file.stem, indirect=True
        )


def _events(file: Path) -> list[Event]:
    return [wire.decode(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def trace(request) -> list[Event]:
    """Each trace in turn."""
    return _events(request.param)


@pytest.fixture
def events_of():
    """The events of a trace by its name."""
    return lambda name: _events(TRACES / f"{name}.jsonl")
