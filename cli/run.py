"""run: hold a conversation with a recording as the customer.

The recording may have any rate and any number of channels; its pauses are the customer's pauses. The result
is a stereo WAV, customer left, agent right, with the conversation's real timing. Needs no sound card, and
takes less time than the conversation lasted: waiting is skipped, work is not (--realtime sits through it).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli.options import add_config_options, load_config, operator_language

EPILOG = """\
examples:
  tingshuo run --in customer.wav --out conversation.wav
  tingshuo run --in customer.wav --out conversation.wav --events > events.jsonl
  tingshuo run --in customer.wav --out conversation.wav --record customer.session.tar
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in", dest="customer", type=Path, required=True, metavar="X.wav", help="the customer"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="Y.wav", help="the conversation, stereo")
    parser.add_argument(
        "--events", action="store_true", help="print events as JSON lines instead of sentences"
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="also keep everything in a session file: see replay, report",
    )
    parser.add_argument("--realtime", action="store_true", help="take as long as the conversation lasts")
    parser.add_argument(
        "--sphinx", action="store_true", help="hear with pocketsphinx where no Whisper is configured"
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from audio.wavfile import read_wav
    from cli.printing import event_lines, loading, sentences
    from pipeline import recorded
    from pipeline.assembly import build_engines
    from pipeline.keeper import Files

    customer = read_wav(arguments.customer)
    engines = build_engines(config, prefer_demo=not arguments.sphinx, progress=loading)
    try:
        language = operator_language(config)
        show = event_lines if arguments.events else sentences(sys.stdout, waterfalls=True, language=language)
        files = Files(recording=arguments.out, session=arguments.record)
        recorded.answer(config, engines, customer, files, show, realtime=arguments.realtime)
    finally:
        engines.close()
    print(f"{arguments.out}: customer left, agent right", file=sys.stderr)
    return 0
