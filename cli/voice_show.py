"""show: show everything that the file of a voice says about itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cli.options import add_config_options
from cli.table import table
from cli.voice_options import indextts2_settings, voices_of

if TYPE_CHECKING:
    from tts.indextts2.voice_file import Voice

EPILOG = """\
examples:
  tingshuo voice show anna
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="of the voice")
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from core import clock

    voices = voices_of(indextts2_settings(arguments))
    voice = voices.read(arguments.name)
    print(table(list(_lines(voice, voices.path(arguments.name)))))
    consent, today = voice.record.consent, clock.today()
    fault, warning = consent.fault(today), consent.warning(today)
    if fault or warning:
        print(f"{'it may not speak: ' if fault else ''}{fault or warning}")
    return 0


def _lines(voice: Voice, path: Path) -> Iterator[tuple[str, str]]:
    record = voice.record
    consent, checkpoint = record.consent, record.checkpoint
    yield "name", record.name
    yield "speaker", consent.speaker
    yield "consent", f"from {consent.given} to {consent.expires}"
    yield "purpose", consent.purpose
    yield "scope", consent.scope or "-"
    yield "contact", consent.contact or "-"
    yield "made", f"{record.made}"
    yield "clip", f"{record.clip.seconds:g} s, sha256 {record.clip.sha256}"
    yield "emotion clips", ", ".join(sorted(voice.emotions)) or "-"
    weights = ", weights drawn at random: this voice makes noise" if checkpoint.random else ""
    yield "checkpoint", f"{checkpoint.fingerprint}, version {checkpoint.version}{weights}"
    yield "file", f"{path}, {path.stat().st_size / 1e3:.0f} kB"
    for name, tensor in voice.tensors.items():
        yield f"  {name}", " × ".join(map(str, tensor.shape))
