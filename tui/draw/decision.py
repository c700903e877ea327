"""The last decision: state and style, how sure, what in the customer's words it rests on, and the arc."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tui.decision import called, clues, facts
from tui.draw.ink import DIM, bar, ink, lines
from tui.view import DecisionView, ViewState
from tui.words import Words

SURE = 8
"""Cells of the bar that shows how sure it is."""


def decision_of(state: ViewState) -> DecisionView | None:
    return state.decision


def draw_decision(decision: DecisionView | None, words: Words, width: int) -> Content:
    """The reply's manner and why, the weightiest first."""
    if decision is None:
        return ink((words.screen["no_decision"], DIM))
    return lines(part.truncate(width, ellipsis=True) for part in _parts(decision, words))


def _parts(decision: DecisionView, words: Words) -> Iterator[Content]:
    chosen = decision.chosen
    sure = words.screen["sure"].format(share=f"{chosen.probability:.0%}")
    yield ink(
        (words.state(chosen.state), "bold $primary"),
        (" → ", DIM),
        (words.style(chosen.style), "bold $accent"),
        "   ",
        bar(chosen.probability, SURE, "$primary"),
        (f" {sure}", DIM),
    )
    arc = (piece for style in chosen.arc for piece in ((" → ", DIM), (words.style(style), "$accent")))
    yield ink((f"{words.screen['arc']} ", DIM), *tuple(arc)[1:])
    if not chosen.policy:
        yield ink((f"✖ {words.reason(chosen.because)}", "$error"))
        return
    found = clues(chosen, decision.text, words)
    for clue in found:
        about = "" if clue.state == words.state(chosen.state) else f" ({clue.state})"
        yield ink((f"{clue.weight:+.2f} ", DIM), called(clue, words), (about, DIM))
    if not found:
        yield ink((words.says["no_cue"], DIM))
    if decision.opinion is not None and not decision.opinion.agrees:
        opinion = decision.opinion
        told = words.screen["model_view"].format(
            state=words.state(opinion.state), share=f"{opinion.probability:.0%}"
        )
        yield ink((f"▲ {told}", "$warning"))
    for name, value in facts(chosen, words):
        if name == words.says["arc"]:
            continue
        yield ink((f"{name} ", DIM), value)
