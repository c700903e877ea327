"""The cues of `cues.toml`, compiled: what to look for, what it weighs, what forbids it to count.

Reads the file once. A cue that cannot be compiled is an error of the file, raised when it is read.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.emotion import State
from emotion_policy.decision import Flag

_FILE = Path(__file__).with_name("cues.toml")
_HANZI = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile(r"(?<![\\<\w])[a-z]{2,}(?![\w>])")


Script = Literal["zh", "en", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One thing to listen for."""

    name: str
    find: re.Pattern[str]
    script: Script = "both"
    """What a text must hold for the cue to be looked for at all."""
    state: State | None = None
    weight: float = 1.0
    unless: re.Pattern[str] | None = None
    """If this is anywhere in the text, the cue does not count: the false friend it would be."""
    negatable: bool = True
    """A negation just before it, in the same clause, cancels it."""
    figurative: bool = False
    """An idiom: its words mean nothing else, so they are hidden from other cues."""
    counts: int = 1
    """Places that may count in one text."""
    flag: Flag | None = None
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A frame in which words about a state are a topic and not the customer's own."""

    name: str
    find: re.Pattern[str]
    cancels: frozenset[State]
    unless: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    cues: tuple[Cue, ...]
    """Figurative ones first."""
    guards: tuple[Guard, ...]
    thresholds: dict[State, float]
    negation: re.Pattern[str]
    """Matches a text that ends in a negation whose scope is still open."""
    turn: re.Pattern[str]
    """"But": what follows outweighs what went before."""
    stress: re.Pattern[str]
    """Words that raise intensity and nothing else."""

    _by_script: dict[frozenset[Script], tuple[Cue, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict[frozenset[Script], tuple[Cue, ...]]
    )

    def of(self, scripts: frozenset[Script]) -> tuple[Cue, ...]:
        """The cues that a text of these scripts may hold."""
        if scripts not in self._by_script:
            self._by_script[scripts] = tuple(cue for cue in self.cues if cue.script in scripts)
        return self._by_script[scripts]


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon.

    Raises:
        ValueError: the file names an unknown state or flag.
        re.error: a pattern is malformed.
    """
    with _FILE.open("rb") as file:
        sheet = tomllib.load(file)
    words: dict[str, str] = sheet["words"]
    cues = sorted(
        (cue for row in sheet["cue"] for cue in _by_script(row, words)), key=lambda cue: not cue.figurative
    )
    scope: dict[str, list[str]] = sheet["scope"]
    return Lexicon(
        cues=tuple(cues),
        guards=tuple(_guard(row, words) for row in sheet["guard"]),
        thresholds={State(name): value for name, value in sheet["thresholds"].items()},
        negation=_union(scope["negation"], words, end="$"),
        turn=_union(scope["turn"], words),
        stress=_union(scope["stress"], words),
    )


def _by_script(row: dict[str, Any], words: dict[str, str]) -> list[Cue]:
    """A row's patterns by their script, so that a text is searched for its own script alone."""
    patterns: list[str] = row["find"]
    hanzi = [one for one in patterns if _HANZI.search(one) or "<kin>" in one]
    latin = [one for one in patterns if one not in hanzi]
    mixed = [one for one in hanzi if _LATIN.search(one.replace("<", "\\<"))]
    hanzi = [one for one in hanzi if one not in mixed]
    parts: list[tuple[Script, list[str]]] = [("zh", hanzi), ("en", latin), ("both", mixed)]
    return [_cue(row, script, part, words) for script, part in parts if part]


def _cue(row: dict[str, Any], script: Script, patterns: list[str], words: dict[str, str]) -> Cue:
    return Cue(
        name=row["name"],
        find=_union(patterns, words),
        script=script,
        state=State(row["state"]) if "state" in row else None,
        weight=row.get("weight", 1.0),
        unless=_union(row["unless"], words) if "unless" in row else None,
        negatable=row.get("negatable", True),
        figurative=row.get("figurative", False),
        counts=row.get("counts", 1),
        flag=Flag(row["flag"]) if "flag" in row else None,
        marks=frozenset(row.get("marks", ())),
    )


def _guard(row: dict[str, Any], words: dict[str, str]) -> Guard:
    return Guard(
        name=row["name"],
        find=_union(row["find"], words),
        cancels=frozenset(State(name) for name in row["cancels"]),
        unless=_union(row["unless"], words) if "unless" in row else None,
    )


def _union(patterns: list[str], words: dict[str, str], *, end: str = "") -> re.Pattern[str]:
    r"""One pattern out of several, with `<name>` replaced by the alternatives that `words` gives it.

    `$` is the end of the words, whatever marks follow; `\b` bounds Latin words also where Hanzi touch them.
    """
    union = "|".join(f"(?:{pattern})" for pattern in patterns)
    for name, alternatives in words.items():
        union = union.replace(f"<{name}>", f"(?:{alternatives})")
    union = union.replace("$", r"(?=[!?.,~ ]*$)")
    return re.compile(f"(?:{union}){end}", re.ASCII)
