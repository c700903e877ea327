"""A link: the bounded, closable, counted channel between two stages on one event loop.

One producer puts, one consumer iterates. `wait` holds the producer back; `drop_oldest` is for live
input, which must never wait. Knows nothing of what it carries.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, Literal, TypeVar

T = TypeVar("T")


class Link(Generic[T]):
    """An async iterator over what was put, in order, ending once closed and drained."""

    __slots__ = (
        "_closed",
        "_full",
        "_items",
        "_putter",
        "_taker",
        "capacity",
        "dropped",
        "name",
        "peak",
        "put_count",
    )

    def __init__(self, name: str, capacity: int, on_full: Literal["wait", "drop_oldest"] = "wait") -> None:
        if capacity < 1:
            raise ValueError(f"link {name!r} needs room for at least one, not {capacity}")
        self.name = name
        self.capacity = capacity
        self.put_count = 0
        self.dropped = 0
        self.peak = 0
        self._full = on_full
        self._items: deque[T] = deque()
        self._closed = False
        self._taker: asyncio.Future[None] | None = None
        self._putter: asyncio.Future[None] | None = None

    @property
    def depth(self) -> int:
        return len(self._items)

    @property
    def closed(self) -> bool:
        return self._closed

    def offer(self, item: T) -> bool:
        """Put without waiting. False when the link is closed, or full and told to wait."""
        if self._closed:
            return False
        if len(self._items) >= self.capacity:
            if self._full == "wait":
                return False
            self._items.popleft()
            self.dropped += 1
        self._items.append(item)
        self.put_count += 1
        self.peak = max(self.peak, len(self._items))
        _wake(self._taker)
        return True

    async def put(self, item: T) -> bool:
        """Put, waiting for room. False when the link was closed meanwhile: the item is not in it."""
        while not self.offer(item):
            if self._closed:
                return False
            self._putter = asyncio.get_running_loop().create_future()
            await self._putter
        return True

    def close(self) -> None:
        """No more will come. What is inside can still be taken; waiting producers are let go."""
        self._closed = True
        _wake(self._taker)
        _wake(self._putter)

    def __aiter__(self) -> Link[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        item = self._items.popleft()
        _wake(self._putter)
        return item


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
