"""score: hold a policy up to rows that say what is right.

Prints how often state and style are right, overall, by state, and where it hurts most; --out writes what
was decided, one JSON object a row. Each row is decided by the packaged policy of its scenario; --policy
rules over the rows of its own.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import OutputError

if TYPE_CHECKING:
    from emotion_policy.policy import Policy
    from emotion_policy.rows import Row
    from emotion_policy.scoring import Prediction, Score

EPILOG = """\
examples:
  tingshuo emotion score rows.jsonl
  tingshuo emotion score rows.jsonl --out decided.jsonl
  tingshuo emotion score rows.jsonl --policy site.toml
a row is one line; history, lang, user_state_alt and the styles may be left out:
  {"id": "a1", "lang": "zh", "scenario": "retail", "text": "等了两个小时",
   "history": [{"role": "user", "text": "…"}, {"role": "assistant", "text": "…"}],
   "user_state": "complaint", "user_state_alt": ["anxious"], "preferred_styles": ["apologetic"],
   "acceptable_styles": ["apologetic", "soothing"], "forbidden_styles": ["cheerful"]}
--out writes {"id": "a1", "user_state": "complaint", "style": "apologetic", "latency_ms": 0.3}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rows", type=Path, metavar="ROWS", help="JSON lines (see below)")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="for the rows of its scenario")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write what was decided")


def run(arguments: argparse.Namespace) -> int:
    from cli.progress import counted
    from emotion_policy.decide import prepare
    from emotion_policy.policy_file import load
    from emotion_policy.rows import read_rows
    from emotion_policy.scoring import score

    own = None if arguments.policy is None else load(arguments.policy)
    rows = read_rows(arguments.rows, judged=True)
    prepare()
    decided = {row.id: _decided(row, own) for row in counted(rows, "rows")}
    if arguments.out is not None:
        _write(arguments.out, decided)
    for line in told(score(rows, decided)):
        print(line)
    if own is not None:
        count = sum(row.scenario == own.scenario for row in rows)
        print(f"\n{arguments.policy} decided the {count} rows of {own.scenario}")
    return 0


def told(found: Score) -> Iterator[str]:
    """The table, line by line."""
    from cli.table import table

    yield from (line.rstrip() for line in table(list(_whole(found)), right={1, 2}).split("\n"))
    yield ""
    yield table(list(_states(found)), right=range(1, 9))


def _whole(found: Score) -> Iterator[tuple[str, str, str, str]]:
    yield f"{found.rows} rows, {found.coverage:.0%} decided", "all", "by state", ""
    yield "state right", f"{found.accuracy:.3f}", f"{found.macro_f1:.3f}", "accuracy; macro-F1"
    yield "state right or arguable", f"{found.lenient_accuracy:.3f}", "", ""
    yield "style preferred", f"{found.preferred:.3f}", f"{found.preferred_by_state:.3f}", ""
    yield "style acceptable", f"{found.acceptable:.3f}", f"{found.acceptable_by_state:.3f}", ""
    critical, sensitive = f"{found.critical} rows", f"{found.sensitive} rows"
    yield "  complaint, grief, urgent", f"{found.acceptable_critical:.3f}", "", critical
    yield "style forbidden", f"{found.forbidden:.3f}", "", ""
    yield "  complaint, grief, urgent", f"{found.forbidden_critical:.3f}", "", critical
    yield "  and all that is sensitive", f"{found.forbidden_sensitive:.3f}", "", sensitive
    yield "lowest recall of these three", f"{found.lowest_critical_recall:.3f}", "", ""
    if found.milliseconds_p50 is not None and found.milliseconds_p99 is not None:
        yield "ms a decision", f"{found.milliseconds_p50:.3f}", f"{found.milliseconds_p99:.3f}", "p50; p99"


def _states(found: Score) -> Iterator[Sequence[str]]:
    yield "state", "rows", "decided", "precision", "recall", "F1", "preferred", "acceptable", "forbidden"
    for state, one in found.states.items():
        shares = (one.precision, one.recall, one.f1, one.preferred, one.acceptable, one.forbidden)
        yield str(state), str(one.rows), str(one.predicted), *(f"{share:.3f}" for share in shares)


def _decided(row: Row, own: Policy | None) -> Prediction:
    from emotion_policy.scoring import Prediction
    from emotion_policy.visit import decide_row

    decision = decide_row(row, own if own is not None and own.scenario == row.scenario else None)
    milliseconds = decision.microseconds / 1000
    return Prediction(state=decision.state, style=decision.style, milliseconds=milliseconds)


def _write(path: Path, decided: Mapping[str, Prediction]) -> None:
    lines = (
        json.dumps(
            {
                "id": name,
                "user_state": made.state,
                "style": made.style,
                "latency_ms": round(made.milliseconds, 4),
            },
            ensure_ascii=False,
        )
        for name, made in decided.items()
    )
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}", hint="choose another place") from error
