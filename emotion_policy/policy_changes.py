"""What a policy file changes of the packaged defaults, key by key. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from emotion_policy.policy_file import WHOLE, merge, packaged_tree, parsed
from emotion_policy.policy_mistakes import shown
from emotion_policy.toml_lines import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    key: str
    """As the file writes it."""
    before: object
    """None where the defaults have nothing."""
    after: object


def changes(text: str, name: str) -> tuple[Change, ...]:
    """What a file that was checked sets to something else than its scenario's defaults, in its own order.

    Raises:
        ConfigError: it is not TOML.
    """
    site = parsed(text, name)
    before = packaged_tree(str(site.get("scenario")))
    return tuple(
        Change(key=shown(place), before=_at(before, place), after=after)
        for place, after in _leaves(site, ())
        if place not in {("schema",), ("scenario",), ("rules",)}
        and _at(before, place) != _at(merge(before, site), place)
    )


def _leaves(table: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, object]]:
    for key, value in table.items():
        if isinstance(value, dict) and key not in WHOLE:
            yield from _leaves(cast("dict[str, Any]", value), (*place, key))
        else:
            yield (*place, key), value


def _at(tree: object, place: Place) -> object:
    for key in place:
        tree = cast("dict[str | int, object]", tree).get(key) if isinstance(tree, dict) else None
    return tree
