"""Lanes: order, bounds, errors and cancellation, on a thread and inline."""

import asyncio
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import LoopClock, SkippingLoop
from core.errors import LlmError, TtsError
from pipeline.lane import Given, InlineLane, ThreadLane

pytestmark = pytest.mark.unit


def run(main, loop_factory=None):
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main)


@pytest.fixture(params=[ThreadLane, InlineLane])
def lane_kind(request):
    return request.param


@settings(max_examples=25)
@given(
    values=st.lists(st.integers(), max_size=30),
    ahead=st.integers(1, 4),
    kind=st.sampled_from([ThreadLane, InlineLane]),
)
def test_everything_an_engine_yields_arrives_in_order(values, ahead, kind):
    async def main():
        lane = kind("engine", LoopClock())
        try:
            return [value async for value in lane.walk(lambda: iter_generator(values), ahead=ahead)]
        finally:
            lane.close()

    assert run(main()) == values


def iter_generator(values):
    yield from values


def test_the_thread_runs_ahead_no_further_than_allowed():
    async def main():
        lane, produced = ThreadLane("engine", LoopClock()), []

        def engine():
            for number in range(100):
                produced.append(number)
                yield number

        steps = lane.walk(engine, ahead=3)
        first = await anext(steps)
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert first == 0
        assert len(produced) <= 1 + 3
        steps.close()
        lane.close()

    run(main())


def test_closing_closes_the_generator_on_its_own_lane_and_the_next_walk_works(lane_kind):
    async def main():
        lane, closed_on = lane_kind("engine", LoopClock()), []

        def engine():
            try:
                while True:
                    yield 1
            finally:
                closed_on.append(threading.current_thread().name)

        steps = lane.walk(engine)
        await anext(steps)
        steps.close()
        again = [value async for value in lane.walk(lambda: iter_generator([5, 6]))]
        lane.close()
        return closed_on, again

    closed_on, again = run(main())
    assert again == [5, 6]
    assert closed_on == ["lane-engine" if lane_kind is ThreadLane else "MainThread"]


def test_a_walk_closed_before_its_turn_never_starts():
    async def main():
        lane, started, gate = ThreadLane("engine", LoopClock()), [], threading.Event()

        def slow():
            gate.wait(5)
            yield 1

        def never():
            started.append(True)
            yield 2

        first = lane.walk(slow)
        second = lane.walk(never)
        second.close()
        gate.set()
        values = [value async for value in first]
        lane.close()
        return values, started

    assert run(main()) == ([1], [])


def test_an_engines_own_error_arrives_as_it_is(lane_kind):
    async def main():
        lane = lane_kind("engine", LoopClock(), TtsError)

        def engine():
            yield 1
            raise LlmError("broken", code="boom")

        steps = lane.walk(engine)
        assert await anext(steps) == 1
        with pytest.raises(LlmError, match="broken"):
            await anext(steps)
        lane.close()

    run(main())


def test_any_other_exception_becomes_the_lanes_failure(lane_kind):
    async def main():
        lane = lane_kind("engine", LoopClock(), TtsError)

        def engine():
            raise RuntimeError("segfault, nearly")
            yield

        with pytest.raises(TtsError, match="segfault") as failed:
            await anext(lane.walk(engine))
        assert failed.value.code == "tts.unexpected"
        assert isinstance(failed.value.__cause__, RuntimeError)
        lane.close()

    run(main())


def test_an_error_while_closing_is_not_swallowed():
    async def main():
        lane = ThreadLane("engine", LoopClock(), TtsError)

        class Stubborn:
            def __iter__(self):
                return iter([1])

            def close(self):
                raise RuntimeError("cannot close")

        steps = lane.walk(Stubborn)
        assert await anext(steps) == 1
        with pytest.raises(TtsError, match="cannot close"):
            await anext(steps)
        lane.close()

    run(main())


