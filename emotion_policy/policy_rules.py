"""A site's own cues: compiled, held against each other and the shipped ones, and tried on their examples.

A phrase is looked for as it is spoken, so it is normalised as a transcript would be; with `regex = true` it
is a pattern over normalised text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, cast

from pydantic import ValidationError

from core.emotion import State
from emotion_policy import patterns
from emotion_policy.lexicon import Cue, Lexicon, lexicon
from emotion_policy.listening import Heard, listen
from emotion_policy.normalise import normalise
from emotion_policy.policy_mistakes import Mistake, value
from emotion_policy.policy_schema import RuleTable

Tree = dict[str, Any]

_NEEDED = {"state", "any", "unless", "regex"}
"""Keys without which a rule cannot be tried."""
_LATIN = re.compile(r"[a-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    index: int
    table: RuleTable
    cue: Cue

    def mistake(self, what: str, *place: str | int) -> Mistake:
        return Mistake(place=("rules", self.index, *place), what=what)


def compiled(tables: Sequence[RuleTable]) -> tuple[Cue, ...]:
    """The cues of rules that were checked."""
    return tuple(_cue(table) for table in tables)


def checked(raw: object) -> Iterator[Mistake]:
    """Every mistake in rules as they were parsed, but what the schema reports; only sound rules are tried."""
    tables = [
        (index, cast("Tree", table))
        for index, table in enumerate(cast("list[object]", raw) if isinstance(raw, list) else ())
        if isinstance(table, dict)
    ]
    yield from _ids(tables)
    rules: list[_Rule] = []
    for index, table in tables:
        faults = list(_faults(index, table))
        yield from faults
        sound = None if faults else _sound(index, table)
        if sound is not None:
            rules.append(_Rule(index=index, table=sound, cue=_cue(sound)))
    yield from _twice(rules)
    yield from _tried(rules)


def _sound(index: int, table: Tree) -> RuleTable | None:
    """The rule, or what of it can be tried although a key or two are wrong; None if nothing can."""
    try:
        return RuleTable.model_validate(table)
    except ValidationError as error:
        wrong = {details["loc"][0] for details in error.errors(include_url=False)}
    kept = {"id": f"rules_{index}"} | {key: part for key, part in table.items() if key not in wrong}
    return None if wrong & _NEEDED else RuleTable.model_validate(kept)


def _ids(tables: Sequence[tuple[int, Tree]]) -> Iterator[Mistake]:
    if not tables:
        return
    shipped, earlier = {cue.name for cue in lexicon().cues}, set[object]()
    for index, table in tables:
        name = table.get("id")
        if not isinstance(name, str):
            continue
        if name in shipped:
            yield Mistake(place=("rules", index, "id"), what=f"{name!r} is the name of a shipped cue")
        if name in earlier:
            yield Mistake(place=("rules", index, "id"), what=f"{name!r} is the id of an earlier rule too")
        earlier.add(name)


def _faults(index: int, table: Tree) -> Iterator[Mistake]:
    """Phrases that cannot be looked for."""
    for key in ("any", "unless"):
        phrases = table.get(key)
        for number, phrase in enumerate(cast("list[object]", phrases) if isinstance(phrases, list) else ()):
            wrong = _fault(phrase, regex=table.get("regex") is True) if isinstance(phrase, str) else ""
            if wrong:
                yield Mistake(place=("rules", index, key, number), what=f"{value(phrase)} {wrong}")


def _fault(phrase: str, *, regex: bool) -> str:
    if regex:
        return patterns.fault(phrase)
    return "" if normalise(phrase) else "holds nothing that would be heard"


def _cue(table: RuleTable) -> Cue:
    return Cue(
        name=table.id,
        find=_union(table.any, regex=table.regex),
        state=table.state,
        weight=table.weight,
        unless=_union(table.unless, regex=table.regex) if table.unless else None,
    )


def _union(phrases: Sequence[str], *, regex: bool) -> re.Pattern[str]:
    found = phrases if regex else [_literal(normalise(phrase)) for phrase in phrases]
    return re.compile("|".join(f"(?:{one})" for one in found), re.ASCII)


def _literal(plain: str) -> str:
    """A phrase as a pattern: Latin words are found whole."""
    before = r"\b" if _LATIN.match(plain[0]) else ""
    after = r"\b" if _LATIN.match(plain[-1]) else ""
    return before + re.escape(plain) + after


def _twice(rules: Sequence[_Rule]) -> Iterator[Mistake]:
    """Phrases that stand in two places."""
    phrases: dict[tuple[bool, str], tuple[str, State]] = {}
    for rule in rules:
        table = rule.table
        for number, phrase in enumerate(table.any):
            key = (table.regex, phrase if table.regex else normalise(phrase))
            if key in phrases:
                yield rule.mistake(_also(phrase, table, *phrases[key]), "any", number)
            phrases.setdefault(key, (table.id, table.state))


def _also(phrase: str, table: RuleTable, other: str, state: State) -> str:
    if other == table.id:
        return f"{phrase!r} is in this rule twice"
    means = "" if state is table.state else f", where it means {state} and not {table.state}"
    return f"{phrase!r} is in rule {other} too{means}"


def _tried(rules: Sequence[_Rule]) -> Iterator[Mistake]:
    for rule in rules:
        fired = ""
        for number, example in enumerate(rule.table.examples):
            plain, heard = _hears(rule.cue, example)
            if _fires(rule.cue, heard):
                fired += f"{plain}\n"
            else:
                yield rule.mistake(
                    f"{example!r} does not fire: {_why(rule, plain, heard)}", "examples", number
                )
        for number, example in enumerate(rule.table.counterexamples):
            if _fires(rule.cue, _hears(rule.cue, example)[1]):
                yield rule.mistake(f"{example!r} fires and must not", "counterexamples", number)
        if not rule.table.regex:
            yield from _shadowed(rule, fired)


def _shadowed(rule: _Rule, fired: str) -> Iterator[Mistake]:
    """Phrases that something else always keeps from counting."""
    for number, phrase in enumerate(rule.table.any):
        plain, heard = _hears(rule.cue, phrase)
        if not _fires(rule.cue, heard) and plain not in fired:
            yield rule.mistake(
                f"{phrase!r} is shadowed and would never count: {_why(rule, plain, heard)}", "any", number
            )


def _hears(cue: Cue, text: str) -> tuple[str, Heard]:
    plain = normalise(text)
    return plain, listen(plain, _idioms(), (cue,))


@cache
def _idioms() -> Lexicon:
    """The shipped lexicon without the cues that have no say in whether another counts."""
    return replace(lexicon(), cues=tuple(cue for cue in lexicon().cues if cue.figurative))


def _fires(cue: Cue, heard: Heard) -> bool:
    return any(one.cue == cue.name for one in heard.evidence)


def _why(rule: _Rule, plain: str, heard: Heard) -> str:
    reasons = [text for text in heard.cancelled if text.startswith(f"{rule.cue.name}: ")]
    if reasons:
        reason = reasons[0].partition(": ")[2]
        return f"cancelled by {'`unless`' if reason == 'false friend' else reason!r}"
    if rule.cue.find.search(plain):
        return "a shipped idiom takes its words"
    return f"it is heard as {plain!r}, and no phrase of `any` is in it"
