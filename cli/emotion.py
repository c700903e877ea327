"""emotion: look into the policy that decides how the agent sounds.

A site writes what it wants different in one TOML file ([emotion] policy in config.toml); all else is as it is
shipped. Running agents take an edit over between two turns; one with mistakes leaves the old policy in force.
"""

from __future__ import annotations

import argparse

from cli.actions import add_actions, run_action

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
    add_actions(parser, "emotion", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    return run_action("emotion", arguments)
