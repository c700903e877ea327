"""make: make a voice from a recording, with its speaker's consent and an IndexTTS-2 checkpoint.

The clip: one person, three to fifteen seconds of calm speech, 24000 Hz or more, without noise, music or echo.
Five seconds are best: a longer clip makes the first sound of every reply later. Clips that cannot be used are
refused with the reason; doubtful ones are used, and the doubt is told.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import add_config_options
from cli.voice_options import indextts2_settings, require_torch, voices_of
from core.errors import InputError, ModelMissing

if TYPE_CHECKING:
    from datetime import date

    from tts.indextts2.clip import Clip
    from tts.indextts2.consent import Consent
    from tts.indextts2.settings import IndexTts2Settings
    from tts.indextts2.voice_file import Voice
    from tts.indextts2.voice_maker import Recipe

EPILOG = """\
the consent file, TOML; scope and contact may be left out:
  speaker = "王小明"                   who speaks in the clip
  given   = 2026-03-01                the day on which they agreed
  expires = 2027-03-01                the last day on which the voice may be used
  purpose = "Answers at the information kiosks of the service hall"
  scope   = "the hall in Station Road; no advertising"
  contact = "privacy@example.org"
The voice file repeats it. After the last day the voice does not speak any more.

examples:
  tingshuo voice make clip.wav anna --consent anna.toml
  tingshuo voice make clip.wav anna --consent anna.toml --force       replace the voice anna
  tingshuo voice make clip.wav 小明 --consent ming.toml --emotion-clip sorry=sorry.wav
                                     a further clip of the same person, whose manner can be borrowed
"""
LARGEST = 100_000_000
"""Bytes of a clip: fifteen seconds of eight channels at 192 kHz, in 32 bits."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("clip", type=Path, metavar="CLIP.wav", help="recording of the speaker")
    parser.add_argument("name", metavar="NAME", help="of the voice: letters, digits, - and _")
    parser.add_argument("--consent", type=Path, metavar="FILE", help="the speaker's consent; see below")
    parser.add_argument(
        "--emotion-clip",
        type=_named_clip,
        action="append",
        default=[],
        metavar="NAME=CLIP.wav",
        dest="emotion_clips",
        help="the same speaker in another mood; may be repeated",
    )
    parser.add_argument("--force", action="store_true", help="replace a voice of this name")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="DIR",
        help="folder of the IndexTTS-2 checkpoint (default: tts.indextts2.checkpoint)",
    )
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from core import clock
    from tts.indextts2.voice_name import check_name

    settings, today = indextts2_settings(arguments), clock.today()
    voices = voices_of(settings)
    name = check_name(arguments.name)
    if not arguments.force:
        voices.check_free(name)
    consent = _consent(arguments.consent, today)
    clip = _clip(arguments.clip)
    emotions = _emotions(arguments.emotion_clips)
    require_torch()
    from tts.indextts2.voice_maker import Recipe

    recipe = Recipe(name=name, clip=clip, sha256=_sha256(arguments.clip), consent=consent, emotions=emotions)
    voice = _made(recipe, settings, arguments.checkpoint, today)
    path = voices.write(voice)
    print(f"{name}: {clip.seconds:.1f} s of {consent.speaker}, until {consent.expires}")
    print(f"{path}, {path.stat().st_size / 1e3:.0f} kB")
    if voice.record.checkpoint.random:
        print("the checkpoint's weights are random: this voice makes noise, to try the machine with")
    return 0


def _named_clip(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=CLIP.wav")
    return name, Path(path)


def _consent(path: Path | None, today: date) -> Consent:
    from tts.indextts2.consent import read_consent

    if path is None:
        raise InputError(
            "a voice is made with its speaker's consent, or not at all",
            code="consent-missing",
            hint="Name the file with --consent; tingshuo voice make --help shows what it says.",
        )
    consent = read_consent(path, today)
    _warn(path, consent.warning(today))
    return consent


def _clip(path: Path, *, timbre: bool = True) -> Clip:
    from audio.wavfile import read_channels
    from tts.indextts2.clip import check_clip

    if path.is_file() and path.stat().st_size > LARGEST:
        raise InputError(
            f"{path} is larger than {LARGEST / 1e6:.0f} MB",
            code="clip-long",
            hint="Cut out the best five seconds.",
        )
    decoded = read_channels(path)
    clip = check_clip(decoded.samples, decoded.rate, name=str(path), timbre=timbre)
    for doubt in clip.warnings:
        _warn(path, doubt)
    return clip


def _emotions(named: Sequence[tuple[str, Path]]) -> dict[str, Clip]:
    from tts.indextts2.voice_name import check_name

    emotions: dict[str, Clip] = {}
    for text, path in named:
        name = check_name(text)
        if name in emotions:
            raise InputError(
                f"two emotion clips are called {name}", code="voice-name", hint="Give each a name of its own."
            )
        emotions[name] = _clip(path, timbre=False)
    return emotions


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(recipe: Recipe, settings: IndexTts2Settings, given: Path | None, today: date) -> Voice:
    from cli.printing import loading
    from tts.indextts2.checkpoint import open_checkpoint
    from tts.indextts2.placement import device_of, dtype_of
    from tts.indextts2.voice_maker import STEPS, VoiceMaker

    directory = given or settings.checkpoint
    if directory is None:
        raise ModelMissing(
            "no IndexTTS-2 checkpoint is named",
            code="indextts2",
            hint="Set tts.indextts2.checkpoint in config.toml, or give --checkpoint DIR.",
        )
    step = count(1)
    maker = VoiceMaker(
        open_checkpoint(directory.expanduser()),
        device=device_of(settings.device),
        dtype=dtype_of(settings.precision.reference),
        progress=lambda what: loading(f"{next(step)}/{STEPS} {what}"),
    )
    return maker.make(recipe, today)


def _warn(path: Path, doubt: str | None) -> None:
    if doubt is not None:
        print(f"warning: {path}: {doubt}", file=sys.stderr)
