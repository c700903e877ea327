"""The `tingshuo` command: finds the subcommand, runs it, turns failures into one clear message.

Exit status: 0 done, 2 wrong usage, 130 stopped with Ctrl-C, otherwise the class of the error
(core/errors.py; docs/reference/errors.md).
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from types import ModuleType

from cli.stdout import Stdout, watched_stdout
from core.errors import VoiceError

COMMANDS = (
    "talk", "watch", "run", "replay", "report", "say", "hear", "demo",
    "devices", "knowledge", "emotion", "voice", "models", "config",
)  # fmt: skip
INTERRUPTED = 130
"""128 + SIGINT: what shells expect of a program ended by Ctrl-C."""

EPILOG = """\
start here:
  tingshuo demo                          a recorded conversation, to look at and listen to
  tingshuo talk --text                   type to the agent; it answers with voice if there is a loudspeaker
  tingshuo talk                          speak with it
  tingshuo say "您好，请问办什么业务？"     hear the voice
Every command explains itself: tingshuo COMMAND --help
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="tingshuo",
        description="Tingshuo 听说: hears, thinks and speaks on this machine, with no network.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "--debug", action="store_true", help="show the traceback of an error, and what libraries log"
    )
    subcommands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = _module(name)
        documentation = (module.__doc__ or "").strip()
        sub = subcommands.add_parser(
            name,
            help=documentation.splitlines()[0].partition(": ")[2],
            description=documentation.partition(": ")[2],
            epilog=getattr(module, "EPILOG", None),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(sub)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    with watched_stdout() as out:
        try:
            return _run(arguments, out)
        except KeyboardInterrupt:
            if out.reader_gone:
                return 0
            print("\nstopped", file=sys.stderr)
            return INTERRUPTED


def _run(arguments: Sequence[str] | None, out: Stdout) -> int:
    chosen = parser().parse_args(arguments)
    if chosen.debug:
        logging.basicConfig(level=logging.DEBUG, format="%(name)s: %(message)s")
    try:
        status: int = _module(chosen.command).run(chosen)
        out.check()
    except VoiceError as error:
        if chosen.debug:
            raise
        print(f"error [{error.code}]: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    return status


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"cli.{name}")


if __name__ == "__main__":
    sys.exit(main())
