"""Colours that can be read: contrast as WCAG 2 defines it."""

from __future__ import annotations

import pytest
from textual.color import Color

from tui.themes import CONTRAST, THEMES
from tui.words import words

pytestmark = pytest.mark.unit

INKS = ("foreground", "primary", "accent", "success", "warning", "error")


def luminance(color: Color) -> float:
    linear = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in color.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_ink_can_be_read_on_every_ground(theme):
    least = 7.0 if theme is CONTRAST else 4.5
    inks = [getattr(theme, name) for name in INKS] + [theme.variables["dim"]]
    for ground in (theme.background, theme.surface):
        for ink in inks:
            assert contrast(ink, ground) >= least, (ink, ground)
    for ink in (theme.foreground, theme.variables["dim"], theme.primary):
        assert contrast(ink, theme.panel) >= 4.5, (ink, theme.panel)


def test_every_theme_has_a_name_in_both_languages_and_the_same_variables():
    for language in ("en", "zh"):
        assert set(words(language).themes) == {theme.name for theme in THEMES}
    assert len({tuple(sorted(theme.variables)) for theme in THEMES}) == 1
