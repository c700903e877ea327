"""Events and commands as single JSON lines: `{"type": "SpeechStarted", "at": 1.25, ...}`.

pydantic validates the same standard-library dataclasses that run inside, so the wire cannot drift
from the code. Numbers keep six decimals: a microsecond is finer than anything measured here.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from core.commands import Command
from core.errors import InputError
from core.events import Event

Message = Event | Command
_KINDS: dict[str, type] = {kind.__name__: kind for union in (Event, Command) for kind in get_args(union)}


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(message: Message) -> str:
    """One line, without its newline."""
    kind = type(message)
    fields = _adapter(kind).dump_python(message, mode="json")
    rounded = {name: round(value, 6) if isinstance(value, float) else value for name, value in fields.items()}
    return json.dumps({"type": kind.__name__, **rounded}, ensure_ascii=False)


def decode(line: str) -> Message:
    """The message a line holds.

    Raises:
        InputError: not JSON, an unknown type, a missing, extra or mistyped field.
    """
    try:
        fields = json.loads(line)
        kind = _KINDS[fields.pop("type")]
        return _adapter(kind).validate_python(fields, strict=False, extra="forbid")
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError) as error:
        raise InputError(
            f"not a message of the wire: {line[:120]!r}",
            code="wire",
            hint='one JSON object a line with a known "type": see docs/reference/events.md',
        ) from error
