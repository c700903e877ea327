"""Mistakes of a policy file in words: where, which key, what is wrong, and what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from core.errors import ConfigError
from emotion_policy.policy_schema import keys_at
from emotion_policy.toml_lines import Place, line_of

HINT = "mend the lines named; docs/concepts/emotion.md explains every key"
UNKNOWN = "unknown key"
"""How the message of a key nobody knows begins: what is wrong inside it is not told as well."""
_LONGEST = 60
"""Characters shown of a wrong value."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'")
_WORDS = {
    "missing": "is missing",
    "bool_type": "must be true or false",
    "string_type": 'must be a text in quotes, such as "…"',
    "list_type": "must be a list, such as [ … ]",
    "dict_type": "must be a table",
    "model_type": "must be a table, such as {{ key = … }}",
    "model_attributes_type": "must be a table, such as {{ key = … }}",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "needs at least {min_length}",
    "too_long": "has too many entries: at most {max_length}",
    "string_too_long": "is too long: at most {max_length} characters",
}
_SHOWS_NO_VALUE = {"missing", "too_short", "too_long", "dict_type", "model_type", "model_attributes_type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    place: Place
    what: str


def of_schema(details: ErrorDetails) -> Mistake:
    """What pydantic found, in our words."""
    *place, last = details["loc"]
    if last != "[key]":
        return Mistake(place=(*place, last), what=_what((*place, last), details))
    known = _QUOTED.findall(str(details.get("ctx", {}).get("expected", "")))
    return Mistake(place=tuple(place), what=UNKNOWN + suggestion(str(place[-1]), known))


def suggestion(word: str, known: Sequence[str]) -> str:
    """What was probably meant by a word, or all there is to choose from; to be put behind a message."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known: {', '.join(known)}" if known else ""


def refused(name: str, mistakes: Iterable[Mistake], lines: Mapping[Place, int]) -> ConfigError:
    """One error of all mistakes, one a line as `file:line: key: what`, in the file's order."""
    all_of_them = list(mistakes)
    strange = {one.place for one in all_of_them if one.what.startswith(UNKNOWN)}
    found = sorted(
        {
            (line_of(one.place, lines), shown(one.place), one.what)
            for one in all_of_them
            if not any(one.place[:length] in strange for length in range(len(one.place)))
        }
    )
    told = [f"{name}:{line}: {key}: {what}" if key else f"{name}:{line}: {what}" for line, key, what in found]
    return ConfigError("\n".join(told), code="policy", hint=HINT)


def shown(place: Place) -> str:
    """A place as the file would write it: states.complaint.style."intensity>=0.8", rules[0].any[1]."""
    parts: list[str] = []
    for part in place:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        else:
            parts.append(f".{part}" if _PLAIN.fullmatch(part) else f'."{part}"')
    return "".join(parts).removeprefix(".")


def value(wrong: object) -> str:
    """A wrong value, shortened."""
    text = repr(wrong)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _what(place: Place, details: ErrorDetails) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return UNKNOWN + suggestion(str(place[-1]), keys_at(place[:-1]))
    context = details.get("ctx", {})
    if kind in {"enum", "literal_error"}:
        return _unknown(details, str(context.get("expected", "")))
    if kind == "value_error":
        return details["msg"].removeprefix("Value error, ")
    words = _WORDS.get(kind)
    told = words.format(**context) if words else details["msg"].lower()
    return told if kind in _SHOWS_NO_VALUE else f"{told}, not {value(details['input'])}"


def _unknown(details: ErrorDetails, expected: str) -> str:
    wrong = details["input"]
    known = _QUOTED.findall(expected)
    if not known:
        return f"must be {expected}, not {value(wrong)}"
    meant = suggestion(wrong, known) if isinstance(wrong, str) else f"; known: {', '.join(known)}"
    return f"{value(wrong)} is unknown{meant}"
