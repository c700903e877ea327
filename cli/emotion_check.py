"""check: find every mistake of a policy file, or tell what the file changes.

Each mistake is one line, FILE:LINE: key: what is wrong and what was probably meant; the exit status is then
3. A rule's examples must fire and its counterexamples must not: they are tried here, as when an agent starts.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion_policy.lexicon import Cue
    from emotion_policy.policy_changes import Change

EPILOG = """\
examples:
  tingshuo emotion check site.toml
  tingshuo emotion check site.toml && echo sound    in a script: exit status 0, or 3 if there are mistakes
a file begins with two lines, and may hold no more than what is different here:
  schema = 1
  scenario = "medical"                              retail, medical, government, education or smart-home
  states.complaint.style = { default = "apologetic" }
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the site's policy file")


def run(arguments: argparse.Namespace) -> int:
    from emotion_policy.policy_changes import changes
    from emotion_policy.policy_file import compile_text, read

    name = str(arguments.file)
    text = read(arguments.file)
    policy = compile_text(text, name)
    found = changes(text, name)
    print(f"{name}: no mistakes; scenario {policy.scenario}; {policy.hash}")
    print(f"changes of the packaged defaults: {len(found)}")
    for change in found:
        print(_changed(change))
    print(f"rules of its own: {len(policy.cues)}")
    for cue in policy.cues:
        print(_rule(cue))
    return 0


def _changed(change: Change) -> str:
    before = "" if change.before is None else f"  (was {_value(change.before)})"
    return f"  {change.key} = {_value(change.after)}{before}"


def _rule(cue: Cue) -> str:
    return f"  {cue.name} → {cue.state}, weight {cue.weight:g}"


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
