"""licences: what an operator must know before using weights that others published.

Facts, not legal advice. Read each licence itself before you serve customers.
"""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tts.indextts2.licences import Licence

EPILOG = """\
examples:
  tingshuo models licences
docs/guide/indextts2.md says the same.
"""
WIDTH: Final = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # there is nothing to choose


def run(arguments: argparse.Namespace) -> int:
    del arguments
    from cli.table import table
    from tts.indextts2.licences import ADVICE, LICENCES

    print(table([("weights", "used for", "licence"), *((one.what, one.used, one.name) for one in LICENCES)]))
    for licence in LICENCES:
        print(_facts(licence))
    print(textwrap.fill(ADVICE, WIDTH, initial_indent="\n"))
    return 0


def _facts(licence: Licence) -> str:
    lines = (
        textwrap.fill(fact, WIDTH, initial_indent="  - ", subsequent_indent="    ") for fact in licence.facts
    )
    return "\n".join((f"\n{licence.what}", *lines))
