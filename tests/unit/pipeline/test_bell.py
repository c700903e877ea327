"""Bells: every ring is heard, by a thread and by the loop."""

import asyncio
import threading

import pytest

from pipeline.bell import Bell

pytestmark = pytest.mark.unit


@pytest.fixture
def bell():
    bell = Bell()
    yield bell
    bell.close()


def test_each_ring_lets_one_wait_return(bell):
    waits = []

    def wait():
        for number in range(3):
            bell.wait()
            waits.append(number)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    for _ in range(2):
        bell.ring()
    thread.join(0.1)
    assert waits == [0, 1]
    bell.ring()
    thread.join(5)
    assert waits == [0, 1, 2]


def test_the_loop_hears_a_thread_ring_and_hushes_all_rings_at_once(bell):
    async def main():
        loop, heard = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(bell, heard.set)
        thread = threading.Thread(target=lambda: [bell.ring() for _ in range(3)])
        thread.start()
        await asyncio.wait_for(heard.wait(), 5)
        thread.join()
        bell.hush()
        await asyncio.sleep(0)  # what was heard before the hush may still be on its way
        heard.clear()
        await asyncio.sleep(0.01)
        loop.remove_reader(bell)
        return heard.is_set()

    assert asyncio.run(main()) is False


def test_it_may_be_taken_down_twice(bell):
    bell.close()
    bell.close()
