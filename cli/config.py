"""config: print the settings in force, complete and commented, as a config.toml.

File < environment (TINGSHUO_SECTION__KEY) < --set SECTION.KEY=VALUE.
"""

from __future__ import annotations

import argparse

from cli.options import add_config_options, load_config

EPILOG = """\
examples:
  tingshuo config > config.toml                     start a file of your own
  tingshuo config --set audio.hangover=0.7          see what an override does
  TINGSHUO_LLM__SEED=7 tingshuo config              the same through the environment
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from pipeline.config_file import render

    print(render(load_config(arguments), title="Tingshuo settings in force"), end="")
    return 0
