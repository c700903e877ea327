"""What is painted when: gauges seldom while nobody speaks, speech at once, and nothing that would look the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from textual.geometry import Region

from core import events as e
from core import gauges as g
from tui.app import OperatorScreen
from tui.widgets.panel import Panel
from tui.words import words

pytestmark = [pytest.mark.tui, pytest.mark.timeout(60)]

LIVE, CALM = 10, 5
"""Pictures a second."""


class Ticking:
    """A timer that nothing runs."""

    def __init__(self, interval: float, *, running: bool) -> None:
        self.interval, self.running = interval, running

    def pause(self) -> None:
        self.running = False

    def resume(self) -> None:
        self.running = True


@pytest.fixture(name="timers", autouse=True)
def _timers(monkeypatch) -> list[Ticking]:
    """Those of the screen, which is painted by the test alone."""
    timers: list[Ticking] = []

    def set_interval(app: OperatorScreen, interval: float, paint: object, *, pause: bool = False) -> Ticking:
        assert paint == app.paint
        timers.append(Ticking(interval, running=not pause))
        return timers[-1]

    monkeypatch.setattr(OperatorScreen, "set_interval", set_interval)
    return timers


def tell(app: OperatorScreen, events: Sequence[e.Event]) -> None:
    """As if the feed had told them."""
    for event in events:
        app._reader._fold.feed(event)
        app._reader._happened |= not isinstance(event, e.Gauge)
        app._reader._measured |= isinstance(event, e.Gauge)


def painted(feed, steps: Sequence[Sequence[e.Event]], monkeypatch, *before: e.Event) -> list[set[str]]:
    """Names of the panels that are painted at each tick, of which each follows these events.

    Args:
        before: events that are on the screen already.
    """
    names = set[str]()
    refresh = Panel.refresh

    def noted(panel: Panel, *regions: Region, **how: bool) -> Panel:
        names.add(panel.id)
        return refresh(panel, *regions, **how)

    async def run() -> list[set[str]]:
        app, found = OperatorScreen(feed), list[set[str]]()
        async with app.run_test(size=(140, 45)) as pilot:
            feed.told.wait(10)
            tell(app, before)
            while app._tick < 2 * LIVE:
                app.paint()
                await pilot.pause()
            monkeypatch.setattr(Panel, "refresh", noted)
            for events in steps:
                names.clear()
                tell(app, events)
                app.paint()
                found.append(set(names))
            return found

    try:
        return asyncio.run(run())
    finally:
        feed.close()


def levels(*values: float, start: float = 100.0) -> list[list[e.Event]]:
    return [
        [e.Gauge(at=start + step / 10, name=g.MICROPHONE_LEVEL, value=value)]
        for step, value in enumerate(values)
    ]


def count(found: list[set[str]], panel: str) -> int:
    return sum(panel in names for names in found)


def louder(steps: int) -> list[list[e.Event]]:
    return levels(*[-50.0 + step for step in range(steps)])


def test_while_nobody_speaks_the_meters_are_painted_once_a_second(recorded, monkeypatch):
    found = painted(recorded("listening"), louder(2 * CALM), monkeypatch)
    first, second = [index for index, names in enumerate(found) if "levels" in names]
    assert second - first == CALM


@pytest.mark.parametrize(
    "live",
    [
        e.SpeechStarted(at=99.0, turn=99, voiced_from=99.0),
        e.PlaybackStarted(at=99.0, turn=99),
        e.CommandTaken(at=99.0, command="StartTalking", fields="{}"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_while_somebody_speaks_or_holds_the_key_they_are_painted_four_times_a_second(
    recorded, monkeypatch, live
):
    found = painted(recorded("listening"), louder(2 * LIVE), monkeypatch, live)
    assert count(found, "levels") == 8


@pytest.mark.parametrize("tick", [1, 2, 3])
def test_speech_is_painted_at_once_and_its_level_with_it(recorded, monkeypatch, tick):
    steps = levels(*[-50.0] * tick, -20.0)
    steps[-1].append(e.SpeechStarted(at=101.0, turn=99, voiced_from=101.0))
    found = painted(recorded("listening"), steps, monkeypatch)
    assert {"state", "levels"} <= found[-1]


def test_a_level_that_wobbles_within_a_cell_paints_nothing(recorded, monkeypatch):
    steady = [event for [event] in levels(*[-50.0] * 30, start=90.0)]
    wobbling = levels(*[-50.0 + 0.4 * (step % 2) for step in range(2 * CALM)])
    assert not any(painted(recorded("listening"), wobbling, monkeypatch, *steady))
    crossing = levels(*[-50.0 + 3.0 * (step % 2) for step in range(2 * CALM)])
    assert any(painted(recorded("listening"), crossing, monkeypatch, *steady))


def test_what_a_turn_leaves_on_the_meters_is_cleared_within_a_second(recorded, monkeypatch):
    """Between two looks at the gauges an event is shown without them; they follow, though no gauge comes."""
    ended = [[*levels(-20.0)[0]], [e.VoiceChanged(at=101.0, voice="x")], *[[]] * (CALM - 1)]
    found = painted(recorded("listening"), ended, monkeypatch)
    assert count(found, "levels") == 1


def test_other_words_are_on_the_meters_at_once(recorded, shown):
    async def change() -> tuple[str, str]:
        async with shown(recorded("listening")) as (app, pilot):
            await pilot.pause()
            app._tick = LIVE
            before = str(app.main.query_one("#levels", Panel).render())
            app.action_do("language")
            app.paint()
            return before, str(app.main.query_one("#levels", Panel).render())

    english, chinese = asyncio.run(change())
    assert words("en").screen["mic"] in english
    assert words("zh").screen["mic"] in chinese


def test_pictures_come_five_times_a_second_and_ten_times_while_a_conversation_is_live(
    recorded, shown, timers
):
    def running() -> list[float]:
        return [timer.interval for timer in timers if timer.running]

    async def talk() -> list[list[float]]:
        async with shown(recorded("listening")) as (app, _):
            found = [running()]
            tell(app, [e.PlaybackStarted(at=100.0, turn=99)])
            app.paint()
            found.append(running())
            tell(app, [e.TurnEnded(at=101.0, turn=99, outcome="answered", reply="", heard="")])
            app.paint()
            return [*found, running()]

    assert asyncio.run(talk()) == [[1 / CALM], [1 / LIVE], [1 / CALM]]
