"""A decision as a panel of the report: the facts as a table, the customer's words with the evidence marked.

Pure: HTML fragments without scripts. Every word of a customer or a policy is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.events import DeliveryChosen
from tui.decision import Clue, called, clues, facts
from tui.words import Words

STYLE = """
.why{font-size:.9rem;margin:.4rem 0}.why td{padding:.1rem .6rem}
.why td:first-child{color:var(--dim);width:12rem}
mark{background:none;color:inherit;border-bottom:2px solid #b455c4}
"""


def marked(text: str, event: DeliveryChosen | None, words: Words) -> str:
    """The customer's words, with what counted underlined."""
    if event is None:
        return escape(text)
    pieces, done = list[str](), 0
    for clue in sorted(_apart(clues(event, text, words)), key=lambda each: each.start):
        name = escape(f"{clue.name} {clue.weight:+.2f}", quote=True)
        pieces.append(escape(text[done : clue.start]))
        pieces.append(f"<mark title='{name}'>{escape(text[clue.start : clue.end])}</mark>")
        done = clue.end
    return "".join(pieces) + escape(text[done:])


def panel(text: str, event: DeliveryChosen, words: Words) -> str:
    """What was found and why, one row a fact."""
    rows = [(words.says["evidence"], _evidence(clues(event, text, words), words)), *facts(event, words)]
    cells = (f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table class='why'>{''.join(cells)}</table>"


def _evidence(found: Sequence[Clue], words: Words) -> str:
    told = (f"{called(clue, words)} → {clue.state} {clue.weight:+.2f}" for clue in found)
    return words.says["between"].join(told) or words.says["no_cue"]


def _apart(found: Sequence[Clue]) -> list[Clue]:
    """Those with words, the weightiest first where two overlap."""
    kept: list[Clue] = []
    for clue in found:
        if clue.words and all(clue.end <= each.start or each.end <= clue.start for each in kept):
            kept.append(clue)
    return kept
