"""Each state of the screen as it was last looked at and found good.

A picture that differs is written beside the test's other files, as text and as SVG. Where the change is wanted:
`UPDATE_PICTURES=1 python -m pytest tests/tui/test_pictures.py`, then look at each in `git diff`.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from tests.tui.pictures import inks_of, picture

pytestmark = [pytest.mark.tui, pytest.mark.timeout(60)]

PICTURES = Path(__file__).with_name("pictures")
WIDE, SMALL, TINY = (140, 45), (80, 24), (50, 20)
DARK, LIGHT, CONTRAST = "tingshuo-dark", "tingshuo-light", "tingshuo-contrast"
SHOTS = [
    ("listening", WIDE, DARK, "en", ()),
    ("listening", SMALL, LIGHT, "zh", ()),
    ("hearing", WIDE, LIGHT, "zh", ()),
    ("thinking", SMALL, DARK, "zh", ()),
    ("speaking", WIDE, DARK, "zh", ()),
    ("speaking", SMALL, LIGHT, "en", ("3",)),
    ("paused", SMALL, DARK, "en", ()),
    ("interrupted", WIDE, LIGHT, "en", ()),
    ("interrupted", SMALL, DARK, "zh", ()),
    ("failed", WIDE, DARK, "en", ()),
    ("failed", SMALL, LIGHT, "zh", ("2",)),
    ("staff", SMALL, DARK, "zh", ()),
    ("operator", WIDE, LIGHT, "zh", ()),
    ("muted", SMALL, CONTRAST, "en", ()),
    ("lost", WIDE, CONTRAST, "zh", ()),
    ("complaint", SMALL, DARK, "zh", ("2",)),
    ("long", SMALL, LIGHT, "en", ()),
    ("long", TINY, DARK, "zh", ()),
    ("sixty", WIDE, DARK, "en", ("ctrl+o",)),
    ("complaint", SMALL, LIGHT, "zh", ("question_mark",)),
    ("complaint", SMALL, DARK, "en", ("y",)),
]


def name_of(trace, size, theme, language, pressed) -> str:
    keys = "".join(f"-{key.replace('+', '_')}" for key in pressed)
    return f"{trace}-{size[0]}x{size[1]}-{theme.removeprefix('tingshuo-')}-{language}{keys}"


@pytest.mark.parametrize(
    ("trace", "size", "theme", "language", "pressed"), SHOTS, ids=[name_of(*shot) for shot in SHOTS]
)
def test_the_screen_looks_as_it_was_found_good(
    recorded, shown, settled, tmp_path, trace, size, theme, language, pressed
):
    async def shoot() -> tuple[str, str]:
        async with shown(recorded(trace), size=size, theme=theme, language=language) as (app, pilot):
            for key in pressed:
                await pilot.press(key)
                await settled(app, pilot)
            return picture(app), app.export_screenshot()

    taken, drawn = asyncio.run(shoot())
    kept = PICTURES / f"{name_of(trace, size, theme, language, pressed)}.txt"
    if "UPDATE_PICTURES" in os.environ:
        kept.write_text(taken, encoding="utf-8")
    (tmp_path / kept.name).write_text(taken, encoding="utf-8")
    (tmp_path / kept.with_suffix(".svg").name).write_text(drawn, encoding="utf-8")
    same = taken == kept.read_text(encoding="utf-8")
    assert same, f"compare {kept} with {tmp_path / kept.name}, or look at the SVG beside it"


def test_no_picture_is_kept_that_is_not_taken():
    assert {file.stem for file in PICTURES.iterdir()} == {name_of(*shot) for shot in SHOTS}


def test_without_colours_everything_is_grey(monkeypatch, recorded, shown):
    monkeypatch.setenv("NO_COLOR", "1")

    async def shoot() -> set[str]:
        async with shown(recorded("interrupted")) as (app, _):
            return inks_of(app)

    colors = asyncio.run(shoot())
    assert len(colors) > 2
    assert all(color[1:3] == color[3:5] == color[5:7] for color in colors)


def test_a_picture_does_not_depend_on_how_often_it_was_painted(recorded, shown, settled):
    async def shoot() -> tuple[str, str]:
        async with shown(recorded("interrupted")) as (app, pilot):
            before = picture(app)
            await settled(app, pilot)
            return before, picture(app)

    before, after = asyncio.run(shoot())
    assert before == after
