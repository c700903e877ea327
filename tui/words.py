"""The policy's names in the operator's language. `words.toml` is the table; it is read once.

What the table does not know (a rule of the site's own) is shown by its own name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.text import Language

_FILE = Path(__file__).with_name("words.toml")
_SOUND = "sounds like "
"""How the policy begins the name of a cue that was found by its sound."""

SCREEN = ("phases", "screen", "outcomes", "sources", "stages", "themes", "short", "actions", "help")
"""Tables of the operator's screen: complete in every language."""

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. Each method takes the policy's own name."""

    says: Names
    """The words around the names."""
    states: Names
    styles: Names
    flags: Names
    cues: Names
    reasons: Names
    phases: Names
    screen: Names
    outcomes: Names
    sources: Names
    stages: Names
    themes: Names
    short: Names
    """Actions, for the row of keys."""
    actions: Names
    help: Names
    """What each panel shows."""

    def state(self, name: str) -> str:
        return self.states.get(name, name)

    def style(self, name: str) -> str:
        return self.styles.get(name, name)

    def flag(self, name: str) -> str:
        return self.flags.get(name, name)

    def cue(self, name: str) -> str:
        """Name of an evidence."""
        if name in {"linear", "voice"}:
            return self.says["wording" if name == "linear" else name]
        if name.startswith(_SOUND):
            return self.says["sounds_like"].format(term=name.removeprefix(_SOUND))
        return self.cues.get(name, name)

    def reason(self, name: str) -> str:
        """Why something was refused or kept."""
        if name in self.reasons:
            return self.reasons[name]
        for pattern, instead in self.reasons.items():
            found = _pattern(pattern).fullmatch(name) if "*" in pattern else None
            if found is not None:
                for each in found.groups():
                    instead = instead.replace("*", self.state(self.style(each)), 1)
                return instead
        return name

    def veto(self, veto: str) -> str:
        """What was refused, with the reason: a cue, or a style that the visit did not allow."""
        what, _, why = veto.partition(": ")
        if not why or what == "policy failed":
            return self.reason(veto)
        return f"{self.style(self.cue(what))}: {self.reason(why)}"


@cache
def words(language: Language) -> Words:
    """The table of a language."""
    with _FILE.open("rb") as file:
        sheet: dict[str, dict[str, str]] = tomllib.load(file)[language]
    return Words(
        says=sheet["says"],
        states=sheet.get("states", {}),
        styles=sheet.get("styles", {}),
        flags=sheet.get("flags", {}),
        cues=sheet.get("cues", {}),
        reasons=sheet.get("reasons", {}),
        **{name: sheet[name] for name in SCREEN},
    )


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", "(.+)"))
