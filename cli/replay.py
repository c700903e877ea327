"""replay: run a recorded session again and tell whether the same comes out.

FILE is a session file of `tingshuo run --record` or `tingshuo talk --record`. The real session runs on
virtual time with the recorded sound, commands and engine outputs; nothing is loaded and nothing sounds. Its
events are compared with the recorded ones, or with those of another log. Exit status 0: the same, byte for
byte; 1: others.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import add_config_options, load_config, operator_language
from core.errors import InputError, OutputError

if TYPE_CHECKING:
    from core.text import Language
    from pipeline.journal import Session
    from pipeline.replay import Replayed

EPILOG = """\
examples:
  tingshuo replay customer.session.tar                      is it still the same?
  tingshuo replay customer.session.tar --speed 1            watch it again, in its own time
  tingshuo replay customer.session.tar --out events.jsonl   keep what comes out
  tingshuo replay customer.session.tar --diff other.jsonl   compare with another build's
"""
DIFFERENT = 1
"""Exit status, as of diff and cmp."""
MOST_LINES = 40
"""Of a difference that are shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a session file")
    parser.add_argument(
        "--speed", type=_speed, metavar="X", help="show it on the screen, X times as fast as it was"
    )
    parser.add_argument("--plain", action="store_true", help="with --speed: sentences instead of the screen")
    parser.add_argument(
        "--events",
        action="store_true",
        help="show it as JSON lines instead of sentences; --speed 1 by default",
    )
    parser.add_argument("--out", type=Path, metavar="LOG", help="write the events as JSON lines")
    parser.add_argument(
        "--diff",
        type=Path,
        metavar="OTHER",
        help="compare with this log or session file, not with FILE's own",
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from pipeline.replay import read_session, replay

    session = read_session(arguments.file)
    other, name = _other(arguments.diff) if arguments.diff else (session.events, str(arguments.file))
    replayed = replay(session)
    if not session.complete:
        print(f"{arguments.file} is cut short after {session.seconds:.1f} s", file=sys.stderr)
    if arguments.out is not None:
        _write(arguments.out, replayed.events)
    if arguments.speed and not (arguments.events or arguments.plain):
        from cli import screen

        if screen.wanted(sys.stdin, sys.stdout):
            from cli.played import Played

            return screen.watch(Played(replayed.events, arguments.speed), config)
    if arguments.speed or arguments.events:
        _show(replayed.events, arguments.speed or 1.0, operator_language(config), lines=arguments.events)
        return 0
    _summary(session, replayed)
    return _compare(other, replayed.events, name)


def _other(path: Path) -> tuple[Sequence[str], str]:
    """The events of a log or of a session file."""
    from pipeline.replay import read_session

    try:
        return read_session(path).events, str(path)
    except InputError as error:
        if error.code != "input.session-kind":
            raise
    return _log(path), str(path)


def _log(path: Path) -> Sequence[str]:
    from core import wire

    lines = [line for line in path.read_text(encoding="utf-8", errors="replace").split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            wire.decode(line)
        except InputError as error:
            raise InputError(f"{path}:{number}: {error.message}", code="wire", hint=error.hint) from error
    return lines


def _summary(session: Session, replayed: Replayed) -> None:
    turns = sum('"type": "TurnEnded"' in line for line in replayed.events)
    print(f"{session.seconds:.1f} s of {session.header['at']}: {turns} turns, {len(replayed.events)} events")
    if replayed.made_up:
        print(
            f"{replayed.made_up} engine outputs are not in the recording: this build asks for something else"
        )
    if replayed.unused:
        print(f"{replayed.unused} recorded engine outputs were not asked for")


def _compare(old: Sequence[str], new: Sequence[str], name: str) -> int:
    from pipeline.replay_diff import difference, lines

    found = difference(old, new)
    if found is None:
        print(f"the same as {name}, byte for byte")
        return 0
    print(f"not the same as {name}: event {found.number} of {len(old)} is the first that differs")
    print(f"  was {found.old or 'nothing: the log ends here'}")
    print(f"  now {found.new or 'nothing: the replay ends here'}")
    if found.fields:
        print(f"  in {', '.join(found.fields)}")
    if found.only_times:
        print(f"only times differ, by {found.latest * 1000:.3f} ms at most")
    for kind, was, now in found.counts:
        print(f"  {kind}: {was} before, {now} now")
    shown = list(lines(old, new, (name, "replay")))
    for line in shown[:MOST_LINES]:
        print(line)
    if len(shown) > MOST_LINES:
        print(f"… and {len(shown) - MOST_LINES} lines more: --out LOG and diff show them")
    return DIFFERENT


def _show(events: Sequence[str], speed: float, language: Language, *, lines: bool) -> None:
    """Tell each event when it was, `speed` times as fast."""
    import asyncio

    from cli.printing import event_lines, sentences
    from core import wire
    from core.clock import LoopClock
    from core.events import Event

    tell = event_lines if lines else sentences(sys.stdout, waterfalls=True, language=language)

    async def play() -> None:
        clock = LoopClock()
        for line in events:
            event: Event = wire.decode(line)  # pyright: ignore[reportAssignmentType] - a log holds events alone
            await clock.sleep(max(0.0, event.at / speed - clock.now()))
            tell(event)

    asyncio.run(play())


def _write(path: Path, events: Sequence[str]) -> None:
    try:
        path.write_text("".join(f"{line}\n" for line in events), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}", hint="choose another place") from error


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; 1 is as it was, 10 ten times as fast")
    return speed
