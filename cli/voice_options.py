"""What the actions of `tingshuo voice` share: the settings in force, the folder of voices, and torch."""

from __future__ import annotations

import argparse
import importlib
import os
from typing import TYPE_CHECKING

from cli.options import load_config
from core.errors import TtsError

if TYPE_CHECKING:
    from tts.indextts2.settings import IndexTts2Settings
    from tts.indextts2.voices import Voices

PACKAGES = ("torch", "safetensors", "yaml")
"""What the extra "gpu" installs and IndexTTS2 cannot do without."""


def indextts2_settings(arguments: argparse.Namespace) -> IndexTts2Settings:
    """Of the configuration that the arguments lead to."""
    return load_config(arguments).tts.indextts2


def voices_of(settings: IndexTts2Settings) -> Voices:
    """The folder of voices that the settings mean."""
    from tts.indextts2.voices import Voices, voices_folder

    return Voices(voices_folder(settings, os.environ))


def require_torch() -> None:
    """Make sure that IndexTTS2 can be loaded at all.

    Raises:
        TtsError: a package is not installed, or broken.
    """
    from tts.indextts2.patience import let_threads_sleep

    let_threads_sleep()
    for name in PACKAGES:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            raise TtsError(
                f"IndexTTS2 needs the package {name}, which cannot be loaded: {error}",
                code="torch-missing",
                hint="pip install -c constraints.txt -e '.[gpu]'",
            ) from error
