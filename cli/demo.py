"""demo: hold a recorded conversation and leave it behind to listen to and to look at.

Ten customer turns, Chinese and English: an inquiry answered from the knowledge base, a complaint, an anxious
patient, a barge-in, noise, small talk, thanks. Runs the real libraries on the small demo models;
no network, no sound card. Leaves conversation.wav (customer left, agent right, real timing), events.jsonl
and report.html in out/demo.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import add_config_options, load_config, operator_language

if TYPE_CHECKING:
    from pipeline.recorded import Line

EPILOG = """\
examples:
  tingshuo demo                        then open out/demo/report.html
  tingshuo demo --realtime             take as long as the conversation lasts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out/demo"),
        metavar="FOLDER",
        help="where to leave it (default: out/demo)",
    )
    parser.add_argument("--realtime", action="store_true", help="take as long as the conversation lasts")
    add_config_options(parser)


def heading(lines: Sequence[Line]) -> Callable[[Line], None]:
    """Print which line comes, and what there is to notice."""
    number = 0

    def announce(line: Line) -> None:
        nonlocal number
        number += 1
        print(f"\n{number}/{len(lines)}  {line.shows}", flush=True)

    return announce


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from cli.printing import loading, sentences
    from cli.reporting import write_report
    from pipeline import recorded
    from pipeline.assembly import build_engines
    from pipeline.keeper import Files
    from pipeline.rehearsal import demo_lines

    lines = demo_lines()
    engines = build_engines(config, prefer_demo=True, progress=loading)
    out: Path = arguments.out
    files = Files(recording=out / "conversation.wav", log=out / "events.jsonl")
    try:
        language = operator_language(config)
        show = sentences(sys.stdout, waterfalls=True, language=language)
        events = recorded.hold(
            config, engines, lines, files, show, announce=heading(lines), realtime=arguments.realtime
        )
    finally:
        engines.close()
    report = out / "report.html"
    write_report(events, recording=files.recording, title="Tingshuo demo", to=report, language=language)
    print(f"\nListen: {files.recording}\nLook:   {report}\nEvents: {files.log}")
    return 0
