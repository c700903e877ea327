"""Connections that break in the middle: whoever is at the other end comes to an end, and nobody else notices."""

from __future__ import annotations

import asyncio
import socket

import pytest

from core import wire
from pipeline.attachment import Attachment
from tests.unit.pipeline.watching import MUTED, STARTED, during

pytestmark = pytest.mark.unit


def test_a_watcher_that_dies_with_events_unread_is_forgotten_and_the_others_go_on(tmp_path):
    async def script(house):
        other = await house.let_in()
        assert await other.event() == STARTED
        with socket.socket(socket.AF_UNIX) as killed:
            await asyncio.to_thread(killed.connect, str(house.path))
            await asyncio.to_thread(killed.recv, 1, socket.MSG_PEEK)
            assert len(house.watchers._readers) == 2
        async with asyncio.timeout(5):
            while len(house.watchers._readers) > 1:
                await asyncio.sleep(0.01)
                house.watchers.note(MUTED)
                assert await other.event() == MUTED

    during(tmp_path, script)


class Flaky:
    """A connection that has nothing to read where it said so, then something, and then breaks."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._troubles = [BlockingIOError(), None, ConnectionResetError()]
        self.fileno, self.close = connection.fileno, connection.close
        self.shutdown, self.setblocking = connection.shutdown, connection.setblocking

    def recv(self, count: int) -> bytes:
        trouble = self._troubles.pop(0)
        if trouble is not None:
            raise trouble
        return self._connection.recv(count, socket.MSG_PEEK)


def test_what_came_before_a_connection_broke_is_read_and_then_it_ends():
    session, screen = socket.socketpair(socket.AF_UNIX)
    with session, screen:
        session.sendall(wire.encode(STARTED).encode() + b"\n" + b"half a li")
        assert [wire.decode(line) for line in Attachment(Flaky(screen)).lines()] == [STARTED]
