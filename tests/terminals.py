"""Pseudo-terminals for tests: a command in one, what it writes, and what is typed to it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds for what should happen soon."""
CONTROL = re.compile(r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]")


class Terminal:
    """Eighty columns, and a command in it whose controlling terminal it is."""

    def __init__(
        self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], stalled: bool = False
    ) -> None:
        """`stalled`: nothing is taken of what the command writes."""
        self._ours, its = pty.openpty()
        self._closing = False
        self.seen = ""
        """What was written, without its control sequences."""
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            preexec_fn=_alone,
        )
        os.close(its)
        self._reading = threading.Thread(target=self._take, daemon=True)
        if not stalled:
            self._reading.start()

    def read_until(self, words: str) -> None:
        """Wait until this was written."""
        assert soon(lambda: words in self.seen), self.seen[-2000:]

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def close(self) -> None:
        """The window is closed, or the connection is lost: SIGHUP for whoever is in it."""
        self._closing = True
        if self._reading.ident is not None:
            self._reading.join()
        if self._ours >= 0:
            os.close(self._ours)
        self._ours = -1

    def end(self) -> None:
        """Nothing of it is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()

    def _take(self) -> None:
        with suppress(OSError):
            while not self._closing:
                if select.select([self._ours], [], [], 0.05)[0]:
                    self.seen += CONTROL.sub("", os.read(self._ours, 65536).decode("utf-8", "replace"))


def _alone() -> None:
    """In the new process: its terminal, and hangups ignored, as behind nohup."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def soon(true: Callable[[], bool]) -> bool:
    """Whether it becomes true within a while."""
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()
