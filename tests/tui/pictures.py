"""What is on the screen, as text that can be compared and read: the characters, and below them their inks.

An ink is a letter; each line of the second part says how many cells of which ink follow one another, and the
third part what each ink is.
"""

from __future__ import annotations

from itertools import groupby
from string import ascii_letters, digits

from rich.cells import cell_len
from rich.style import Style
from textual.app import App

LETTERS = ascii_letters + digits


def picture(app: App) -> str:
    """Characters, inks, and what they are."""
    inks: dict[str, str] = {}
    characters, painted = [], []
    for strip in app.screen._compositor.render_strips():
        segments = [segment for segment in strip if segment.text]
        characters.append("".join(segment.text for segment in segments).rstrip())
        runs = [(_ink(segment.style, segment.text, inks), cell_len(segment.text)) for segment in segments]
        painted.append(
            "".join(
                f"{ink}{sum(cells for _, cells in run)}" for ink, run in groupby(runs, lambda each: each[0])
            )
        )
    legend = [f"{letter} {told}" for told, letter in inks.items()]
    return "\n".join([*characters, "", *painted, "", *legend, ""])


def inks_of(app: App) -> set[str]:
    """Every colour on the screen, as #rrggbb."""
    legend = picture(app).split("\n\n")[-1]
    return {word for line in legend.splitlines() for word in line.split() if word.startswith("#")}


def _ink(style: Style | None, text: str, inks: dict[str, str]) -> str:
    style = style or Style()
    told = [style.color.name if style.color and text.strip() else "-"]
    told += [style.bgcolor.name if style.bgcolor else "-"]
    told += [
        name for name in ("bold", "dim", "italic", "underline", "strike", "reverse") if getattr(style, name)
    ]
    return inks.setdefault(" ".join(told), LETTERS[len(inks)])
