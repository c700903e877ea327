"""What is kept of a picture is what would be drawn anew, and nothing else is drawn."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Region
from textual.widget import Widget

from core import events as e
from core import gauges as g
from tui.widgets.kept import Kept
from tui.widgets.panel import Panel

pytestmark = [pytest.mark.tui, pytest.mark.timeout(60)]


def looks(app) -> list[str]:
    """Every line of the screen, with its colours."""
    return [repr(list(strip)) for strip in app.screen._compositor.render_strips()]


def anew(app) -> list[str]:
    """The same, with nothing kept."""
    for widget in app.screen.walk_children(with_self=True):
        widget._styles_cache.clear()
        if isinstance(widget, Kept):
            widget._kept = None
    return looks(app)


@pytest.mark.parametrize(
    ("trace", "size"),
    [("sixty", (140, 45)), ("sixty", (80, 24)), ("interrupted", (140, 45)), ("operator", (50, 20))],
)
def test_whatever_happens_the_picture_is_what_would_be_drawn_anew(recorded, shown, settled, trace, size):
    async def watch() -> None:
        async with shown(recorded(trace), size=size) as (app, pilot):
            assert looks(app) == anew(app)
            for key in (
                "tab",
                "2",
                "3",
                "1",
                "k",
                "k",
                "j",
                "d",
                "l",
                "slash",
                "x",
                "escape",
                "f1",
                "escape",
            ):
                await pilot.press(key)
                await settled(app, pilot)
                assert looks(app) == anew(app), key
            for theme in list(app.available_themes)[-4:]:
                app.wear(theme)
                await settled(app, pilot)
                assert looks(app) == anew(app), theme
            for other in ((100, 40), (141, 44), (79, 24), size):
                await pilot.resize_terminal(*other)
                await settled(app, pilot)
                assert looks(app) == anew(app), other
            for widget in app.main.panels().values():
                await pilot.hover(widget)
                await settled(app, pilot)
                assert looks(app) == anew(app), widget

    asyncio.run(watch())


def test_of_a_picture_with_other_levels_only_the_levels_are_drawn(recorded, shown, monkeypatch):
    drawn = set[str]()
    render_lines = Widget.render_lines

    def noted(widget: Widget, crop):
        drawn.add(widget.id or type(widget).__name__)
        return render_lines(widget, crop)

    async def watch() -> set[str]:
        async with shown(recorded("sixty")) as (app, pilot):
            await pilot.pause()
            monkeypatch.setattr(Widget, "render_lines", noted)
            app._reader._fold.feed(e.Gauge(at=999.0, name=g.MICROPHONE_LEVEL, value=-20.0))
            app._reader._measured = True
            app.main.stale = True
            app.paint()
            await pilot.pause()
            return set(drawn)

    assert asyncio.run(watch()) == {"levels"}


@pytest.mark.parametrize("trace", ["listening", "sixty"])
def test_of_a_panel_only_the_rows_that_look_otherwise_are_drawn(recorded, shown, monkeypatch, trace):
    drawn = list[tuple[str | None, Region]]()
    refresh = Panel.refresh

    def noted(panel: Panel, *regions: Region, **how: bool) -> Panel:
        drawn.extend((panel.id, region) for region in regions)
        return refresh(panel, *regions, **how)

    async def watch() -> tuple[list[str], list[str]]:
        async with shown(recorded(trace)) as (app, pilot):
            await pilot.pause()
            monkeypatch.setattr(Panel, "refresh", noted)
            app._reader._fold.feed(e.Gauge(at=999.0, name=g.MEMORY, value=7.5e9))
            app._reader._measured = app.main.stale = True
            app.paint()
            await pilot.pause()
            return looks(app), anew(app)

    now, wanted = asyncio.run(watch())
    assert now == wanted
    assert "7.5 GB" in "".join(now)
    [(panel, row)] = drawn
    assert (panel, row.height) == ("machine", 1)


def test_an_entry_more_is_laid_out_once_and_followed(recorded, shown):
    async def watch() -> tuple[int, bool]:
        async with shown(recorded("sixty")) as (app, pilot):
            await pilot.pause()
            layouts = list[object]()
            app.main.screen_layout_refresh_signal.subscribe(app.main, layouts.append)
            app._reader._fold.feed(e.VisitReset(at=999.0))
            app._reader._happened = True
            app.paint()
            for _ in range(5):
                await pilot.pause(0.05)
            return len(layouts), app.main.conversation.is_vertical_scroll_end

    assert asyncio.run(watch()) == (1, True)
