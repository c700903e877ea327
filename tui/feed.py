"""Where the screen's events come from and its commands go: lines of the wire, read on a thread of their own.

The thread is for a whole picture's sake. A terminal that stops taking output (a stalled connection, Ctrl-S)
stops the screen's loop, and to a watcher that reads nothing a session soon tells no more than how much it
missed. So reading and folding go on whatever the terminal does: a slow one misses pictures and never events.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, get_args

from core import wire
from core.commands import Command
from core.errors import InputError, OutputError
from core.events import Event, Gauge
from tui.fold import Fold
from tui.view import ViewState

_COMMANDS = get_args(Command)


class Feed(Protocol):
    """A session somewhere else."""

    owned: bool
    """Leaving the screen ends it; otherwise it goes on then."""

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
        """Let go."""
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
