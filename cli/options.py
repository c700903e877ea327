"""Options that several commands share, and the configuration they lead to."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.config import Config


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """`--config FILE` and `--set KEY=VALUE`."""
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="settings file (default: config.toml in this folder, if there is one)",
    )
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="assignments",
        help="override one setting, for example --set audio.hangover=0.7; may be repeated",
    )


def load_config(arguments: argparse.Namespace, *more: str) -> Config:
    """The settings in force.

    Args:
        arguments: parsed, with the options of `add_config_options`.
        more: assignments that stand for a command's own options; they win over everything.
    """
    from pipeline.config import load

    return load(arguments.config, os.environ, [*arguments.assignments, *more])
