"""The pump: whatever way a stage ends, both of its ends are closed."""

import asyncio

import pytest

from pipeline.lane import Given
from pipeline.link import Link
from pipeline.stage import pump

pytestmark = pytest.mark.unit


async def doubled(source):
    async for value in source:
        yield value * 2


def test_a_stage_runs_to_its_end_and_closes_its_sink():
    async def main():
        sink: Link[int] = Link("out", 10)
        await pump(doubled, Given(1, 2, 3), sink)
        return [value async for value in sink]

    assert asyncio.run(main()) == [2, 4, 6]


def test_a_closed_sink_ends_the_stage_and_its_source():
    async def main():
        sink: Link[int] = Link("out", 1)
        source = Given(1, 2, 3)
        sink.close()
        await pump(doubled, source, sink)
        return [value async for value in source]

    assert asyncio.run(main()) == []


def test_an_error_passes_through_after_the_sink_is_closed():
    async def broken(source):
        async for _ in source:
            raise KeyError("bug")
            yield 0

    async def main():
        sink: Link[int] = Link("out", 1)
        with pytest.raises(KeyError):
            await pump(broken, Given(1), sink)
        return sink.closed

    assert asyncio.run(main())
