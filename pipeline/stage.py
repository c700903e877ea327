"""A stage: an async generator function; `pump` runs one from a source into a link.

`pump` owns what every stage would otherwise repeat: consuming under `aclosing`, waiting for room,
closing the link however the stage ends. It knows nothing of speech.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from pipeline.lane import Steps
from pipeline.link import Link

HEAD_START = 0.001
"""Seconds after a value that belong to whoever takes it and to the engine it wakes: a source that has more at
once would keep the loop and the interpreter lock from both."""

Taken = TypeVar("Taken")
Made = TypeVar("Made")

Stage = Callable[[AsyncIterable[Taken]], AsyncGenerator[Made, None]]


async def pump(
    stage: Stage[Taken, Made],
    source: Steps[Taken],
    sink: Link[Made],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `stage` over `source` until it ends, putting what it yields; then close both ends.

    A closed sink ends the stage: nobody is listening any more. Errors pass through, after closing. `sleep` is
    that of the session's clock.
    """
    try:
        async with aclosing(stage(source)) as values:
            async for value in values:
                if not await sink.put(value):
                    return
                await sleep(HEAD_START)
    finally:
        source.close()
        sink.close()
