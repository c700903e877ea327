"""Time: the skipping loop jumps over waiting, in order, and never over work."""

import asyncio
import os
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import LoopClock, SkippingLoop, age, moment, patient_loop, today

pytestmark = pytest.mark.unit


def run(main, *, frozen: bool):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=frozen)) as runner:
        return runner.run(main)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=8))
def test_sleeps_wake_in_order_at_their_own_time(waits):
    async def main():
        clock, woken = LoopClock(), []

        async def sleeper(seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append((clock.now(), seconds))

        async with asyncio.TaskGroup() as group:
            for seconds in waits:
                group.create_task(sleeper(seconds))
        return woken

    woken = run(main(), frozen=True)
    assert [at for at, _ in woken] == sorted(at for at, _ in woken)
    assert all(at == pytest.approx(seconds, abs=1e-6) for at, seconds in woken)


def test_an_hour_of_waiting_takes_no_time():
    began = time.perf_counter()

    async def main():
        clock = LoopClock()
        await clock.sleep(3600)
        return clock.now()

    assert run(main(), frozen=False) == pytest.approx(3600, abs=1)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("frozen", [True, False])
def test_waiting_is_not_skipped_while_work_is_held(frozen):
    async def main():
        clock, loop = LoopClock(), asyncio.get_running_loop()
        done = loop.create_future()
        release = threading.Event()

        def work() -> None:
            release.wait(5)
            loop.call_soon_threadsafe(done.set_result, clock.now)

        thread = threading.Thread(target=work)
        clock.hold()
        thread.start()
        timer = loop.call_later(1000, lambda: None)
        loop.call_later(0, release.set)
        await done
        at = clock.now()
        clock.release()
        timer.cancel()
        thread.join()
        return at

    assert run(main(), frozen=frozen) < 6


@pytest.mark.parametrize(
    "make", [lambda: SkippingLoop(frozen=True), lambda: SkippingLoop(frozen=False), patient_loop]
)
def test_what_waits_for_rest_comes_one_by_one_each_when_nothing_is_left_to_do(make):
    async def main():
        loop, seen = asyncio.get_running_loop(), []

        def stimulus(name: str) -> None:
            seen.append(name)
            loop.call_soon(lambda: loop.call_soon(seen.append, f"after {name}"))

        for name in ("first", "second", "third"):
            loop.at_rest.append(lambda name=name: stimulus(name))
        loop.call_soon(lambda: loop.call_soon(seen.append, "what was there before"))
        await LoopClock().sleep(0.05)
        return seen

    with asyncio.Runner(loop_factory=make) as runner:
        seen = runner.run(main())
    assert seen == [
        "what was there before", "first", "after first", "second", "after second", "third", "after third",
    ]  # fmt: skip


def test_rest_comes_before_time_goes_on():
    async def main():
        loop, clock, at = asyncio.get_running_loop(), LoopClock(), []
        loop.at_rest.extend([lambda: at.append(clock.now())] * 2)
        await clock.sleep(60)
        return at

    assert run(main(), frozen=True) == [0.0, 0.0]


def test_a_patient_loop_takes_the_time_it_takes():
    began = time.perf_counter()

    async def main():
        await LoopClock().sleep(0.05)

    with asyncio.Runner(loop_factory=patient_loop) as runner:
        runner.run(main())
    assert time.perf_counter() - began >= 0.049


def test_moments_and_ages(tmp_path):
    assert len(moment()) == len("2026-01-02T03-04-05")
    assert -5 < age(tmp_path.stat().st_mtime) < 60


def test_today_is_the_day_of_the_present_moment():
    before, day, after = moment(), today(), moment()
    assert before[:10] <= day.isoformat() <= after[:10]


@pytest.mark.parametrize("frozen", [True, False])
def test_what_can_be_read_is_read_before_any_waiting_is_skipped(frozen):
    async def main():
        clock, loop = LoopClock(), asyncio.get_running_loop()
        read, write = os.pipe()
        came = loop.create_future()
        loop.add_reader(read, lambda: came.done() or came.set_result(clock.now()))
        os.write(write, b"x")
        async with asyncio.timeout(3600):
            at = await came
        loop.remove_reader(read)
        os.close(read)
        os.close(write)
        return at

    assert run(main(), frozen=frozen) < 60
