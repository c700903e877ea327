"""A decision as an operator reads it: state, style, what in the customer's words it rests on, and why. Pure.

In: the event, and the transcript that its spans belong to. Out: text; `tui.report` makes it a panel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.events import DeliveryChosen
from tui.words import Words

SHOWN = 3
"""Evidences on a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One evidence."""

    name: str
    """In the operator's language."""
    words: str
    """Of the customer; empty for what is no part of the transcript, or all of it."""
    state: str
    weight: float
    start: int
    end: int


def clues(event: DeliveryChosen, text: str, words: Words) -> tuple[Clue, ...]:
    """What counted, the weightiest first."""
    return tuple(
        Clue(
            name=words.cue(cue),
            words="" if cue == "linear" else text[start:end],
            state=words.state(state),
            weight=weight,
            start=start,
            end=end,
        )
        for cue, state, weight, start, end in event.evidence
        if weight > 0
    )


def called(clue: Clue, words: Words) -> str:
    """A clue's name behind the customer's words, if it has any."""
    return words.says["quote"].format(words=clue.words, name=clue.name) if clue.words else clue.name


def headline(event: DeliveryChosen, words: Words) -> str:
    """State and style."""
    return f"{words.state(event.state)} → {words.style(event.style)}"


def reasons(event: DeliveryChosen, text: str, words: Words) -> str:
    """One line: what in the words it rests on, why the visit kept a style, whether a person is wanted.

    What speaks for the state comes first; of what speaks for another, only what has words to show.
    """
    says, state = words.says, words.state(event.state)
    found = [clue for clue in clues(event, text, words) if clue.state == state or clue.words]
    found.sort(key=lambda clue: clue.state != state)
    named = [_told(clue, words, state) for clue in found[:SHOWN]]
    if not event.policy:
        return words.reason(event.because)
    more = [words.reason(event.held)] if event.held else []
    more += [says[event.escalation]] if event.escalation != "none" else []
    return says["between"].join([*(named or [says["no_cue"]]), *more])


def because(event: DeliveryChosen, text: str, words: Words) -> str:
    """The one reason: what spoke loudest for the state, and why the visit kept a style."""
    if not event.policy:
        return words.reason(event.because)
    state = words.state(event.state)
    named = (called(clue, words) for clue in clues(event, text, words) if clue.state == state)
    held = f"{words.says['between']}{words.reason(event.held)}" if event.held else ""
    return f"{state}: {next(named, words.says['no_cue'])}{held}"


def facts(event: DeliveryChosen, words: Words) -> Iterator[tuple[str, str]]:
    """(name, value) of everything else that an operator may ask about; what is empty is left out."""
    says = words.says
    yield says["runner_up"], words.state(event.runner_up)
    yield says["intensity"], f"{event.intensity:.0%}"
    yield says["arc"], " → ".join(words.style(style) for style in event.arc)
    for name, value in (
        ("flags", says["between"].join(words.flag(flag) for flag in event.flags)),
        ("escalation", says[event.escalation] if event.escalation != "none" else ""),
        ("why", words.reason(event.held) if event.held else ""),
        ("refused", says["between"].join(words.veto(veto) for veto in event.vetoes)),
        ("voice", says["voice_counted"] if event.voice else ""),
    ):
        if value:
            yield says[name], value


def _told(clue: Clue, words: Words, state: str) -> str:
    """A clue in a line; with its state where that is not the one that was decided."""
    told = called(clue, words)
    return told if clue.state == state else f"{told} ({clue.state})"
