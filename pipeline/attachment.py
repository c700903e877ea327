"""An attachment: the way to a session that runs in another process, over its unix socket.

In: the path. Out: its events as lines, from any thread; commands go to `fileno`, which does not block.
Here is also what both ends know: where the socket is, and how one end tells who is at the other.
"""

from __future__ import annotations

import asyncio
import select
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import InputError
from pipeline.config import SessionConfig
from pipeline.recording_folder import state_folder

AT_ONCE = 64 * 1024
"""Bytes read at once."""
BOTH_WAYS = 2
"""Of shutdown(2): SHUT_RDWR."""
SOL_SOCKET, SO_PEERCRED = 1, 17
"""Linux's own numbers: the process at the other end, its user and its group."""
_CREDENTIALS = struct.Struct("3i")
_HINT = "`tingshuo talk` starts one; of one that was started with --listen PATH, name the path"


class Attachment:
    """Open until `close`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._reading = False

    def fileno(self) -> int:
        """Where commands are written to."""
        return int(self._connection.fileno())

    @property
    def process(self) -> int:
        """The session's."""
        return peer(self._connection)[0]

    def lines(self, patience: float | None = None) -> Iterator[str]:
        """Events as lines. Blocks until the session or `close` ends them, or so many seconds bring none."""
        left, self._reading = b"", True
        try:
            for piece in self._pieces(patience):
                *whole, left = (left + piece).split(b"\n")
                for line in whole:
                    yield line.decode(errors="replace")
        finally:
            self._connection.close()

    def close(self) -> None:
        """Let go; whoever waits in `lines` comes to their end."""
        with suppress(OSError):
            self._connection.shutdown(BOTH_WAYS)
        if not self._reading:
            self._connection.close()

    def _pieces(self, patience: float | None) -> Iterator[bytes]:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        while poll.poll(None if patience is None else patience * 1000):
            try:
                piece: bytes = self._connection.recv(AT_ONCE)
            except BlockingIOError:
                continue
            except OSError:
                return
            if not piece:
                return
            yield piece


def place(config: SessionConfig, environment: Mapping[str, str]) -> Path:
    """Where operators are let in: as it is set, else talk.socket in the state folder.

    Not in $XDG_RUNTIME_DIR: that folder goes when its user logs out, which a lost connection comes to.
    """
    if config.socket is not None:
        return config.socket.expanduser()
    return state_folder(environment) / "talk.socket"


def peer(connection: Any) -> tuple[int, int]:
    """The process and the user at the other end of a unix socket."""
    credentials = connection.getsockopt(SOL_SOCKET, SO_PEERCRED, _CREDENTIALS.size)
    process, user, _ = _CREDENTIALS.unpack(credentials)
    return process, user


def attach(path: Path) -> Attachment:
    """Connect to a session.

    Raises:
        InputError: none listens there.
    """
    try:
        return Attachment(asyncio.run(_connected(path)))
    except FileNotFoundError as error:
        raise InputError(f"there is no session at {path}", code="no-session", hint=_HINT) from error
    except ConnectionRefusedError as error:
        raise InputError(f"the session at {path} has ended", code="no-session", hint=_HINT) from error
    except OSError as error:
        raise InputError(
            f"cannot attach to {path}: {error.strerror or error}", code="no-session", hint=_HINT
        ) from error


async def _connected(path: Path) -> Any:
    """A connection that asyncio has made and let go of before it read anything."""
    connected: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    await asyncio.get_running_loop().create_unix_connection(lambda: _Taking(connected), str(path))
    return await connected


class _Taking(asyncio.Protocol):
    def __init__(self, connected: asyncio.Future[Any]) -> None:
        self._connected = connected

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._connected.set_result(transport.get_extra_info("socket").dup())
        transport.abort()
