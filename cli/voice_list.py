"""list: show which voices there are, whose they are, and until when they may speak.

The one that speaks (tts.indextts2.voice) is marked with *. A voice that may not speak, or whose file cannot
be used, is shown with the reason.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cli.options import add_config_options
from cli.table import columns, table
from cli.voice_options import indextts2_settings, voices_of
from core.errors import ModelDamaged

if TYPE_CHECKING:
    from tts.indextts2.voice_file import VoiceRecord

EPILOG = """\
examples:
  tingshuo voice list
  tingshuo voice list --config kiosk.toml      the voices of another configuration
"""
HEAD = ("", "name", "clip", "speaker", "until", "purpose", "checkpoint")
_CLIP = 2
_WIDEST = 40
"""Columns of a purpose; `show` has all of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config_options(parser)


def run(arguments: argparse.Namespace) -> int:
    from core import clock

    settings, today = indextts2_settings(arguments), clock.today()
    voices = voices_of(settings)
    rows, remarks = list[tuple[str, ...]]((HEAD,)), list[str]()
    for name in voices.names():
        try:
            record = voices.read(name).record
        except ModelDamaged as error:
            remarks.append(f"PROBLEM  {error.message}\n  hint: {error.hint}")
            continue
        rows.append(_row(record, speaks=name == settings.voice))
        fault, warning = record.consent.fault(today), record.consent.warning(today)
        if fault or warning:
            remarks.append(f"{name}: {'may not speak: ' if fault else ''}{fault or warning}")
    if len(rows) > 1:
        print(table(rows, right={_CLIP}))
    elif not remarks:
        print(f"no voices in {voices.folder}; tingshuo voice make --help tells how to make one")
    for remark in remarks:
        print(remark)
    return 0


def _row(record: VoiceRecord, *, speaks: bool) -> tuple[str, ...]:
    consent, checkpoint = record.consent, record.checkpoint
    return (
        "*" if speaks else "",
        record.name,
        f"{record.clip.seconds:.1f} s",
        consent.speaker,
        f"{consent.expires}",
        _short(consent.purpose),
        f"{checkpoint.fingerprint[:8]} {checkpoint.version}{' RANDOM' if checkpoint.random else ''}",
    )


def _short(text: str) -> str:
    if columns(text) <= _WIDEST:
        return text
    while columns(text) >= _WIDEST:
        text = text[:-1]
    return text + "…"
