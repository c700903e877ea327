"""A conversation that was started for a screen: in a process and a session of its own, reached at its socket.

It is `talk --events` with a stdin that never ends, and outlives the screen: a signal, a terminal that is gone
or an error of the screen's are none of its business. Only `Quit` ends it. What it and its libraries write
goes to a file, which never blocks and never breaks as a pipe would.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.commands import Command, Quit
from core.errors import InputError, OutputError
from core.events import Event
from pipeline.attachment import Attachment, attach
from tui.feed import events_in, tell

HOUSE = Path(__file__).parent.parent
GRACE = 10.0
"""Seconds that the process may take to end after `Quit`, and again after SIGINT."""
LOOK = 0.1
"""Seconds between two looks at whether the session listens."""
TOLD = 40
"""Lines of the log that are kept."""
OWNER_ONLY = 0o600


class Started:
    """`tui.feed.Feed` over a session that this process starts.

    Args:
        words: options of `talk`, without `--listen`.
        path: of its socket; the log is beside it.

    Raises:
        OutputError: nothing can be written there.
    """

    owned = True

    def __init__(self, words: Sequence[str], path: Path) -> None:
        self._path = path
        self._attachment: Attachment | None = None
        self._closed = threading.Event()
        with _log_of(path) as log:
            self._process = _process([*words, "--listen", str(path)], log)

    def events(self) -> Iterator[Event]:
        attachment = self._attachment = self._attached()
        if attachment is not None:
            yield from events_in(attachment.lines())

    def send(self, order: Command) -> None:
        if self._attachment is not None:
            tell(self._attachment, order)
        elif isinstance(order, Quit):
            self._process.send_signal(signal.SIGINT)
        else:
            raise OutputError("the agent takes no commands yet", code="command", hint="it is being loaded")

    def close(self) -> None:
        """Let go: it goes on."""
        self._closed.set()
        if self._attachment is not None:
            self._attachment.close()

    def end(self) -> int:
        """See it end: politely, then not. Whoever presses Ctrl-C meanwhile does not want to wait.

        Returns:
            Its exit status; 128 + the signal that ended it.
        """
        with suppress(OutputError):
            self.send(Quit())
        for insist in (signal.SIGINT, signal.SIGKILL):
            try:
                self._process.wait(GRACE)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                self._process.send_signal(insist)
        code = self._process.wait()
        return 128 - code if code < 0 else code

    @property
    def told(self) -> Sequence[str]:
        """The last lines of its log."""
        return log_beside(self._path).read_text(encoding="utf-8", errors="replace").splitlines()[-TOLD:]

    def _attached(self) -> Attachment | None:
        """The way to it, as soon as there is one; None if it ended before, or nobody waits any more."""
        while self._process.poll() is None and not self._closed.wait(LOOK):
            with suppress(InputError):
                attachment = attach(self._path)
                if attachment.process == self._process.pid:
                    return attachment
                attachment.close()  # another one came first: this one will say so
        return None


def log_beside(path: Path) -> Path:
    """Where the session at this socket writes to what it would say on stderr."""
    return path.with_name(f"{path.name}.log")


def _log_of(path: Path) -> IO[bytes]:
    log = log_beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, OWNER_ONLY), "wb")
    except OSError as error:
        raise OutputError(
            f"cannot write {log}: {error.strerror}",
            code="socket",
            hint="choose another place with --listen PATH",
        ) from error


def _process(words: Sequence[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(HOUSE), os.environ.get("PYTHONPATH"))))
    nobody_types, never = os.pipe()
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "cli.main", "talk", "--events", *words],
            env={**os.environ, "PYTHONPATH": path},
            stdin=nobody_types,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[never],  # it holds the other end of its stdin itself, which so never ends
            start_new_session=True,
        )
    finally:
        os.close(nobody_types)
        os.close(never)
