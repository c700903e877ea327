"""Lines from a terminal, a pipe or a file, as they come, on the loop and without a thread.

The descriptor is watched and stays blocking: a terminal's descriptor is shared with stdout, which must
not become non-blocking under those who print.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator

from pipeline.link import Link

WAITING_LINES = 1000
BLOCK_BYTES = 65_536


async def typed_lines(descriptor: int) -> AsyncGenerator[str, None]:
    """Yield each line without its end, until the end of input."""
    link: Link[str] = Link("typed", WAITING_LINES, "drop_oldest")
    feed = _Lines(descriptor, link)
    try:
        asyncio.get_running_loop().add_reader(descriptor, feed.read)
    except PermissionError:  # a file, or /dev/null: always readable, and so nothing that can be watched
        while feed.read():
            while link.depth:
                yield await anext(link)
    try:
        async for line in link:
            yield line
    finally:
        feed.stop()


class _Lines:
    """Bytes from a descriptor, lines into a link."""

    def __init__(self, descriptor: int, link: Link[str]) -> None:
        self._descriptor = descriptor
        self._link = link
        self._rest = b""

    def read(self) -> bool:
        """Take what is there; False at the end of input."""
        fresh = os.read(self._descriptor, BLOCK_BYTES)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        if not fresh and self._rest:
            lines.append(self._rest)
        for line in lines:
            self._link.offer(line.decode("utf-8", errors="replace").strip())
        if not fresh:
            self.stop()
            self._link.close()
        return bool(fresh)

    def stop(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
