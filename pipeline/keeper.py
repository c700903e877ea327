"""The keeper: writes what a conversation leaves behind, its recording and its log.

A file that cannot be written any more (full disk) must not break the loop it is written from: the first
failure is noted in `failed`, everything later is let go, and whoever runs the scene ends it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from audio.recorder import ConversationRecorder
from core import wire
from core.audio import FRAME_SECONDS, Samples
from core.clock import Clock
from core.errors import OutputError
from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What a recorded conversation leaves behind."""

    recording: Path
    """Stereo WAV: customer left, agent right."""
    log: Path | None = None
    """All events as JSON lines, written as they happen."""
    session: Path | None = None
    """Everything, so that it can be replayed."""


class Keeper:
    """Open until `close`. All methods on the loop.

    Args:
        rate: Hz of the recording and of the agent's blocks.

    Raises:
        OutputError: a file cannot be opened.
    """

    def __init__(self, files: Files, rate: int, clock: Clock) -> None:
        self.failed: asyncio.Future[OutputError] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._log = None if files.log is None else _Log(files.log)
        try:
            files.recording.parent.mkdir(parents=True, exist_ok=True)
            self._recorder = ConversationRecorder(files.recording, rate)
        except OSError as error:
            self._close_log()
            raise _cannot_write(files.recording, error) from error
        except OutputError:
            self._close_log()
            raise

    def customer(self, pcm: bytes) -> None:
        """A frame that has just been heard."""
        self._guarded(lambda: self._recorder.customer(pcm, self._clock.now() - FRAME_SECONDS))

    def agent(self, block: Samples) -> None:
        """A block that is about to sound."""
        self._guarded(lambda: self._recorder.agent(block, self._clock.now()))

    def note(self, event: Event) -> None:
        """An event for the log."""
        if self._log is not None:
            log = self._log
            self._guarded(lambda: log.write(event))

    def close(self) -> None:
        """Write what remains."""
        self._attempt(self._recorder.close)
        self._close_log()

    def _close_log(self) -> None:
        if self._log is not None:
            self._attempt(self._log.close)

    def _guarded(self, write: Callable[[], None]) -> None:
        if not self.failed.done():
            self._attempt(write)

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OutputError as error:
            if not self.failed.done():
                self.failed.set_result(error)


class _Log:
    """Events as JSON lines in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("wb", buffering=0)
        except OSError as error:
            raise _cannot_write(path, error) from error

    def write(self, event: Event) -> None:
        try:
            self._file.write(wire.encode(event).encode() + b"\n")
        except OSError as error:
            with suppress(OSError):
                self._file.close()
            raise _cannot_write(self._path, error) from error

    def close(self) -> None:
        self._file.close()


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path}: {error.strerror}", code="disk", hint="free some space or choose another folder"
    )
