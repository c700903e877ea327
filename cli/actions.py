"""The actions of a command that has several: `tingshuo voice make`, one module each, `cli.COMMAND_ACTION`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from types import ModuleType


def add_actions(
    parser: argparse.ArgumentParser, command: str, actions: Sequence[str], *, required: bool = True
) -> None:
    """Give a command its actions; each module's first line is its name and what it does."""
    found = parser.add_subparsers(dest="action", metavar="ACTION", required=required)
    for name in actions:
        module = _module(command, name)
        documentation = (module.__doc__ or "").strip()
        action = found.add_parser(
            name,
            help=documentation.splitlines()[0].partition(": ")[2],
            description=documentation.partition(": ")[2],
            epilog=module.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(action)


def run_action(command: str, arguments: argparse.Namespace) -> int:
    """Run the action that was chosen and return its exit status."""
    status: int = _module(command, arguments.action).run(arguments)
    return status


def _module(command: str, action: str) -> ModuleType:
    return importlib.import_module(f"cli.{command}_{action}")
