"""What a policy must keep to beyond its schema: every state and style is there, and no veto is touched.

Reads the merged tables as they were parsed, so that one mistake does not hide another: what is malformed is
the schema's to report and is stepped over here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_args

from core.emotion import State, Style
from emotion_policy.policy import Occasion
from emotion_policy.policy_mistakes import Mistake
from emotion_policy.toml_lines import Place
from emotion_policy.vetoes import FIRM, FORBIDDEN

Tree = dict[str, Any]


def checked(tree: Tree) -> Iterator[Mistake]:
    """Every mistake that the schema cannot see."""
    yield from _complete(tree)
    states = _table(tree.get("states"))
    for state in State:
        for place, style in _styles(state, _table(states.get(state))):
            what = _vetoed(state, style)
            if what:
                yield Mistake(place=place, what=what)
    grief = _table(states.get(State.GRIEF)).get("decay")
    if isinstance(grief, int | float) and grief < 1:
        yield Mistake(
            place=("states", "grief", "decay"),
            what=f"must stay 1, not {grief}: a grief lasts until the visit ends",
        )


def _complete(tree: Tree) -> Iterator[Mistake]:
    for table, names in (("states", State), ("styles", Style), ("occasions", get_args(Occasion))):
        for name in names:
            if name not in _table(tree.get(table)):
                yield Mistake(place=(table, str(name)), what="is missing: every one must be given")


def _styles(state: State, rules: Tree) -> Iterator[tuple[Place, str]]:
    """Where a state's styles stand, with their names."""
    for key, style in _table(rules.get("style")).items():
        if isinstance(style, str):
            yield ("states", state.value, "style", key), style
    arc = rules.get("arc")
    for index, step in enumerate(cast("list[object]", arc) if isinstance(arc, list) else ()):
        style = step if isinstance(step, str) else _table(step).get("style")
        if isinstance(style, str):
            yield ("states", state.value, "arc", index), style


def _vetoed(state: State, style: str) -> str:
    if style in FORBIDDEN.get(state, ()):
        return f"{state} must never be answered {style}; no file can change that"
    if style == Style.CALM_FIRM and state not in FIRM:
        return f"calm_firm is for {' and '.join(sorted(FIRM))} alone"
    return ""


def _table(value: object) -> Tree:
    return cast("Tree", value) if isinstance(value, dict) else {}
