"""What two event logs have in common, and where they part. Pure.

In: events as JSON lines. Equal lines are equal events; nothing is compared that is not written there.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Between two logs that are not equal."""

    number: int
    """Of the first event that differs, from 1."""
    old: str | None
    """It, as the one log has it; None: that log has ended."""
    new: str | None
    fields: tuple[str, ...]
    """Names of the fields that differ, if it is the same kind of event."""
    only_times: bool
    """Every event is the same but for when it was."""
    latest: float
    """Seconds between the same events, at most, if only times differ."""
    counts: tuple[tuple[str, int, int], ...]
    """Kinds that one log has more of than the other: name, and how many of it each has."""


def difference(old: Sequence[str], new: Sequence[str]) -> Difference | None:
    """The difference of two logs; None if they are the same, byte for byte."""
    if list(old) == list(new):
        return None
    place = next((i for i, (was, now) in enumerate(zip(old, new, strict=False)) if was != now), None)
    number = min(len(old), len(new)) if place is None else place
    was, now = (log[number] if number < len(log) else None for log in (old, new))
    times = _times_apart(old, new)
    return Difference(
        number=number + 1,
        old=was,
        new=now,
        fields=_fields(was, now),
        only_times=times is not None,
        latest=times or 0.0,
        counts=tuple(_counts(old, new)),
    )


def lines(old: Sequence[str], new: Sequence[str], names: tuple[str, str]) -> Iterator[str]:
    """A unified diff of both logs, times left out where an event has no other difference."""
    yield from difflib.unified_diff(
        [_readable(line) for line in old], [_readable(line) for line in new], *names, n=1, lineterm=""
    )


def _readable(line: str) -> str:
    """An event as `Kind field=value …`, without its time."""
    fields = _event(line)
    shown = " ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if name not in ("type", "at")
    )
    return f"{fields.get('type', '?')} {shown}"


def _fields(old: str | None, new: str | None) -> tuple[str, ...]:
    if old is None or new is None:
        return ()
    was, now = _event(old), _event(new)
    if was.get("type") != now.get("type"):
        return ()
    return tuple(name for name in was if was[name] != now.get(name))


def _times_apart(old: Sequence[str], new: Sequence[str]) -> float | None:
    if len(old) != len(new):
        return None
    apart = 0.0
    for was, now in zip(map(_event, old), map(_event, new), strict=True):
        apart = max(apart, abs(was.pop("at", 0.0) - now.pop("at", 0.0)))
        if was != now:
            return None
    return apart


def _counts(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    had, has = (Counter(_event(line).get("type", "?") for line in log) for log in (old, new))
    for kind in sorted(had | has):
        if had[kind] != has[kind]:
            yield kind, had[kind], has[kind]


def _event(line: str) -> dict[str, Any]:
    return json.loads(line)
