"""A house with watchers over a real unix socket, for tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core import events as e
from core import wire
from core.clock import LoopClock
from pipeline.watchers import Watchers

STARTED = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=0, demo=False)
MUTED = e.MicrophoneMuted(at=0.1, muted=True)


class Session:
    """Notes what it is asked."""

    busy = False

    def __init__(self):
        self.asked = []

    def obey(self, command):
        self.asked.append(command)


class Reader:
    """A watcher's own end."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    async def event(self):
        line = await asyncio.wait_for(self._reader.readline(), 5)
        return wire.decode(line.decode()) if line else None

    async def events(self):
        """All until the connection ends."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    def say(self, line):
        self._writer.write(line.encode() + b"\n")

    def leave(self):
        self._writer.close()


class House:
    """Watchers with a session that lasts as long as a test's script."""

    def __init__(self, folder: Path):
        self.path = folder / "s"
        self.clock = LoopClock()
        self.watchers = Watchers(self.clock)
        self.session = Session()

        self.readers: list[Reader] = []

    async def let_in(self) -> Reader:
        self.readers.append(Reader(*await asyncio.open_unix_connection(self.path, limit=1 << 24)))
        return self.readers[-1]

    async def asked(self, count: int) -> list:
        """What the session was asked, once that is so much."""
        async with asyncio.timeout(5):
            while len(self.session.asked) < count:  # noqa: ASYNC110 - the session is told, and tells nobody
                await asyncio.sleep(0.01)
        return self.session.asked

    async def while_open(self, script):
        async def talk():
            self.watchers.note(STARTED)
            self.watchers.direct(self.session)
            await script(self)

        await self.open_to(talk)

    async def open_to(self, talk):
        try:
            await self.watchers.beside(self.path, talk)
        finally:
            await asyncio.sleep(0.01)

    async def clear(self):
        for reader in self.readers:
            reader.leave()
        await asyncio.sleep(0.01)


def during(folder, script, loop_factory=None, *, then=None) -> None:
    """Run a script while the house is open, and another when it is closed again."""

    async def main():
        house = House(folder)
        try:
            await house.while_open(script)
            if then is not None:
                await then(house)
        finally:
            await house.clear()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())


def dead(path) -> None:
    """Leave the socket of a session that was killed."""

    async def die():
        (await asyncio.start_unix_server(lambda reader, writer: None, path)).close()

    asyncio.run(die())
    assert path.is_socket()
