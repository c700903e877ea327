"""voice: make, list and delete IndexTTS2 voices, each with its speaker's consent.

A voice is made once from a recording of three to fifteen seconds and kept as a small file; to speak, only
that file is needed. It is made with its speaker's written consent, or not at all, and falls silent when that
ends.
"""

from __future__ import annotations

import argparse

from cli.actions import add_actions, run_action

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
    add_actions(parser, "voice", ACTIONS)


def run(arguments: argparse.Namespace) -> int:
    return run_action("voice", arguments)
