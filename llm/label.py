"""The label: one letter before the reply, by which a model says how it takes the customer. Pure.

The system prompt teaches thirteen letters (`label.toml`); at the first step of a reply only these may be
chosen, and their probabilities are the model's `Opinion`. Nothing of the label's line is ever said.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from core.emotion import Opinion, State

LETTERS = "ABCDEFGHIJKLM"
"""In the order of `State`."""
LETTER_OF = dict(zip(State, LETTERS, strict=True))
_FILE = Path(__file__).with_name("label.toml")
_LONGEST = 40
"""Characters of a line that may still be a label."""
_FILLING = str.maketrans("", "", " \t\r\n_-[](){}（）【】<>=:：.。、,，*#→")

Tokenize = Callable[[str], Sequence[int]]


class _Example(TypedDict):
    words: str
    state: str


class _Sheet(TypedDict):
    ask: dict[str, str]
    states: dict[str, str]
    examples: list[_Example]


@cache
def _sheet() -> _Sheet:
    with _FILE.open("rb") as file:
        return tomllib.load(file)  # pyright: ignore[reportReturnType] - shape is held by the tests


@cache
def instructions() -> str:
    """What the model is taught: the order, the legend, examples in both languages."""
    sheet = _sheet()
    legend = [f"{LETTER_OF[State(name)]} {meaning}" for name, meaning in sheet["states"].items()]
    examples = [f"“{each['words']}” → {LETTER_OF[State(each['state'])]}" for each in sheet["examples"]]
    return "\n".join([*sheet["ask"].values(), *legend, *examples])


def instructed(system: str) -> str:
    """A system prompt that asks for the label; it never changes, so it is evaluated once a day."""
    return f"{system}\n\n{instructions()}" if system else instructions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """How a vocabulary writes the label."""

    letters: tuple[int, ...]
    """One token for each letter of `LETTERS`."""
    newline: tuple[int, ...]
    """What ends the label's line."""

    def line(self, state: State) -> tuple[int, ...]:
        """The tokens of a label and the end of its line."""
        return (self.letters[tuple(State).index(state)], *self.newline)


def ballot(tokenize: Tokenize, opening: str) -> Ballot | None:
    """Find the tokens of the label; None where a letter is not one token of its own.

    Args:
        tokenize: of the model's vocabulary.
        opening: a prompt up to where the reply begins; what stands before a letter may change its token.
    """
    before = tuple(tokenize(opening))
    lines = [tuple(tokenize(f"{opening}{letter}\n")) for letter in LETTERS]
    if any(line[: len(before)] != before or len(line) < len(before) + 2 for line in lines):
        return None
    letters = tuple(line[len(before)] for line in lines)
    newlines = {line[len(before) + 1 :] for line in lines}
    if len(set(letters)) < len(LETTERS) or len(newlines) > 1:
        return None
    return Ballot(letters=letters, newline=newlines.pop())


def vote(logits: Sequence[float]) -> Opinion:
    """Turn the logits of the thirteen letters, and of no other token, into probabilities: their softmax."""
    most = max(logits)
    odds = [math.exp(logit - most) for logit in logits]
    whole = math.fsum(odds)
    return Opinion(probabilities=tuple(each / whole for each in odds))


class LabelFilter:
    """Removes first lines of a reply that hold only a label: the letter, the state's name or both.

    `F`, `[D]`, `D：不满`, `State: anxious`. Any other beginning passes as soon as it cannot be one.
    """

    def __init__(self) -> None:
        self._waiting = ""
        self._begun = False

    def feed(self, text: str) -> str:
        if self._begun:
            return text
        for at, character in enumerate(text, 1):
            self._waiting += character
            if not self._may_be_label(character):
                self._begun, waiting, self._waiting = True, self._waiting, ""
                return waiting + text[at:]
        return ""

    def finish(self) -> str:
        """Give what waits, unless it is a label."""
        waiting, self._waiting = self._waiting, ""
        return "" if _bare(waiting) in _labels() else waiting

    def _may_be_label(self, character: str) -> bool:
        line = _bare(self._waiting)
        if character == "\n" and line in _labels():
            self._waiting = ""
            return True
        if character == "\n" and line:
            return False
        return len(self._waiting) <= _LONGEST and line in _beginnings()


def _bare(line: str) -> str:
    return line.translate(_FILLING).lower()


@cache
def _labels() -> frozenset[str]:
    names = {"", *map(_bare, State)}
    for meaning in _sheet()["states"].values():
        names |= {_bare(meaning), *map(_bare, meaning.split(" ", 1))}
    lettered = {letter + name for letter in LETTERS.lower() for name in names}
    alone = {_bare(state) for state in State if state is not State.THANKS}  # which may be said
    headed = {head + label for head in ("state", "状态") for label in lettered | names}
    return frozenset(lettered | alone | headed)


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(label[:end] for label in _labels() for end in range(len(label) + 1))
