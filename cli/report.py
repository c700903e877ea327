"""report: write a recorded session as one web page, for a complaint's file.

The page holds everything: what was said and what was heard, players with the sound of each turn, where the
time went, how the tone was decided. It loads nothing and needs no network. FILE is a session file of
`tingshuo run --record` or `tingshuo talk --record`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli.options import add_config_options, load_config, operator_language

EPILOG = """\
examples:
  tingshuo report customer.session.tar                      customer.html beside it
  tingshuo report customer.session.tar --out complaint.html
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a session file")
    parser.add_argument("--out", type=Path, metavar="PAGE", help="where to (default: beside FILE, as .html)")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from cli.reporting import write_session_report
    from pipeline.recording_folder import ENDING
    from pipeline.replay import read_session

    file: Path = arguments.file
    session = read_session(file)
    page = arguments.out or file.with_name(f"{file.name.removesuffix(ENDING)}.html")
    write_session_report(session, to=page, language=operator_language(config))
    if not session.complete:
        print(f"{file} is cut short after {session.seconds:.1f} s", file=sys.stderr)
    print(f"Look:   {page}")
    return 0
