"""say: speak a text, in any style, to the loudspeaker or into a file.

Chinese and English may be mixed. With --out the sound goes into a WAV file and no sound card is needed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cli.options import add_config_options, load_config
from core.emotion import Style

EPILOG = """\
examples:
  tingshuo say "您好，请问办什么业务？"
  tingshuo say "很抱歉让您久等了。" --style apologetic --out sorry.wav
  tingshuo say "Your number is A205, window 3." --voice f3
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", help="what to say")
    parser.add_argument(
        "--style",
        choices=[str(style) for style in Style],
        default=str(Style.NEUTRAL),
        help="how to sound (default: neutral)",
    )
    parser.add_argument(
        "--voice",
        metavar="VARIANT",
        help="timbre of the embedded voice: f1-f5, m1-m8, Annie, ... (tts.variant)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.wav", help="write here instead of playing")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    voice = [f"tts.variant={arguments.voice}"] if arguments.voice else []
    config = load_config(arguments, *voice)
    from pipeline.speech import say

    seconds = say(config, arguments.text, Style(arguments.style), out=arguments.out)
    if arguments.out is not None:
        print(f"{arguments.out}: {seconds:.2f} s of sound, {arguments.style}")
    return 0
