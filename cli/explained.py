"""A decision explained in a terminal: the words with the evidence marked, then facts, then engines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.engine_numbers import Numbers
from cli.table import columns, table
from core.events import DeliveryChosen
from tui.decision import Clue, because, clues, facts
from tui.words import Words

WIDTH = 76
"""Columns of a line of the customer's words."""
_MARKS = "123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What there is to show."""

    text: str
    event: DeliveryChosen
    """With all evidence."""
    runner_up: float
    """Its probability."""
    steering: str
    opener: str
    scenario: str
    microseconds: float
    engines: dict[str, dict[str, Numbers]]
    """By part of the reply, then by engine."""


def lines(shown: Explained, words: Words) -> Iterator[str]:
    """The explanation, line by line."""
    found = clues(shown.event, shown.text, words)
    yield from _marked(shown.text, found)
    yield ""
    yield table(list(_facts(shown, found, words)))
    yield ""
    yield table(list(_engines(shown, words)))


def _facts(shown: Explained, found: Sequence[Clue], words: Words) -> Iterator[tuple[str, str]]:
    says, event = words.says, shown.event
    yield says["state"], f"{words.state(event.state)} {event.probability:.0%}"
    yield says["style"], words.style(event.style)
    for name, value in facts(event, words):
        yield name, f"{value} {shown.runner_up:.0%}" if name == says["runner_up"] else value
    name = says["evidence"]
    for number, clue in enumerate(found, 1):
        mark = _mark(number) if clue.words else " "
        yield name, f"{mark} {clue.weight:+.2f} {clue.state}: {clue.name}"
        name = ""
    for name, value in (
        (says["because"], because(event, shown.text, words)),
        (says["steering"], shown.steering),
        (says["opener"], shown.opener),
        (says["policy"], f"{shown.scenario} {event.policy[:19]}…  {shown.microseconds:.0f} µs"),
    ):
        if value:
            yield name, value


def _engines(shown: Explained, words: Words) -> Iterator[tuple[str, str, str]]:
    parts = list(shown.engines.items())
    for engine in parts[0][1]:
        name = engine
        for part, numbers in parts:
            yield (
                words.says.get(name, name),
                words.says[part],
                ", ".join(_told(*pair) for pair in numbers[engine].items()),
            )
            name = ""


def _told(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"{name} [{' '.join(f'{amount:g}' for amount in value)}]"  # pyright: ignore[reportUnknownVariableType] - floats
    return f"{name} {value}"


def _marked(text: str, found: Sequence[Clue]) -> Iterator[str]:
    """The words, folded, each line above the numbers of its evidence; the weightiest where two overlap."""
    marks = [" "] * len(text)
    for number, clue in reversed([*enumerate(found, 1)]):
        if clue.words:
            marks[clue.start : clue.end] = _mark(number) * (clue.end - clue.start)
    for start, end in _folded(text):
        yield text[start:end]
        beneath = "".join(
            mark * columns(character)
            for character, mark in zip(text[start:end], marks[start:end], strict=True)
        )
        if beneath.strip():
            yield beneath.rstrip()


def _folded(text: str) -> Iterator[tuple[int, int]]:
    start = width = 0
    for at, character in enumerate(text):
        width += columns(character)
        if width > WIDTH:
            yield start, at
            start, width = at, columns(character)
    yield start, len(text)


def _mark(number: int) -> str:
    return _MARKS[number - 1] if number <= len(_MARKS) else "+"
