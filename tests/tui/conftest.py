"""The screen without a terminal: a recorded session as its feed, keys pressed, pictures taken."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from core import wire
from core.commands import Command
from core.errors import OutputError
from tui.app import OperatorScreen
from tui.options import Options

TRACES = Path(__file__).parents[1] / "data" / "traces"


class Trace:
    """A recorded session that goes on for as long as the test does."""

    def __init__(self, name: str, *more, owned: bool = True) -> None:
        lines = (TRACES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        self._events = [*map(wire.decode, lines), *more]
        self._end = threading.Event()
        self.told = threading.Event()
        """Everything recorded has been read."""
        self.owned = owned
        self.sent: list[Command] = []
        self.deaf = False

    def events(self):
        yield from self._events
        self.told.set()
        self._end.wait(20)

    def send(self, order: Command) -> None:
        if self.deaf:
            raise OutputError("the agent takes no commands", hint="it has ended")
        self.sent.append(order)

    def close(self) -> None:
        self._end.set()


@asynccontextmanager
async def shown(feed: Trace, size=(140, 45), **options) -> AsyncIterator[tuple[OperatorScreen, Pilot[None]]]:
    """The screen with the whole trace on it; its timer does not run, `app.paint` paints."""
    app = OperatorScreen(feed, Options(**options))
    try:
        async with app.run_test(size=size) as pilot:
            feed.told.wait(10)
            await settled(app, pilot)
            yield app, pilot
    finally:
        feed.close()


async def settled(app: OperatorScreen, pilot: Pilot[None]) -> None:
    """Paint until what was painted has been laid out."""
    for _ in range(2):
        app.paint()
        await pilot.pause()


@pytest.fixture(name="recorded")
def _recorded():
    return Trace


@pytest.fixture(name="shown")
def _shown():
    return shown


@pytest.fixture(name="settled")
def _settled():
    return settled
