"""Situation cards: who says what to the kiosk, and in which state. Written by hand; read into training rows.

A card is one situation, in one state and language, in several voices. Format: docs/concepts/emotion.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from core.emotion import State
from emotion_policy.decision import Scenario

FOLDER = Path(__file__).with_name("cards")
Lang = Literal["zh", "en", "mixed"]
Role = Literal["user", "assistant"]
_SCENARIO: dict[str, Scenario] = {name: name for name in get_args(Scenario)}
_LANG: dict[str, Lang] = {name: name for name in get_args(Lang)}
_ROLE: dict[str, Role] = {name: name for name in get_args(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One utterance with what is known of it."""

    card: str
    """Rows of one card are never split between training and checking."""
    state: State
    lang: Lang
    scenario: Scenario
    text: str
    history: tuple[tuple[Role, str], ...] = ()
    """Oldest first."""
    tags: frozenset[str] = frozenset()


def read(folder: Path = FOLDER) -> list[Row]:
    """All rows of all cards, in the order of files and lines.

    Raises:
        ValueError: a card that is no card, with its file and number.
    """
    return [row for path in sorted(folder.glob("*.toml")) for row in _rows(path)]


def _rows(path: Path) -> Iterable[Row]:
    with path.open("rb") as file:
        sheet = tomllib.load(file)
    for number, card in enumerate(sheet["card"], 1):
        try:
            scenario = _SCENARIO[card.get("scenario", path.stem.replace("_", "-"))]
            history: tuple[tuple[Role, str], ...] = tuple(
                (_ROLE[role], text) for role, text in card.get("history", ())
            )
            for text in card["says"]:
                yield Row(
                    card=f"{path.stem}:{number}",
                    state=State(card["state"]),
                    lang=_LANG[card["lang"]],
                    scenario=scenario,
                    text=text,
                    history=history,
                    tags=frozenset(card.get("tags", ())),
                )
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{path.name}, card {number}: {error!r}") from error
