"""Rows to judge a policy by: what a customer said after what, and how a good agent would have sounded.

One JSON object a line. Every mistake of a file is told at once, as `file:line: what is wrong`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

from core.emotion import State, Style
from core.errors import InputError
from core.text import Language, script_of
from emotion_policy.decision import Scenario
from emotion_policy.policy import FALLBACK

Speaker = Literal["user", "assistant"]
Table = dict[str, Any]
Named = TypeVar("Named", bound=StrEnum)

MOST_TOLD = 20
"""Mistakes that are told; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One earlier turn."""

    role: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What is right for a row."""

    state: State
    alternatives: frozenset[State]
    """Other states that a reasonable judge could name."""
    preferred: frozenset[Style]
    acceptable: frozenset[Style]
    forbidden: frozenset[Style]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: str
    language: Language
    scenario: Scenario
    text: str
    history: tuple[Said, ...]
    """Oldest first."""
    gold: Gold | None
    """None where the row says nothing of it."""


def read_rows(path: Path, *, judged: bool) -> tuple[Row, ...]:
    """The rows of a file.

    Args:
        path: of JSON lines.
        judged: each row must say what is right.

    Raises:
        InputError: missing, empty, or with mistakes.
    """
    seen: set[str] = set()

    def row(table: Table) -> Row:
        name = _text(table, "id")
        if name in seen:
            raise _Wrong(f"the id {name!r} is there twice")
        seen.add(name)
        text = _text(table, "text")
        site = _one(table, "scenario", get_args(Scenario), None if judged else FALLBACK)
        language = _one(table, "lang", ("zh", "en", "mixed"), script_of(text))
        return Row(
            id=name,
            language="zh" if language == "zh" else "en" if language == "en" else script_of(text),
            scenario=cast("Scenario", site),
            text=text,
            history=tuple(_said(each) for each in _list(table, "history")),
            gold=_gold(table) if judged or "user_state" in table else None,
        )

    return _each(path, row, "rows")


def read_history(path: Path) -> tuple[Said, ...]:
    """The turns of a conversation, oldest first.

    Raises:
        InputError: missing, empty, or with mistakes.
    """
    return _each(path, _said, "history")


class _Wrong(ValueError):
    """What is wrong with one line."""


Read = TypeVar("Read")


def _each(path: Path, read: Callable[[Table], Read], kind: str) -> tuple[Read, ...]:
    found, mistakes = list[Read](), list[str]()
    for number, line in enumerate(lines(path), 1):
        if not line.strip():
            continue
        try:
            found.append(read(_table(line)))
        except _Wrong as error:
            mistakes.append(f"{path}:{number}: {error}")
    if mistakes:
        more = len(mistakes) - MOST_TOLD
        told = [*mistakes[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]
        raise InputError("\n".join(told), code=kind, hint=f"see `tingshuo emotion {_HELP[kind]} --help`")
    if not found:
        raise InputError(f"{path} holds nothing", code=f"{kind}-empty", hint="one JSON object a line")
    return tuple(found)


_HELP = {"rows": "score", "history": "explain"}


def lines(path: Path) -> list[str]:
    """The lines of a text file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            f"cannot read {path}: {why}", code="unreadable", hint="give the path of a file of JSON lines"
        ) from error


def _table(line: str) -> Table:
    try:
        table = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"not JSON: {error}") from error
    if not isinstance(table, dict):
        raise _Wrong('not an object, such as {"id": "a1", "text": "…"}')
    return cast("Table", table)


def _said(table: object) -> Said:
    if not isinstance(table, dict):
        raise _Wrong('an earlier turn is {"role": "user" or "assistant", "text": "…"}')
    turn = cast("Table", table)
    return Said(role=cast("Speaker", _one(turn, "role", get_args(Speaker))), text=_text(turn, "text"))


def _gold(table: Table) -> Gold:
    return Gold(
        state=State(_one(table, "user_state", tuple(State))),
        alternatives=frozenset(_names(table, "user_state_alt", State)),
        preferred=frozenset(_names(table, "preferred_styles", Style)),
        acceptable=frozenset(_names(table, "acceptable_styles", Style)),
        forbidden=frozenset(_names(table, "forbidden_styles", Style)),
    )


def _names(table: Table, key: str, kind: type[Named]) -> Iterator[Named]:
    for name in _list(table, key):
        yield kind(_known(key, name, tuple(kind)))


def _one(table: Table, key: str, known: Sequence[str], default: str | None = None) -> str:
    if key not in table and default is not None:
        return default
    if key not in table:
        raise _Wrong(f"{key} is missing")
    return _known(key, table[key], known)


def _known(key: str, name: object, known: Sequence[str]) -> str:
    if isinstance(name, str) and name in known:
        return name
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5) if isinstance(name, str) else []
    meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    raise _Wrong(f"{key}: {str(name)[:60]!r} is unknown; {meant}")


def _text(table: Table, key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{key} is missing" if key not in table else f"{key} must be a text with words in it")
    return value


def _list(table: Table, key: str) -> list[object]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise _Wrong(f"{key} must be a list")
    return cast("list[object]", value)
