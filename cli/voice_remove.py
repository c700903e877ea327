"""remove: delete a voice: its speaker has taken the consent back, or nobody needs it any more.

A running agent has read the voice already: stop it. Copies and backups of the file are yours to find, and so
are the clip and the consent file.
"""

from __future__ import annotations

import argparse

from cli.options import add_config_options
from cli.voice_options import indextts2_settings, voices_of
from core.errors import InputError

EPILOG = """\
examples:
  tingshuo voice remove anna
  tingshuo voice remove anna --yes       in a script
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the voice")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    voices = voices_of(indextts2_settings(arguments))
    path = voices.existing(arguments.name)
    if not arguments.yes and not _confirmed(f"Delete {path}? [y/N] "):
        raise InputError(
            f"the voice {arguments.name} was not deleted",
            code="not-confirmed",
            hint="Answer y, or give --yes.",
        )
    voices.remove(arguments.name)
    print(f"deleted {path}")
    return 0


def _confirmed(question: str) -> bool:
    try:
        return input(question).strip().lower() in {"y", "yes", "是"}
    except EOFError:
        print()
        return False
