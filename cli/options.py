"""Options that several commands share, and the configuration they lead to."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from core.text import Language
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


def scenario(text: str) -> str:
    """An argument that names a kind of site."""
    known = get_args(Scenario)
    if text not in known:
        close = difflib.get_close_matches(text.lower(), known, n=1, cutoff=0.5)
        meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        raise argparse.ArgumentTypeError(f"{text!r} is unknown; {meant}")
    return text


def load_config(arguments: argparse.Namespace, *more: str) -> Config:
    """The settings in force.

    Args:
        arguments: parsed, with the options of `add_config_options`.
        more: assignments that stand for a command's own options; they win over everything.
    """
    from pipeline.config import load

    return load(arguments.config, os.environ, [*arguments.assignments, *more])


def operator_language(config: Config) -> Language:
    """The language that the operator reads: as it is set, else the terminal's, else English."""
    wanted = config.session.operator_language
    return terminal_language(os.environ) if wanted == "auto" else wanted


def terminal_language(environment: Mapping[str, str]) -> Language:
    """Chinese where the locale of messages says so; else English."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, names), "").startswith("zh") else "en"
