"""What all drawings share: bars, columns and lengths that count cells, since a Hanzi takes two.

Styles name theme variables and never colours; whatever a colour says, a word or a glyph says too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui.view import Tone

DIM = "$dim"
TONES: dict[Tone, tuple[str, str]] = {
    "quiet": ("·", DIM),
    "info": ("✔", "$success"),
    "warning": ("▲", "$warning"),
    "error": ("✖", "$error"),
}
"""Glyph and style."""
_LEVELS = "▁▂▃▄▅▆▇█"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_PIECES = re.compile(
    rf"[{_WIDE}][，。、；：！？）》」』】”’…·,.;:!?)]*\s*|[^\s{_WIDE}]+[，。、；：！？）》」』】]*\s*|\s+"
)
"""What is never broken, unless it is longer than a line."""
QUIETEST = -60.0
"""dBFS that the lowest bar of a level stands for."""


def ink(*parts: str | Content | tuple[str, str]) -> Content:
    """Pieces of a line, each plain, styled or drawn already."""
    return Content.assemble(*parts)


def lines(drawn: Iterable[Content]) -> Content:
    """One below the other."""
    return Content("\n").join(drawn)


def fitted(text: str, cells: int) -> str:
    """Text made exactly so many cells wide; what is cut ends in an ellipsis."""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, max(0, cells - 1)) + "…" * min(1, cells)


def wrapped(content: Content, cells: int) -> list[Content]:
    """Lines of at most so many cells: Latin breaks between words, Hanzi anywhere but before a mark."""
    breaks, begun, used = list[int](), 0, 0
    for piece in _PIECES.finditer(content.plain):
        needed = cell_len(piece[0].rstrip())
        if used and used + needed > cells:
            breaks.append(piece.start())
            begun, used = piece.start(), 0
        while cell_len(content.plain[begun : piece.end()].rstrip()) > cells:
            begun += max(1, _fitting(content.plain[begun : piece.end()], cells))
            breaks.append(begun)
        used = cell_len(content.plain[begun : piece.end()])
    return [line.rstrip() for line in content.divide(breaks)]


def _fitting(text: str, cells: int) -> int:
    """Characters at the start of a text that fit."""
    for count in range(1, len(text)):
        if cell_len(text[: count + 1]) > cells:
            return count
    return len(text)


def spread(left: Content, right: Content, width: int) -> Content:
    """Two pieces at both ends of a line; the right one gives way."""
    room = width - left.cell_length
    if right.cell_length + 1 > room:
        right = right.truncate(max(0, room - 1), ellipsis=True)
    return ink(left, " " * max(0, room - right.cell_length), right)


def bar(share: float, cells: int, style: str) -> Content:
    """How full something is; what is there is heavy, what is not is dotted."""
    full = min(cells, max(0, round(share * cells)))
    if share > 0:
        full = max(1, full)
    return ink(("━" * full, style), ("╌" * (cells - full), DIM))


def level(values: Sequence[float], cells: int) -> str:
    """The last loudnesses in dBFS as a small skyline, the newest right."""
    newest = values[-cells:]
    heights = (min(max(1 - value / QUIETEST, 0.0), 0.999) for value in newest)
    return "".join(_LEVELS[int(height * len(_LEVELS))] for height in heights).rjust(cells, _LEVELS[0])


def milliseconds(seconds: float | None) -> str:
    """`812 ms`; below ten with one decimal."""
    if seconds is None:
        return "–"
    shown = seconds * 1000
    return f"{shown:.1f} ms" if 0 < shown < 9.95 else f"{shown:.0f} ms"


def whole(seconds: float) -> str:
    """Whole milliseconds: `2 ms`, `<1 ms`."""
    return f"{shown} ms" if (shown := round(seconds * 1000)) else "<1 ms"


def size(amount: float) -> str:
    """Bytes, for people."""
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
