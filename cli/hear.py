"""hear: write down what a recording says.

Any WAV file: any rate, width and number of channels. Silence and noise give no text.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.options import add_config_options, load_config

EPILOG = """\
examples:
  tingshuo hear question.wav
  tingshuo hear question.wav --whisper                 with the shipped demo Whisper instead of pocketsphinx
  tingshuo hear question.wav --set models.whisper=/opt/whisper-small
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="X.wav", help="the recording")
    parser.add_argument(
        "--whisper", action="store_true", help="use the demo Whisper where no real weights are configured"
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    config = load_config(arguments)
    from pipeline.speech import hear

    heard = list(hear(config, arguments.file, prefer_demo=arguments.whisper))
    for utterance, transcript in heard:
        place = f"{utterance.started:7.2f}-{utterance.ended:.2f} s"
        unsure = "  (unsure)" if transcript.confirm else ""
        print(f"{place}  [{transcript.language}] {transcript.text}{unsure}")
    if not heard:
        print("nothing was said")
    return 0
