"""Watchers: readers of a session's events over a unix socket, each of whom may command it too.

One JSON line an event out, one a command in, as on a headless session's stdout and stdin. A reader begins
with the session's history, so that it can draw the present. Runs on the conversation's loop and never waits
for a reader: each has a bounded backlog of its own, and is told how many events it missed. Only the user who
runs the session may connect.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import get_args

from core import wire
from core.clock import Clock
from core.commands import Command
from core.errors import InputError, OutputError, VoiceError
from core.events import CommandRefused, Event, EventsMissed, Gauge
from pipeline.attachment import peer
from pipeline.backlog import Backlog
from pipeline.history import MOST_EVENTS, History
from pipeline.scene import Directed

MOST_WAITING = 1024
"""Lines that wait for one reader at most: the events of a minute's talk, of 20 s with measurements."""
AT_ONCE = 32
"""Lines written between two turns of the loop: half a millisecond."""
WRITTEN_AHEAD = 64 * 1024
"""Bytes that may wait in the socket's own buffer."""
LONGEST = 64 * 1024
"""Bytes of a command."""

log = logging.getLogger(__name__)


class Watchers:
    """Those who watch one session: none, or any number.

    Args:
        clock: of the session.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._history = History()
        self._readers: list[_Reader] = []
        self._session: Directed | None = None
        self._closed = False

    def note(self, event: Event) -> None:
        """Tell everybody. Never waits."""
        self._history.note(event)
        if not self._readers:
            return
        line, gauge = wire.encode(event), isinstance(event, Gauge)
        for reader in self._readers:
            reader.put(line, gauge=gauge)

    def direct(self, session: Directed) -> None:
        """What readers command goes here from now on."""
        self._session = session

    async def beside(self, path: Path, talk: Callable[[], Awaitable[None]]) -> None:
        """Run `talk`, and let readers in at `path` meanwhile.

        Raises:
            OutputError: nobody can listen there.
            VoiceError: as `talk`.
        """
        await _free(path)
        failure: VoiceError | None = None
        attending: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:

            def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                if self._closed or not _own(writer):
                    writer.close()
                    return
                task = attending[writer] = group.create_task(self._attend(reader, writer))
                task.add_done_callback(lambda _: _hang_up(attending, writer))

            try:
                server = await _listen(come, path)
                try:
                    await talk()
                finally:
                    self._closed = True
                    server.close()
                    _leave(path)
                    for task in attending.values():
                        task.cancel()
            except VoiceError as error:
                failure = error
        if failure is not None:
            raise failure

    async def _attend(self, source: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader = _Reader(writer, self._clock, self._history.events())
        self._readers.append(reader)
        try:
            async with asyncio.TaskGroup() as group:
                hearing = group.create_task(self._hear(source, reader))
                await reader.write()
                hearing.cancel()
        finally:
            self._readers.remove(reader)
            reader.finish()

    async def _hear(self, source: asyncio.StreamReader, reader: _Reader) -> None:
        """Obey a reader's commands; one that says no more may go on reading."""
        try:
            async for line in source:
                self._take(line.decode(errors="replace").strip(), reader)
        except ValueError:
            reader.refuse(InputError(f"a command has at most {LONGEST} bytes", code="wire"))
        except ConnectionError:
            pass

    def _take(self, line: str, reader: _Reader) -> None:
        try:
            if line:
                self._obey(line)
        except InputError as error:
            reader.refuse(error)

    def _obey(self, line: str) -> None:
        message = wire.decode(line)
        if not isinstance(message, get_args(Command)):
            raise InputError("this is an event, not a command", code="wire", hint="docs/reference/events.md")
        if self._session is None:
            raise InputError("the session takes no commands yet", code="starting", hint="try again")
        self._session.obey(message)  # pyright: ignore[reportArgumentType] - isinstance against get_args is not narrowed


def _hang_up(attending: dict[asyncio.StreamWriter, asyncio.Task[None]], writer: asyncio.StreamWriter) -> None:
    """Also of somebody whose task was over before it had begun."""
    del attending[writer]
    writer.close()


class _Reader:
    """One connection, as far as it is written to."""

    def __init__(self, writer: asyncio.StreamWriter, clock: Clock, history: list[Event]) -> None:
        writer.transport.set_write_buffer_limits(high=WRITTEN_AHEAD)
        self._writer = writer
        self._clock = clock
        self._history = deque(history)
        self._backlog = Backlog(MOST_WAITING)
        self._news = asyncio.Event()

    def put(self, line: str, *, gauge: bool) -> None:
        self._backlog.put(line, gauge=gauge)
        self._news.set()

    def refuse(self, error: InputError) -> None:
        """Tell this reader alone that a line of its was no command."""
        refused = CommandRefused(
            at=self._clock.now(), command="", code=error.code, message=error.message, hint=error.hint
        )
        self.put(wire.encode(refused), gauge=False)

    async def write(self) -> None:
        """The history, then what comes, until the reader is gone."""
        with suppress(ConnectionError):
            while True:
                while lines := self._next(AT_ONCE):
                    self._writer.write(lines)
                    await self._writer.drain()
                    await asyncio.sleep(0)
                self._news.clear()
                await self._news.wait()

    def finish(self) -> None:
        """There will be no more: hand over what is left, as far as the socket takes it, and hang up."""
        transport = self._writer.transport
        if not transport.is_closing() and not transport.get_write_buffer_size():
            self._writer.write(self._next(MOST_EVENTS) + self._next(MOST_WAITING))
        self._writer.close()

    def _next(self, most: int) -> bytes:
        """The next lines: of the history first."""
        if self._history:
            first = [self._history.popleft() for _ in range(min(most, len(self._history)))]
            return _bytes(map(wire.encode, first))
        missed, lines = self._backlog.take(most)
        if missed:
            lines.insert(0, wire.encode(EventsMissed(at=self._clock.now(), events=missed)))
        return _bytes(lines)


def _bytes(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


async def _listen(
    come: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None], path: Path
) -> asyncio.Server:
    """For the user alone."""
    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(come, path, limit=LONGEST)
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        os.umask(before)


async def _free(path: Path) -> None:
    """Make sure that nobody listens there and nothing else is there; what a dead session left is replaced."""
    try:
        _check_kind(path)
        _, writer = await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return
    except OSError as error:
        raise _cannot(path, error) from error
    writer.close()
    raise OutputError(
        f"another session listens on {path}",
        code="socket-taken",
        hint="attach to it with `tingshuo watch`, or choose another path",
    )


def _check_kind(path: Path) -> None:
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise OutputError(
            f"{path} is there already and is no socket", code="socket", hint="choose another path"
        )


def _leave(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot listen on {path}: {error.strerror or error}",
        code="socket",
        hint="the folder must be there and yours, and a path has at most 107 bytes",
    )


def _own(writer: asyncio.StreamWriter) -> bool:
    """Whether the same user is at the other end."""
    _, user = peer(writer.get_extra_info("socket"))
    if user != os.geteuid():
        log.warning("refused: a process of user %d wanted to watch", user)
    return user == os.geteuid()
