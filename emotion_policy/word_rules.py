"""The words that no reply may hold, as patterns: `words.toml`, read once, and the words of a policy. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from core.emotion import State
from core.text import Language
from emotion_policy.persistence import NEGATIVE

_FILE = Path(__file__).with_name("words.toml")
_LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    claims: dict[Language, re.Pattern[str]]
    """Of feeling, and about the customer's feelings."""
    sounds: re.Pattern[str]
    courtesy: re.Pattern[str]
    """A whole clause."""
    apology: re.Pattern[str]
    banned: dict[State, re.Pattern[str]]

    def claim(self, text: str) -> re.Match[str] | None:
        """The first claim in a text, of either language."""
        found = self.claims["en"].search(text)
        if text.isascii():
            return found
        chinese = self.claims["zh"].search(text)
        both = [match for match in (found, chinese) if match is not None]
        return min(both, key=lambda match: match.start(), default=None)


@lru_cache(maxsize=256)
def refused(state: State, banned: tuple[str, ...], apologised: bool) -> re.Pattern[str] | None:
    """What breaks the tone of a sentence to a customer in a state; None if nothing does.

    Args:
        state: the customer's.
        banned: a policy's words for the style.
        apologised: another apology breaks it too.
    """
    shipped = rules()
    parts = [_literal(word) for word in banned]
    if state in shipped.banned:
        parts.append(shipped.banned[state].pattern)
    if apologised:
        parts.append(shipped.apology.pattern)
    return _union(parts) if parts else None


def _literal(word: str) -> str:
    """A word of a policy; one that ends in an exclamation mark is one that stands alone."""
    plain = word.strip()
    bare = plain.rstrip("!！")
    inside = r"\s+".join(re.escape(part) for part in bare.split()).replace("'", "['’]")
    if bare != plain:
        inside += r"(?=\s*[!！,，.。…])"
    before = r"\b" if re.match(r"[A-Za-z0-9]", bare) else ""
    after = r"(?!\w)" if re.search(r"[A-Za-z0-9]$", bare) else ""
    return before + inside + after


@cache
def rules() -> Rules:
    """The shipped ones."""
    with _FILE.open("rb") as file:
        sheet = cast("dict[str, dict[str, list[str]]]", tomllib.load(file))
    names = sheet["emotions"]
    claims: dict[Language, list[str]] = {
        language: [
            each.replace("{felt}", _group(names[f"felt_{language}"])).replace(
                "{held}", _group(names["held_en"])
            )
            for each in sheet["claims"][language]
        ]
        for language in _LANGUAGES
    }
    everywhere = _words(sheet["sensitive"])
    narrower = {State.GRIEF: _words(sheet["grief"]), State.URGENT: _words(sheet["urgent"])}
    return Rules(
        claims={language: _union(each) for language, each in claims.items()},
        sounds=_union(_words(sheet["sounds"])),
        courtesy=_union(each for language in _LANGUAGES for each in sheet["courtesies"][language]),
        apology=_union(_words(sheet["apologies"])),
        banned={state: _union([*everywhere, *narrower.get(state, ())]) for state in NEGATIVE},
    )


def _group(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _words(table: dict[str, list[str]]) -> list[str]:
    """Patterns of both languages; Latin words are found whole."""
    return [*table["zh"], *(rf"\b(?:{each})(?!\w)" for each in table["en"])]


def _union(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(_group(f"(?:{each})" for each in patterns), re.IGNORECASE)
