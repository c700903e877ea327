"""talk: speak with the agent through microphone and loudspeaker, or type to it.

On a terminal it opens the operator's screen: whose turn it is, what was said, how fast, what fills up; its ?
tells the keys. With --plain, or where the output goes to a file, it prints sentences.

q or Ctrl-C on the screen ends the conversation. Closing the terminal, losing it or killing the screen does
not: the microphone stays open. `tingshuo watch` shows it again, `tingshuo watch --send Quit` ends it.

Without weights of your own it understands the knowledge base's questions (pocketsphinx, closed grammar) and
answers with the demo model; `tingshuo models` tells how to bring real ones. Speak over the agent to
interrupt it: this needs a headset; with open loudspeakers use --no-barge-in.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from cli.options import add_config_options, load_config, operator_language
from core import commands as c

EPILOG = """\
examples:
  tingshuo talk
  tingshuo talk --text                    type; answers are spoken too if there is a loudspeaker
  tingshuo talk --plain                   sentences instead of the screen
  tingshuo talk --text --silent           type and read
  tingshuo talk --no-barge-in             open loudspeakers
  tingshuo talk --record                  for `tingshuo replay` and `tingshuo report`; tell the customer
  tingshuo talk --events < commands       headless: JSON lines out, commands as JSON lines in
  tingshuo talk --listen hall.socket      and let operators in: tingshuo watch hall.socket
without the screen: /say TEXT speaks TEXT as it is, /reset greets the next customer, /stop silences,
/quit ends
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plain", action="store_true", help="sentences only, no screen, no colour and no timings"
    )
    parser.add_argument("--text", action="store_true", help="type instead of speaking; no microphone needed")
    parser.add_argument("--silent", action="store_true", help="do not use a loudspeaker")
    parser.add_argument("--no-barge-in", action="store_true", help="do not listen while the agent speaks")
    parser.add_argument(
        "--record", action="store_true", help="keep everything in a session file (recording.folder)"
    )
    parser.add_argument(
        "--events", action="store_true", help="events as JSON lines on stdout, commands on stdin"
    )
    parser.add_argument(
        "--listen",
        type=Path,
        metavar="PATH",
        help="let operators in at this socket: tingshuo watch PATH (default behind a screen: "
        "tingshuo/talk.socket in $XDG_STATE_HOME or ~/.local/state)",
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments, *_assignments(arguments))
    if arguments.events:
        from pipeline.headless import serve

        serve(config, microphone=not arguments.text, loudspeaker=not arguments.silent)
        return 0
    from cli import screen

    if not arguments.plain and screen.wanted(sys.stdin, sys.stdout):
        return screen.show(passed_on(arguments), config)
    from cli.printing import loading, sentences
    from pipeline.assembly import build_engines
    from pipeline.live import converse

    engines = build_engines(config, progress=loading)
    try:
        converse(
            config,
            engines,
            sentences(sys.stdout, waterfalls=not arguments.plain, language=operator_language(config)),
            microphone=not arguments.text,
            loudspeaker=not arguments.silent,
            lines=sys.stdin if arguments.text else None,
            read=typed,
        )
    finally:
        engines.close()
    return 0


def _assignments(arguments: argparse.Namespace) -> list[str]:
    """The settings that options of this command stand for."""
    barge_in = ["session.barge_in=false"] if arguments.no_barge_in else []
    socket = [] if arguments.listen is None else [f"session.socket={json.dumps(str(arguments.listen))}"]
    return barge_in + socket + (["recording.on=true"] if arguments.record else [])


def passed_on(arguments: argparse.Namespace) -> list[str]:
    """The options that a conversation behind the screen is started with; where it listens comes by itself."""
    words = [
        f"--{name}"
        for name in ("text", "silent", "no-barge-in", "record")
        if getattr(arguments, name.replace("-", "_"))
    ]
    words += ["--config", str(arguments.config)] if arguments.config is not None else []
    return words + [word for each in arguments.assignments for word in ("--set", each)]


def typed(line: str) -> c.Command | None:
    """What a typed line asks for."""
    word, _, rest = line.partition(" ")
    match word:
        case "":
            return None
        case "/say":
            return c.Say(text=rest)
        case "/reset":
            return c.Reset()
        case "/stop":
            return c.Interrupt()
        case "/quit":
            return c.Quit()
        case _:
            return c.Ask(text=line)
