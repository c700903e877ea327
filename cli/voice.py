"""voice: make, list and delete IndexTTS2 voices, each with its speaker's consent.

A voice is made once from a recording of three to fifteen seconds and kept as a small file; to speak, only
that file is needed. It is made with its speaker's written consent, or not at all, and falls silent when that
ends.
"""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType

ACTIONS = ("make", "list", "show", "remove", "parity")
EPILOG = """\
examples:
  tingshuo voice make clip.wav anna --consent anna.toml     make the voice anna
  tingshuo voice list                                       which there are, whose, and until when
  tingshuo voice show anna                                  everything its file says about itself
  tingshuo voice remove anna                                delete it
  tingshuo voice parity golden                              does this engine compute what the original does?
Every action explains itself: tingshuo voice ACTION --help
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name in ACTIONS:
        module = _module(name)
        documentation = (module.__doc__ or "").strip()
        action = actions.add_parser(
            name,
            help=documentation.splitlines()[0].partition(": ")[2],
            description=documentation.partition(": ")[2],
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(action)


def run(arguments: argparse.Namespace) -> int:
    status: int = _module(arguments.action).run(arguments)
    return status


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"cli.voice_{name}")
