"""Files that are whole or not there: written beside their place, then renamed; told byte by byte.

Large results take minutes; who stops one with Ctrl-C finds no half file under a final name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from core.errors import OutputError

Told = Callable[[int], None]
"""Takes how many bytes more are done."""
PARTIAL: Final = ".partial"
_SPARE: Final = 64 << 20
"""Bytes that must stay free."""


class Counted:
    """A file open for writing that tells how much goes into it."""

    def __init__(self, opened: IO[bytes], told: Told) -> None:
        self._opened = opened
        self._told = told

    def write(self, block: Any) -> int:
        written = self._opened.write(block)
        self._told(written)
        return written

    def flush(self) -> None:
        self._opened.flush()


@contextmanager
def new_file(path: Path) -> Generator[Path, None, None]:
    """A place to write a file that appears under its name when the block ends without an error.

    Raises:
        OutputError: the folder cannot be made or written, or the disk is full.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        yield partial
        partial.chmod(0o644)  # safetensors gives it to nobody else
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}",
            code="indextts2",
            hint="Look for free space and permissions there, then run the command again.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def check_space(folder: Path, wanted: int) -> None:
    """Look before writing.

    Raises:
        OutputError: fewer bytes are free than will be written.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < wanted + _SPARE:
        raise OutputError(
            f"{folder} needs {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free there",
            code="disk-space",
            hint="Make room, or name a folder on another disk.",
        )


def check_folder(folder: Path, *, ours: bool, what: str) -> None:
    """Refuse a folder that holds somebody else's files.

    Args:
        ours: it was written by the same command.

    Raises:
        OutputError: it is a file, or holds anything that is not ours.
    """
    if not folder.exists() or ours:
        return
    if folder.is_dir() and not any(folder.iterdir()):
        return
    raise OutputError(
        f"{folder} is there already and is no {what}",
        code="indextts2-foreign",
        hint="Name a new or an empty folder; nothing in this one was touched.",
    )
