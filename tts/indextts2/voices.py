"""The folder of voices: which there are, and whether one may speak today.

One file a voice, NAME.safetensors. The folder is the setting `tts.indextts2.voices`, else the user's own data
folder as the XDG base directory specification has it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from core.errors import ConfigError, InputError, ModelDamaged, ModelMissing, OutputError
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.voice_file import SUFFIX, Voice, check_fits, read_voice, write_voice
from tts.indextts2.voice_name import check_name, is_name


def voices_folder(settings: IndexTts2Settings, environment: Mapping[str, str]) -> Path:
    """Where voices are kept: as it is set, else tingshuo/voices in $XDG_DATA_HOME or ~/.local/share."""
    if settings.voices is not None:
        return settings.voices.expanduser()
    base = Path(environment.get("XDG_DATA_HOME", ""))
    if not base.is_absolute():  # as the specification wants it: unset, empty and relative ones do not count
        base = Path("~/.local/share").expanduser()
    return base / "tingshuo" / "voices"


class Voices:
    """The voices of one folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Of all that lie there, sound or not, in order."""
        return sorted(path.stem for path in self.folder.glob(f"*{SUFFIX}") if is_name(path.stem))

    def path(self, name: str) -> Path:
        """Where a voice lies, or would lie.

        Raises:
            InputError: that is no name.
        """
        return self.folder / (check_name(name) + SUFFIX)

    def existing(self, name: str) -> Path:
        """Where a voice lies.

        Raises:
            InputError: that is no name.
            ModelMissing: there is no such voice.
        """
        path = self.path(name)
        if path.exists():
            return path
        close = difflib.get_close_matches(name, self.names(), n=1, cutoff=0.5)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise ModelMissing(
            f"there is no voice {name} in {self.folder}",
            code="voice",
            hint=f"{meant}tingshuo voice list shows those there are, tingshuo voice make makes one.",
        )

    def read(self, name: str) -> Voice:
        """A voice, whether it may speak or not.

        Raises:
            InputError: that is no name.
            ModelMissing: there is no such voice.
            ModelDamaged: it cannot be read, or is another voice under a new name.
        """
        path = self.existing(name)
        voice = read_voice(path)
        if voice.record.name != path.stem:
            raise ModelDamaged(
                f"{path} holds the voice {voice.record.name}",
                code="voice-renamed",
                hint=f"Call it {voice.record.name}{SUFFIX} again, or make it anew under the new name.",
            )
        return voice

    def for_speech(self, name: str, fingerprint: str, config: IndexTts2Config, today: date) -> Voice:
        """A voice that may speak today, with the checkpoint in use.

        Args:
            fingerprint: the checkpoint's.
            config: the checkpoint's.

        Raises:
            ConfigError: its consent is not in force.
            ModelMissing: there is no such voice.
            ModelDamaged: it cannot be read, or belongs to another checkpoint.
        """
        voice = self.read(name)
        fault = voice.record.consent.fault(today)
        if fault is not None:
            raise ConfigError(
                f"the voice {name} may not speak: {fault}",
                code="voice-consent",
                hint="Check this machine's date. If it is right, ask the speaker again and make the voice "
                f"with the new consent, or delete it: tingshuo voice remove {name}",
            )
        check_fits(voice, fingerprint, config)
        return voice

    def check_free(self, name: str) -> None:
        """Refuse a name that is taken.

        Raises:
            InputError: it is, or it is no name.
        """
        path = self.path(name)
        if path.exists():
            raise InputError(
                f"there is a voice {name} already: {path}",
                code="voice-exists",
                hint="Take another name, or replace it with --force.",
            )

    def write(self, voice: Voice) -> Path:
        """Keep a voice, in the place of one of its name.

        Raises:
            OutputError: the place cannot be written.
        """
        path = self.path(voice.record.name)
        write_voice(voice, path)
        return path

    def remove(self, name: str) -> Path:
        """Delete a voice; its file need not be readable.

        Raises:
            ModelMissing: there is no such voice.
            OutputError: it cannot be deleted.
        """
        path = self.existing(name)
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(
                f"the voice {path} cannot be deleted: {error.strerror}",
                code="voice",
                hint="Do it as the user that owns the file.",
            ) from error
        return path
