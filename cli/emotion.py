"""emotion: look into the policy that decides how the agent sounds.

A site writes what it wants different in one TOML file ([emotion] policy in config.toml); all else is as it is
shipped. Running agents take an edit over between two turns; one with mistakes leaves the old policy in force.
"""

from __future__ import annotations

import argparse
import importlib
from types import ModuleType

ACTIONS = ("explain", "check", "replay", "diff", "score")
EPILOG = """\
examples:
  tingshuo emotion explain "我都等了两个小时了，根本没人管"    one sentence: how to sound, and why
  tingshuo emotion check site.toml                           mistakes of a policy file, or what it changes
  tingshuo emotion replay events.jsonl                       decide again on a log: it must come out the same
  tingshuo emotion diff retail site.toml --on rows.jsonl     which rows a policy decides otherwise
  tingshuo emotion score rows.jsonl                          how often state and style are right
Every action explains itself: tingshuo emotion ACTION --help
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
    return importlib.import_module(f"cli.emotion_{name}")
