"""Where the time of the last turn went: one bar a stage, each beginning where the one before it ended."""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content

from tui.draw.ink import DIM, fitted, ink, lines, milliseconds, wrapped
from tui.view import TurnView, ViewState
from tui.words import Words

NAME = 12
TIME = 9
SMALL = 0.02
"""Share of the whole below which a stage is counted under "rest"."""


def turn_of(state: ViewState) -> TurnView | None:
    return state.turn


def title(turn: TurnView | None, words: Words) -> str:
    """Which turn, how it ended, where its words came from."""
    if turn is None:
        return words.screen["turn"]
    told = [words.screen["turn_number"].format(turn=turn.turn)]
    told += [words.outcomes[turn.outcome]] if turn.outcome else []
    told += [words.sources[turn.source]] if turn.source else []
    return " · ".join(told).capitalize()


def draw_turn(turn: TurnView | None, words: Words, width: int) -> Content:
    """The waterfall, its sum, and what went wrong."""
    if turn is None:
        return ink((words.screen["no_turn"], DIM))
    return lines([*_waterfall(turn, words, width), *_told(turn, words, width)])


def _waterfall(turn: TurnView, words: Words, width: int) -> Iterator[Content]:
    total = sum(seconds for _, seconds in turn.waterfall)
    room = max(4, width - NAME - TIME - 1)
    longest = max((seconds for _, seconds in turn.waterfall), default=0.0)
    begun, rest = 0.0, 0.0
    for name, seconds in turn.waterfall:
        if seconds < SMALL * total:
            rest += seconds
        else:
            style = "$warning" if seconds == longest else "$primary"
            yield ink(
                fitted(words.stages[name], NAME),
                _placed(begun / total, seconds / total, room, style),
                f" {milliseconds(seconds):>{TIME}}",
            )
        begun += seconds
    if rest > 0:
        yield ink((f"{fitted(words.screen['rest'], NAME)}{' ' * room} {milliseconds(rest):>{TIME}}", DIM))
    if turn.ttfa is not None:
        name = fitted(words.stages["ttfa"], NAME)
        yield ink((f"{name}{' ' * room} {milliseconds(turn.ttfa):>{TIME}}", "bold"))


def _placed(begin: float, share: float, room: int, style: str) -> Content:
    left = min(room - 1, round(begin * room))
    length = min(room - left, max(1, round((begin + share) * room) - left))
    return ink(" " * left, ("▇" * length, style), " " * (room - left - length))


def _told(turn: TurnView, words: Words, width: int) -> Iterator[Content]:
    if turn.pauses:
        yield ink((f"‖ {words.screen['paused_times'].format(count=turn.pauses)}", "$warning"))
    if turn.failure is not None:
        failure = f"✖ [{turn.failure.code}] {turn.failure.message}"
        for text in (failure, turn.failure.hint):
            yield from wrapped(ink((text, "$error")), max(8, width)) if text else ()
