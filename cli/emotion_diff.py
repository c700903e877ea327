"""diff: find the rows that another policy decides otherwise.

Each row is decided by both policies, whatever its scenario, and told where state or style differ. Exit
status 0: none does; 1: some do. ROWS are those of `tingshuo emotion score`; id and text are enough. OLD and
NEW are policy files, or the name of a scenario for its packaged policy.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cli.options import scenario
from emotion_policy.decision import Scenario

if TYPE_CHECKING:
    from emotion_policy.decision import Decision
    from emotion_policy.policy import Policy
    from emotion_policy.rows import Row

EPILOG = """\
examples:
  tingshuo emotion diff old.toml new.toml --on rows.jsonl
  tingshuo emotion diff retail site.toml --on rows.jsonl    what a site's file changes
"""
DIFFERENT = 1
"""Exit status, as of diff and cmp."""
LONGEST = 40
"""Characters shown of a row's text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A row that the two policies decide otherwise."""

    row: Row
    old: Decision
    new: Decision


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", type=_file_or_scenario, metavar="OLD", help="policy file, or a scenario")
    parser.add_argument("new", type=_file_or_scenario, metavar="NEW", help="policy file, or a scenario")
    parser.add_argument("--on", type=Path, required=True, metavar="ROWS", help="rows as JSON lines")


def run(arguments: argparse.Namespace) -> int:
    from cli.progress import counted
    from emotion_policy.rows import read_rows
    from emotion_policy.visit import decide_row

    old, new = _policy(arguments.old), _policy(arguments.new)
    rows = read_rows(arguments.on, judged=False)
    flips = [
        Flip(row=row, old=before, new=after)
        for row in counted(rows, "rows")
        if _told(before := decide_row(row, old)) != _told(after := decide_row(row, new))
    ]
    for line in told(rows, flips):
        print(line)
    return DIFFERENT if flips else 0


def told(rows: Sequence[Row], flips: Sequence[Flip]) -> list[str]:
    """The flips as a table, then which there were and how many."""
    from cli.table import table

    if not flips:
        return [f"{len(rows)} rows, none decided otherwise"]
    cells = [("row", "old", "new", "text")]
    cells += [(flip.row.id, _told(flip.old), _told(flip.new), flip.row.text[:LONGEST]) for flip in flips]
    states = sum(flip.old.state is not flip.new.state for flip in flips)
    styles = sum(flip.old.style is not flip.new.style for flip in flips)
    kinds = Counter((_told(flip.old), _told(flip.new)) for flip in flips)
    counts = [("", "old", "", "new")]
    counts += [
        (str(count), old, "⇒", new)
        for (old, new), count in sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    ]
    return [
        table(cells),
        "",
        *(line.rstrip() for line in table(counts, right={0}).split("\n")),
        "",
        f"{len(rows)} rows, {len(flips)} decided otherwise: {states} in state, {styles} in style",
    ]


def _file_or_scenario(text: str) -> str:
    return text if Path(text).suffix or Path(text).exists() else scenario(text)


def _policy(name: str) -> Policy:
    from emotion_policy.policy import packaged
    from emotion_policy.policy_file import load

    return packaged(name) if name in get_args(Scenario) else load(Path(name))


def _told(decision: Decision) -> str:
    return f"{decision.state} → {decision.style}"
