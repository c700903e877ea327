"""Where session files are kept, and for how long."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from core.clock import age, moment
from core.errors import OutputError
from pipeline.config import RecordingConfig

ENDING = ".session.tar"
DAY = 86_400.0
"""Seconds."""
log = logging.getLogger(__name__)


def new_file(config: RecordingConfig, environment: Mapping[str, str]) -> Path | None:
    """Where a conversation that begins now is recorded, behind deleting what has expired; None: nowhere.

    Raises:
        OutputError: there can be no such folder.
    """
    if not config.on:
        return None
    folder = folder_of(config, environment)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(
            f"cannot make {folder}: {error.strerror}", code="session-file", hint="set recording.folder"
        ) from error
    expire(folder, config.keep_days * DAY)
    return _free(folder, moment())


def folder_of(config: RecordingConfig, environment: Mapping[str, str]) -> Path:
    """As it is set, else `sessions` in the state folder."""
    return state_folder(environment) / "sessions" if config.folder is None else config.folder.expanduser()


def state_folder(environment: Mapping[str, str]) -> Path:
    """What the user's conversations leave behind: tingshuo in $XDG_STATE_HOME or ~/.local/state."""
    base = Path(environment.get("XDG_STATE_HOME", ""))
    if not base.is_absolute():  # as the specification wants it: unset, empty and relative ones do not count
        base = Path("~/.local/state").expanduser()
    return base / "tingshuo"


def expire(folder: Path, seconds: float) -> None:
    """Delete session files that were last written so long ago; what cannot be deleted is logged."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        try:
            if age(path.lstat().st_mtime) > seconds:
                path.unlink()
        except OSError as error:
            log.warning("%s has expired and cannot be deleted: %s", path, error.strerror)


def _free(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}{ENDING}", 1
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}{ENDING}"
    return path
