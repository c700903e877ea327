"""Links keep order and bound, count what they drop, and let everybody go when closed."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.link import Link

pytestmark = pytest.mark.unit


@given(st.lists(st.integers()), st.integers(1, 5))
def test_what_is_put_comes_out_in_order_within_the_bound(values, capacity):
    async def main():
        link: Link[int] = Link("numbers", capacity)
        taken = []

        async def produce():
            for value in values:
                assert await link.put(value)
            link.close()

        async def consume():
            async for value in link:
                taken.append(value)
                assert link.depth <= capacity

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            group.create_task(consume())
        assert taken == values
        assert link.peak <= capacity
        assert link.put_count == len(values)

    asyncio.run(main())


@given(st.lists(st.integers(), max_size=20), st.integers(1, 5))
def test_live_input_drops_the_oldest_and_counts_it(values, capacity):
    async def main():
        link: Link[int] = Link("live", capacity, "drop_oldest")
        for value in values:
            assert link.offer(value)
        link.close()
        assert [value async for value in link] == values[-capacity:]
        assert link.dropped == max(0, len(values) - capacity)

    asyncio.run(main())


def test_closing_frees_a_waiting_producer_and_a_waiting_consumer():
    async def main():
        full: Link[int] = Link("full", 1)
        full.offer(1)
        empty: Link[int] = Link("empty", 1)

        async def produce():
            assert not await full.put(2)

        async def consume():
            assert [value async for value in empty] == []

        async with asyncio.TaskGroup() as group:
            group.create_task(produce())
            group.create_task(consume())
            await asyncio.sleep(0)
            full.close()
            empty.close()
        assert not full.offer(3)
        assert full.closed

    asyncio.run(main())


def test_a_link_without_room_is_refused():
    with pytest.raises(ValueError, match="room"):
        Link("none", 0)
