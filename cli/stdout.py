"""Standard output that may fail in mid-conversation: its disk is full, or its reader has gone.

Events are printed from callbacks of the loop, where an exception would be logged and forgotten. So a
failure is noted here instead. Of a full disk a person is told in the end, when the recording is whole.
Without a reader (`| head`) nobody wants the rest: the command is stopped as Ctrl-C stops it.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO, cast

from core.errors import OutputError


class Stdout:
    """Text to the stream beneath, until it fails; then to nowhere."""

    def __init__(self, beneath: TextIO) -> None:
        self._beneath = beneath
        self._failure: OSError | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._beneath, name)

    @property
    def reader_gone(self) -> bool:
        return self._failure is not None and self._failure.errno == errno.EPIPE

    def write(self, text: str) -> int:
        try:
            return self._beneath.write(text)
        except OSError as error:
            self._fail(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._beneath.flush()
        except OSError as error:
            self._fail(error)

    def check(self) -> None:
        """Write what is still held back.

        Raises:
            OutputError: something was lost because there is no room.
        """
        self.flush()
        if self._failure is not None and not self.reader_gone:
            raise OutputError(
                f"standard output cannot be written: {self._failure.strerror}",
                code="stdout",
                hint="make room, or send it elsewhere",
            ) from self._failure

    def _fail(self, error: OSError) -> None:
        """Lead the descriptor to nowhere: neither the next line nor the interpreter's end fails again."""
        if self._failure is not None:
            return
        self._failure = error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._beneath.fileno())
        os.close(nowhere)
        if self.reader_gone:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def watched_stdout() -> Generator[Stdout]:
    """`sys.stdout` as a `Stdout`, for the length of a command. Closed streams (`<&-`) lead to nowhere."""
    sys.stdin = cast("TextIO | None", sys.stdin) or _nowhere()
    beneath = cast("TextIO | None", sys.stdout) or _nowhere()
    watched = Stdout(beneath)
    sys.stdout = cast("TextIO", watched)
    try:
        yield watched
    finally:
        sys.stdout = beneath


def _nowhere() -> TextIO:
    return open(os.devnull, "r+", encoding="utf-8")
