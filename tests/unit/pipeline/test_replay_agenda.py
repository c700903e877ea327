"""The agenda of a replay: stimuli in their order, each with its readings; who went away is not waited for."""

from __future__ import annotations

import asyncio

import pytest

from core.clock import SkippingLoop
from pipeline.journal import Entry
from pipeline.replay_agenda import Agenda

pytestmark = pytest.mark.unit

BEGIN = Entry(number=0, at=0.0, kind="begin", readings={"now": [0.5]})


def entry(number: int, at: float, *readings: float) -> Entry:
    return Entry(number=number, at=at, kind="directed", readings={"now": list(readings)})


def run(main):
    with asyncio.Runner(loop_factory=lambda: SkippingLoop(frozen=True)) as runner:
        return runner.run(main())


def test_stimuli_come_by_time_and_then_by_number_and_bring_their_readings():
    async def main():
        agenda, seen = Agenda(BEGIN), []

        def see(name):
            return lambda: seen.append((name, agenda.at, agenda.reading("now"), agenda.reading("now")))

        for name, stimulus in (
            ("c", entry(3, 2.0, 7.0)),
            ("b", entry(2, 1.0)),
            ("a", entry(1, 1.0, 5.0, 6.0)),
        ):
            agenda.put(stimulus.at, stimulus.number, see(name), stimulus)
        assert (agenda.at, agenda.reading("now"), agenda.reading("now")) == (0.0, 0.5, None)
        agenda.start()
        await agenda.over
        return seen

    assert run(main) == [("a", 1.0, 5.0, 6.0), ("b", 1.0, None, None), ("c", 2.0, 7.0, None)]


def test_what_is_no_stimulus_leaves_time_and_readings_alone():
    async def main():
        agenda, seen = Agenda(BEGIN), []
        agenda.put(9.0, 1, lambda: seen.append((agenda.at, agenda.reading("now"))))
        agenda.start()
        await agenda.over
        return seen

    assert run(main) == [(0.0, 0.5)]


def test_who_went_away_is_passed_over_and_the_rest_goes_on():
    async def main():
        agenda, seen, broken = Agenda(BEGIN), [], []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: broken.append(context))
        waiting = asyncio.ensure_future(agenda.wait(1.0, entry(1, 1.0)))
        await asyncio.sleep(0)
        waiting.cancel()
        agenda.put(2.0, 2, lambda: seen.append(agenda.at), entry(2, 2.0))
        agenda.start()
        await agenda.over
        assert waiting.cancelled()
        assert not broken
        return seen

    assert run(main) == [2.0]


def test_what_comes_later_than_it_should_comes_now():
    async def main():
        agenda, seen = Agenda(BEGIN), []
        late = entry(2, 1.0)
        agenda.put(3.0, 1, lambda: agenda.put(1.0, 2, lambda: seen.append(agenda.at), late), entry(1, 3.0))
        agenda.start()
        await agenda.over
        return seen

    assert run(main) == [3.0]


@pytest.mark.parametrize(
    ("recorded", "since", "began", "now"), [(4.0, 1.0, 1.0, 4.0), (4.0, 1.0, 2.5, 5.5), (4.0, 1.0, 0.0, 3.0)]
)
def test_what_began_at_another_time_takes_as_long_as_it_took(recorded, since, began, now):
    async def main():
        return Agenda(BEGIN).moved(recorded, since, began)

    assert run(main) == pytest.approx(now)
