"""Aligned columns in a terminal, where a Hanzi takes two. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence


def table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Lines of cells, two blanks between columns.

    Args:
        rows: of as many cells each.
        right: columns whose cells end at the same place, such as numbers.
    """
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    lines: list[str] = []
    for row in rows:
        cells: list[str] = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            room = " " * (width - columns(cell))
            cells.append(room + cell if number in right else cell if number == last else cell + room)
        lines.append("  ".join(cells))
    return "\n".join(lines)


def columns(text: str) -> int:
    """Columns of a terminal that a text takes: Hanzi and full-width signs take two (Unicode annex 11)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
