"""The hand-written cards: situations with wordings, replies and tones, read from the TOML files beside it.

In the files one wording or reply is one line. Pure: reads files once, knows nothing of chance or of models.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.text import Language

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
HALL = ROOT / "models" / "demo" / "knowledge" / "hall.toml"
POLICY = ROOT / "emotion_policy" / "policies" / "base.toml"
LANGUAGES: tuple[Language, Language] = ("zh", "en")

Lines = tuple[str, ...]

TONES_OF_STATE: dict[str, tuple[str, ...]] = {
    "urgent": ("urgent", "urgent", "calm_firm"),
    "grief": ("grief", "grief", "gentle"),
    "abusive": ("abusive", "abusive", "calm_firm"),
    "complaint": ("apologetic", "apologetic", "soothing"),
    "anxious": ("soothing", "soothing", "gentle", "encouraging"),
    "confused": ("gentle", "gentle", "soothing", "encouraging"),
    "praise": ("warm", "cheerful"),
    "thanks": ("warm", "cheerful"),
    "request": ("professional", "neutral", "warm"),
    "inquiry": ("professional", "neutral", "warm"),
    "farewell": ("warm", "professional", "cheerful"),
    "greeting": ("warm", "professional", "cheerful"),
    "smalltalk": ("warm", "cheerful"),
}
"""Tones that the emotion policy gives each state; a repeated name is the likelier one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One language of a card."""

    say: Lines
    unseen: Lines
    reply: Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A situation: what a customer may say in it and what is to be answered."""

    name: str
    state: str
    after: str
    """Kind of reply this card must follow (`offer`, `answer`, `complaint`), or empty."""
    sides: dict[Language, Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """Wordings of one steering line and what they change in an answer."""

    product: str
    """The product's own wording; empty if the policy has none of this name."""
    say: Lines
    open: Lines
    close: Lines
    reply: Lines
    """Replies that this tone alone decides; mostly empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Questions that the hall does not answer."""

    frames: Lines
    unseen_frames: Lines
    topics: Lines
    unseen_topics: Lines
    say: Lines
    unseen: Lines
    reply: Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the demo knowledge base in one language."""

    name: str
    questions: Lines
    answer: str
    follow: tuple[tuple[str, str], ...]
    """(second question, short answer) pairs."""
    unseen: Lines


def lines(text: str) -> Lines:
    """Split a multi-line string of a card file into its entries."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def read(name: str) -> dict[str, Any]:
    """Parse one of the TOML files beside this module."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


@cache
def cards() -> tuple[Card, ...]:
    """All cards, in file order."""
    found = [*read("cards_service.toml")["card"], *read("cards_feelings.toml")["card"]]
    return tuple(
        Card(
            name=card["id"],
            state=card["state"],
            after=card.get("after", ""),
            sides={
                language: Side(
                    say=lines(card[language]["say"]),
                    unseen=lines(card[language]["unseen"]),
                    reply=lines(card[language]["reply"]),
                )
                for language in LANGUAGES
            },
        )
        for card in found
    )


@cache
def tones(language: Language) -> dict[str, Tone]:
    """Tones by name: the product's steering lines joined with this folder's other wordings."""
    policy = tomllib.loads(POLICY.read_text(encoding="utf-8"))
    product = {name: style["steer"] for name, style in policy["styles"].items()} | policy["occasions"]
    opens, replies = read("tones.toml"), read("occasions.toml")
    named: dict[str, Tone] = {}
    for name in dict.fromkeys([*opens, *replies, *product]):
        side = opens.get(name, {}).get(language, {})
        decided = replies.get(name, {}).get(language, {})
        named[name] = Tone(
            product=product.get(name, {}).get(language, ""),
            say=lines(side.get("say", decided.get("say", ""))),
            open=lines(side.get("open", "")),
            close=lines(side.get("close", "")),
            reply=lines(decided.get("reply", "")),
        )
    return named


@cache
def outside(language: Language) -> Outside:
    """The questions without an answer."""
    side = read("outside.toml")[language]
    return Outside(**{name: lines(side[name]) for name in Outside.__slots__})


@cache
def hall(language: Language) -> dict[str, Entry]:
    """The demo knowledge base by entry name, with the follow-up talk of hall_talk.toml."""
    entries = tomllib.loads(HALL.read_text(encoding="utf-8"))["entry"]
    talk = read("hall_talk.toml")[language]
    follow = [tuple(part.strip() for part in line.split("|")) for line in lines(talk["follow"])]
    unseen = [tuple(part.strip() for part in line.split("|")) for line in lines(talk["unseen"])]
    return {
        entry["id"]: Entry(
            name=entry["id"],
            questions=tuple(entry[language]["questions"]),
            answer=entry[language]["answer"],
            follow=tuple((words, reply) for name, words, reply in follow if name == entry["id"]),
            unseen=tuple(words for name, words in unseen if name == entry["id"]),
        )
        for entry in entries
    }