def test_virtual_time_stands_still_while_a_thread_computes():
    async def main():
        clock, gate = LoopClock(), threading.Event()
        lane = ThreadLane("engine", clock)
        asyncio.get_running_loop().call_later(0, gate.set)

        def engine():
            gate.wait(5)
            yield from range(5)

        values = [value async for value in lane.walk(engine, ahead=2)]
        at = clock.now()
        lane.close()
        return values, at

    values, at = run(main(), lambda: SkippingLoop(frozen=True))
    assert values == list(range(5))
    assert at == 0.0


def test_an_inline_lane_takes_the_time_it_is_told():
    async def main():
        clock = LoopClock()
        lane = InlineLane("engine", clock, step=lambda number: 0.5 if number == 0 else 0.1)
        times = [round(clock.now(), 6) async for _ in lane.walk(lambda: iter_generator([1, 2, 3]))]
        closed = lane.walk(lambda: iter_generator([1]))
        closed.close()
        assert [value async for value in closed] == []
        return times

    assert run(main(), lambda: SkippingLoop(frozen=True)) == [0.5, 0.6, 0.7]


def test_given_steps_end_when_closed():
    async def main():
        steps = Given("a", "b")
        assert await anext(steps) == "a"
        steps.close()
        assert [value async for value in steps] == []
        assert [value async for value in Given("x")] == ["x"]

    run(main())


def test_a_lane_whose_loop_has_gone_ends_quietly():
    gate = threading.Event()

    def engine():
        yield 1
        gate.wait(5)
        yield 2

    async def main():
        lane = ThreadLane("engine", LoopClock())
        await anext(lane.walk(engine))
        return lane

    lane = run(main())
    gate.set()
    lane.close()
    assert not [t for t in threading.enumerate() if t.name == "lane-engine"]


def test_closing_a_lane_frees_a_walk_that_waits_for_its_consumer():
    async def main():
        lane = ThreadLane("engine", LoopClock())
        steps = lane.walk(lambda: iter_generator(range(100)), ahead=2)
        await anext(steps)
        began = time.perf_counter()
        lane.close()
        return time.perf_counter() - began

    assert run(main()) < 4, "the join did not have to give up"


def test_a_consumer_that_waits_when_the_lane_is_closed_is_told_that_nothing_comes():
    async def main():
        lane, gate = ThreadLane("engine", LoopClock()), threading.Event()

        def engine():
            gate.wait(5)
            yield 1

        steps = lane.walk(engine)
        async with asyncio.TaskGroup() as group:
            taken = group.create_task(list_of(steps))
            await asyncio.sleep(0.01)
            threading.Timer(0.05, gate.set).start()
            lane.close()
        return taken.result()

    assert run(main()) == []


async def list_of(steps):
    return [value async for value in steps]


def test_a_step_that_outlasts_the_closing_ends_the_thread_when_it_is_done():
    async def main():
        lane, begun, gate = ThreadLane("engine", LoopClock()), threading.Event(), threading.Event()

        def engine():
            begun.set()
            gate.wait(5)
            yield 1

        steps = lane.walk(engine)
        begun.wait(5)
        lane.close(timeout=0.01)
        still = [t for t in threading.enumerate() if t.name == "lane-engine"]
        gate.set()
        values = await list_of(steps)
        lane.close()
        return len(still), values, [t for t in threading.enumerate() if t.name == "lane-engine"]

    assert run(main()) == (1, [], [])


def test_a_lane_that_was_never_walked_may_be_closed_and_closed_again():
    async def main():
        lane = ThreadLane("engine", LoopClock())
        lane.close()
        lane.close()

    run(main())


@pytest.mark.parametrize("ahead", [1, 2, 64])
def test_a_quick_engine_and_a_consumer_that_stops_and_goes_never_wait_for_each_other_for_ever(ahead):
    async def main():
        lane, taken = ThreadLane("engine", LoopClock()), []
        async for value in lane.walk(lambda: iter_generator(range(2_000)), ahead=ahead):
            taken.append(value)
            if value % 100 == 0:
                await asyncio.sleep(0.001)
        lane.close()
        return taken

    assert run(main()) == list(range(2_000))
