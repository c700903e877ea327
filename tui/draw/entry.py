"""One piece of the conversation: who, a hanging indent, and what of a reply was never heard."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from tui.draw.ink import DIM, TONES, fitted, ink, wrapped
from tui.view import Entry, Who
from tui.words import Words

NAME = 10
"""Cells of a speaker's name."""
_WHO: dict[Who, str] = {"customer": "$primary", "agent": "$accent", "operator": "$warning"}
_BAR = "▌"


def draw_entry(entry: Entry, words: Words, width: int) -> list[Content]:
    """Its lines, so many cells wide."""
    if entry.who == "remark":
        return _remark(entry, words, width)
    color = _WHO[entry.who]
    name = fitted(words.screen[entry.who], NAME - 2)
    room = max(8, width - NAME)
    *before, last = wrapped(_text(entry, words), room)
    style = "" if entry.style is None else f"  {words.style(entry.style)}"
    if last.cell_length + cell_len(style) > room:
        before, last, style = [*before, last], Content.empty(), style.lstrip()
    first, *more = *before, ink(last, (style, DIM))
    return [
        ink((_BAR, color), (f"{name} ", f"bold {color}"), first),
        *(ink((_BAR, color), " " * (NAME - 1), line) for line in more),
    ]


def _text(entry: Entry, words: Words) -> Content:
    if entry.partial and entry.who == "customer":
        return ink((f"{entry.text} {words.screen['waiting']}".strip(), f"italic {DIM}"))
    if entry.heard is None:
        return ink((entry.text or words.screen["waiting"], DIM if entry.partial else ""))
    unheard = entry.text[len(entry.heard) :].strip() if entry.text.startswith(entry.heard) else entry.text
    says = words.screen["not_heard" if entry.heard else "not_heard_at_all"]
    return ink(
        f"{entry.heard} " if entry.heard else "", (f"✂ {says} ", "$warning"), (unheard, f"strike {DIM}")
    )


def _remark(entry: Entry, words: Words, width: int) -> list[Content]:
    glyph, style = TONES[entry.tone]
    told = words.screen[entry.text] + (f"  {entry.details}" if entry.details else "")
    if entry.tone == "quiet":
        rule = "─" * 3
        return [ink((f"{rule} {told} {rule}", style))]
    folded = wrapped(ink((told, style)), max(8, width - 2))
    return [ink((" " if index else glyph, style), " ", line) for index, line in enumerate(folded)]
