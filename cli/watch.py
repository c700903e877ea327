"""watch: attach to a conversation that runs already: its screen, its sentences, or one command to it.

Without PATH it is the one that `tingshuo talk` holds behind its screen; another one must have been started
with --listen PATH. Only its own user is let in. Any number may watch; leaving, being killed or being slow
changes nothing for the customer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cli.options import add_config_options, load_config, operator_language
from core.errors import InputError, OutputError

if TYPE_CHECKING:
    from core.commands import Command
    from core.events import Event
    from tui.feed import Feed

EPILOG = """\
examples:
  tingshuo watch                                          the conversation whose screen is gone
  tingshuo watch --send Quit                              end it
  tingshuo watch hall.socket --plain                      sentences; of one with --listen hall.socket
  tingshuo watch hall.socket --send '{"type": "Say", "text": "one moment"}'
"""
PATIENCE = 30.0
"""Seconds that a command may wait, for the end of a reply, say."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        nargs="?",
        type=Path,
        metavar="PATH",
        help="the socket (default: session.socket, or that of the conversation behind a screen)",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--plain", action="store_true", help="sentences instead of the screen")
    how.add_argument(
        "--send",
        metavar="COMMAND",
        help="send one command, its name or JSON, wait until it is taken or refused, and leave",
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.attachment import attach, place
    from tui.feed import Attached

    config = load_config(arguments)
    command = None if arguments.send is None else command_in(arguments.send)
    attachment = attach((arguments.path or place(config.session, os.environ)).expanduser())
    feed = Attached(attachment.lines(PATIENCE if command else None), attachment, attachment.close)
    try:
        if command is not None:
            return send(feed, command)
        from cli import screen

        if arguments.plain or not screen.wanted(sys.stdin, sys.stdout):
            from cli.printing import sentences

            show = sentences(sys.stdout, waterfalls=not arguments.plain, language=operator_language(config))
            for event in let_in(feed):
                show(event)
            return 0
        return screen.watch(feed, config)
    finally:
        attachment.close()


def command_in(text: str) -> Command:
    """The command that a JSON object stands for, or a name alone.

    Raises:
        InputError: it stands for none.
    """
    from core import wire
    from core.commands import Command

    message = wire.decode(text if text.lstrip().startswith("{") else json.dumps({"type": text}))
    if not isinstance(message, get_args(Command)):
        raise InputError(
            f"{type(message).__name__} is an event, not a command",
            code="wire",
            hint="docs/reference/events.md lists the commands",
        )
    return message  # pyright: ignore[reportReturnType] - isinstance against get_args is not narrowed


def send(feed: Feed, command: Command) -> int:
    """Ask for something, and wait until it is in force.

    Raises:
        InputError: it was refused.
        OutputError: nobody answered.
    """
    from core import events as e

    feed.send(command)
    name, fields = type(command).__name__, json.dumps(asdict(command), ensure_ascii=False)
    since: float | None = None
    for event in let_in(feed):
        match event:
            case e.CommandTaken(command=taken) if taken == name and event.fields == fields:
                return 0
            case e.CommandRefused(command=refused) if refused == name:
                raise InputError(f"{name}: {event.message}", code="refused", hint=event.hint)
            case e.Gauge(at=at):
                since = at if since is None else since
                if at - since > PATIENCE:
                    break
            case _:
                pass
    raise OutputError(
        "the session has not answered", code="no-answer", hint="it is stuck, or the reply is a long one"
    )


def let_in(feed: Feed) -> Iterator[Event]:
    """A session's events; the first is there at once.

    Raises:
        InputError: it ended the connection without a word.
    """
    nobody = True
    for event in feed.events():
        nobody = False
        yield event
    if nobody:
        raise InputError(
            "the session let nobody in", code="no-session", hint="only the user who runs it may watch it"
        )
