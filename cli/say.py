"""say: speak a text, in any style, to the loudspeaker or into a file.

Chinese and English may be mixed. With --out the sound goes into a WAV file and no sound card is needed.
A voice that was made with `tingshuo voice make` speaks through IndexTTS2 (tts.indextts2.checkpoint).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import add_config_options, load_config
from core.emotion import Style

if TYPE_CHECKING:
    from pipeline.config import Config

EPILOG = """\
examples:
  tingshuo say "您好，请问办什么业务？"
  tingshuo say "很抱歉让您久等了。" --style apologetic --out sorry.wav
  tingshuo say "Your number is A205, window 3." --voice f3
  tingshuo say "请您别着急，我马上帮您查。" --voice anna --style soothing --out calm.wav
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
        metavar="NAME",
        help="a voice you made (see `tingshuo voice list`), or a timbre of the embedded voice: f1-f5, m1-m8, "
        "Annie, ... (tts.variant)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        help="where a voice you made is computed (tts.indextts2.device)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE.wav", help="write here instead of playing")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    device = [f"tts.indextts2.device={arguments.device}"] if arguments.device else []
    config = _with_voice(arguments, device) if arguments.voice else load_config(arguments, *device)
    from cli.printing import loading
    from cli.progress import ticking
    from pipeline.speech import say

    style = Style(arguments.style)
    with ticking() as working:
        seconds = say(config, arguments.text, style, out=arguments.out, progress=loading, working=working)
    if arguments.out is not None:
        print(f"{arguments.out}: {seconds:.2f} s of sound, {arguments.style}")
    return 0


def _with_voice(arguments: argparse.Namespace, more: list[str]) -> Config:
    """The settings for the voice that was named: a made one, or else a timbre of the embedded one."""
    from tts.indextts2.voices import Voices, voices_folder

    config = load_config(arguments)
    made = Voices(voices_folder(config.tts.indextts2, os.environ)).names()
    if arguments.voice in made:
        return load_config(arguments, *more, "tts.engine=indextts2", f"tts.indextts2.voice={arguments.voice}")
    return load_config(arguments, "tts.engine=espeak", f"tts.variant={arguments.voice}")
