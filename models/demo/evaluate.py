"""Evaluate the shipped demo models on what they never saw: `python -m models.demo.evaluate [asr|llm]`.

Runs models/demo/evaluate_asr.py (the recogniser, on unseen voices and sentences) and evaluate_llm.py (the
language model, on 200 unseen prompts), one after the other; each prints a table with its bars and writes
evaluation.json beside its model. Options after `--` go to the one that is named. requirements-train.txt
lists what the voices need.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

PARTS = {"asr": "models.demo.evaluate_asr", "llm": "models.demo.evaluate_llm"}


def main() -> int:
    """Run the parts asked for; the exit status is the worst of theirs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=sorted(PARTS), help="only this one (default: both)")
    parser.add_argument("options", nargs="*", help="for the part that is named, after --")
    chosen = parser.parse_args()
    parts = [chosen.part] if chosen.part else sorted(PARTS)
    return max(
        subprocess.run([sys.executable, "-m", PARTS[part], *chosen.options], check=False).returncode
        for part in parts
    )


if __name__ == "__main__":
    sys.exit(main())
