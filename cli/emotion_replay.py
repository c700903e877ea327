"""replay: decide again on every turn of a log; each decision must come out as it was logged, byte for byte.

The log is an events.jsonl as `demo` leaves it and `talk --events` and `run --events` print it. Exit status 0:
all decisions are the same; 1: one is not, and the first that differs is shown. Policies are found by the hash
in the log: the packaged ones, and those given with --policy. How a customer sounded is in no log; where it
counted, one strength of voice must explain the whole decision.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cli.options import terminal_language
from core.errors import InputError

if TYPE_CHECKING:
    from core.events import Event
    from emotion_policy.replay import Again
    from tui.words import Words

EPILOG = """\
examples:
  tingshuo emotion replay out/demo/events.jsonl
  tingshuo emotion replay events.jsonl --policy site.toml
  tingshuo emotion replay events.jsonl --policy old.toml --policy new.toml    edited while the agent ran
"""
DIFFERENT = 1
"""Exit status, as of diff and cmp."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path, metavar="LOG", help="events as JSON lines")
    parser.add_argument(
        "--policy",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a policy file that was in force; may be repeated",
    )
    parser.add_argument(
        "--language", choices=("zh", "en"), help="of states, styles and reasons (default: the terminal's)"
    )


def run(arguments: argparse.Namespace) -> int:
    import os

    from core import wire
    from emotion_policy.policy_file import load
    from emotion_policy.replay import Replay, finder
    from tui.words import words

    names = words(arguments.language or terminal_language(os.environ))
    replay = Replay(finder([load(path) for path in arguments.policy]))
    count = voices = 0
    for number, line, event in _events(arguments.log):
        again = replay.feed(event)
        if again is None:
            continue
        count, voices = count + 1, voices + again.logged.voice
        _show(again, names)
        if wire.encode(again.now) != line:
            print(f"{arguments.log}:{number}: turn {again.logged.turn} comes out otherwise:")
            for told in _differences(again):
                print(f"  {told}")
            return DIFFERENT
    if not count:
        raise InputError(
            f"{arguments.log} holds no decision",
            code="replay-empty",
            hint="give a log with DeliveryChosen events, such as out/demo/events.jsonl",
        )
    heard = f"; in {voices} how the customer sounded counted too" if voices else ""
    print(f"{count} decisions, all as they were logged{heard}")
    return 0


def _events(log: Path) -> Iterator[tuple[int, str, Event]]:
    """Number, line and event of each line that holds an event."""
    from core import wire
    from core.events import Event
    from emotion_policy.rows import lines

    for number, line in enumerate(lines(log), 1):
        if not line.strip():
            continue
        try:
            event = wire.decode(line)
        except InputError as error:
            raise InputError(f"{log}:{number}: {error.message}", code="wire", hint=error.hint) from error
        if isinstance(event, get_args(Event)):
            yield number, line.rstrip("\r"), event  # pyright: ignore[reportReturnType] - isinstance against get_args is not narrowed


def _show(again: Again, names: Words) -> None:
    from tui.decision import headline, reasons

    event = again.logged
    print(f"{event.turn:4}  {again.text}")
    print(f"      {headline(event, names)}  ({reasons(event, again.text, names)})")


def _differences(again: Again) -> Iterator[str]:
    """Each field that differs, as it was and as it is; where none does, the line was written otherwise."""
    same = True
    for field in fields(again.logged):
        was, now = getattr(again.logged, field.name), getattr(again.now, field.name)
        if was != now:
            same = False
            yield f"{field.name}: logged {_plain(was)}, now {_plain(now)}"
    if same:
        yield "the same values, written otherwise: the log was not made by this version, or was edited"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_plain(each) for each in value)})"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - of any
    return f"{value}" if not isinstance(value, str) or value else '""'
