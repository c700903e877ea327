"""Where the screen's events come from and its commands go: lines of the wire, read on a thread of their own.

The thread is for the conversation's sake. A terminal that stops taking output (a stalled connection, Ctrl-S)
stops the screen's loop, and a pipe that nobody reads soon stops who writes into it. So reading and folding go
on whatever the terminal does: a slow one misses pictures and never events.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, get_args

from core import wire
from core.commands import Command, Quit
from core.errors import InputError, OutputError
from core.events import Event, Gauge
from tui.fold import Fold
from tui.view import ViewState

GRACE = 3.0
"""Seconds that a session may take to end after `Quit`, and again after Ctrl-C."""
TOLD = 40
"""Lines of the other side's stderr that are kept."""
_COMMANDS = get_args(Command)


class Feed(Protocol):
    """A session somewhere else."""

    owned: bool
    """It lives and dies with the screen; otherwise it goes on when the screen is closed."""

    def events(self) -> Iterator[Event]:
        """Everything that happens, until it is over. Blocks: for a thread."""
        ...

    def send(self, order: Command) -> None:
        """Ask the session for something.

        Raises:
            OutputError: it cannot be reached.
        """
        ...

    def close(self) -> None:
        """Let go; a session that is owned ends."""
        ...


def events_in(lines: Iterable[str]) -> Iterator[Event]:
    """The events that lines hold; what is none of ours is passed over."""
    for line in lines:
        try:
            message = wire.decode(line)
        except InputError:
            continue
        if not isinstance(message, _COMMANDS):
            yield message  # pyright: ignore[reportReturnType] - isinstance against get_args is not narrowed


class Descriptor(Protocol):
    """Something with a file descriptor that does not block: a pipe, a socket."""

    def fileno(self) -> int: ...


def tell(where: Descriptor, order: Command) -> None:
    """Write a command as one line: whole or not at all, and never waited for.

    Raises:
        OutputError: nobody takes it.
    """
    try:
        os.write(where.fileno(), f"{wire.encode(order)}\n".encode())
    except (OSError, ValueError) as error:
        raise OutputError(
            "the agent takes no commands", code="command", hint="it has ended, or is stuck"
        ) from error


class Attached:
    """A session that runs anyway, reached through a connection that somebody else has made.

    Args:
        lines: events, read until the connection ends.
        where: takes commands; must not block.
        hang_up: ends the connection, and with it `lines`.
    """

    owned = False

    def __init__(self, lines: Iterable[str], where: Descriptor, hang_up: Callable[[], None]) -> None:
        self._lines, self._where, self._hang_up = lines, where, hang_up

    def events(self) -> Iterator[Event]:
        yield from events_in(self._lines)

    def send(self, order: Command) -> None:
        tell(self._where, order)

    def close(self) -> None:
        self._hang_up()


class Child:
    """A headless session that is this process's child: events on its stdout, commands on its stdin."""

    owned = True

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._told: deque[str] = deque(maxlen=TOLD)
        self._listening = threading.Thread(target=self._listen, name="feed-stderr", daemon=True)
        self._listening.start()

    def events(self) -> Iterator[Event]:
        assert self._process.stdout is not None
        yield from events_in(self._process.stdout)

    def send(self, order: Command) -> None:
        assert self._process.stdin is not None
        tell(self._process.stdin, order)

    def close(self) -> None:
        """End it: politely, then not. Afterwards `status` and `told` are known."""
        with suppress(OutputError):
            self.send(Quit())
        for insist in (signal.SIGINT, signal.SIGKILL):
            try:
                self._process.wait(GRACE)
                break
            except subprocess.TimeoutExpired:
                self._process.send_signal(insist)
        self._process.wait()
        self._listening.join(GRACE)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    @property
    def status(self) -> int:
        """Its exit status; 128 + the signal that ended it. After `close`."""
        code = self._process.returncode
        return 128 - code if code < 0 else code

    @property
    def told(self) -> Sequence[str]:
        """The last lines of its stderr."""
        return tuple(self._told)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._told.append(line.rstrip("\n"))


class Reader:
    """Folds a feed's events on a thread of its own; the loop takes the picture of now."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._fold = Fold()
        self._lock = threading.Lock()
        self._happened = self._measured = True
        """There was an event, or a gauge, since the last picture."""
        self._thread = threading.Thread(target=self._read, name="feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def over(self) -> bool:
        """The feed has ended."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def picture(self, *, gauges: bool = True) -> ViewState | None:
        """The picture of now; None if it is still the one that was taken last.

        Args:
            gauges: a picture that differs in gauges alone is wanted too.
        """
        with self._lock:
            if not (self._happened or (gauges and self._measured)):
                return None
            self._happened = self._measured = False
            return self._fold.state()

    def _read(self) -> None:
        for event in self._feed.events():
            with self._lock:
                self._fold.feed(event)
                if isinstance(event, Gauge):
                    self._measured = True
                else:
                    self._happened = True
