"""Watchers over a real unix socket: who is let in, what they get, and that the slowest slows nobody."""

from __future__ import annotations

import asyncio
import os
import stat

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.clock import patient_loop
from pipeline import watchers as module
from pipeline.watchers import MOST_WAITING
from tests.unit.pipeline.watching import MUTED, STARTED, House, during

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("loop_factory", [None, patient_loop])
def test_a_reader_begins_with_the_history_and_goes_on_with_what_happens(tmp_path, loop_factory):
    async def script(house):
        house.watchers.note(MUTED)
        reader = await house.let_in()
        assert [await reader.event(), await reader.event()] == [STARTED, MUTED]
        for number in range(100):
            house.watchers.note(e.VisitReset(at=float(number)))
        assert [(await reader.event()).at for _ in range(100)] == list(map(float, range(100)))

    during(tmp_path, script, loop_factory)


def test_nothing_is_lost_between_the_history_and_the_present(tmp_path):
    async def script(house):
        for number in range(2_000):
            house.watchers.note(e.VisitReset(at=float(number)))
        readers = [await house.let_in() for _ in range(3)]
        for number in range(2_000, 2_500):
            house.watchers.note(e.VisitReset(at=float(number)))
            if number % 50 == 0:
                await asyncio.sleep(0)
        for reader in readers:
            assert await reader.event() == STARTED
            assert [(await reader.event()).at for _ in range(2_500)] == list(map(float, range(2_500)))

    during(tmp_path, script)


def test_the_end_is_told_to_everybody_and_then_they_are_let_go(tmp_path):
    async def script(house):
        for reader in [await house.let_in() for _ in range(2)]:
            await reader.event()
        house.watchers.note(MUTED)
        house.watchers.note(e.SessionEnded(at=1.0, reason="finished"))

    async def then(house):
        for reader in house.readers:
            assert await reader.events() == [MUTED, e.SessionEnded(at=1.0, reason="finished")]
        assert not list(tmp_path.iterdir())

    during(tmp_path, script, then=then)


def test_one_that_reads_nothing_keeps_nobody_waiting_and_is_told_what_it_missed(tmp_path):
    count = 6_000

    async def script(house):
        asleep, awake = await house.let_in(), await house.let_in()
        asleep._writer.transport.pause_reading()
        assert await awake.event() == STARTED
        for number in range(count):
            house.watchers.note(e.VisitReset(at=float(number)))
            house.watchers.note(e.Gauge(at=float(number), name="loop_lag", value=0.0))
            if number % 200 == 199:
                for expected in range(number - 199, number + 1):
                    assert (await awake.event()).at == float(expected)
                    assert (await awake.event()).name == "loop_lag"
        asleep._writer.transport.resume_reading()
        house.watchers.note(MUTED)
        seen, missed, gaps = 0, 0, 0
        while (event := await asleep.event()) != MUTED:
            match event:
                case e.VisitReset():
                    assert event.at == seen + missed
                    seen += 1
                case e.EventsMissed():
                    missed += event.events
                    gaps += 1
                case _:
                    pass
        assert seen + missed == count
        assert gaps == 1
        assert missed > count - 5 * MOST_WAITING

    during(tmp_path, script)


def test_leaving_readers_are_forgotten(tmp_path):
    async def script(house):
        readers = [await house.let_in() for _ in range(5)]
        for reader in readers:
            await reader.event()
            reader.leave()
        for _ in range(20):
            house.watchers.note(MUTED)
            await asyncio.sleep(0.01)
        assert not house.watchers._readers

    during(tmp_path, script)


def test_commands_are_obeyed_in_order_whoever_gives_them(tmp_path):
    async def script(house):
        one, other = await house.let_in(), await house.let_in()
        one.say(wire.encode(c.Mute()) + "\n\n  ")
        await house.asked(1)
        other.say(wire.encode(c.Say(text="您好")))
        assert await house.asked(2) == [c.Mute(), c.Say(text="您好")]

    during(tmp_path, script)


@pytest.mark.parametrize(
    "line",
    ["nonsense", '{"type": "Say"}', wire.encode(STARTED), "x" * 70_000, "\xff"],
    ids=["no JSON", "a field missing", "an event", "too long", "no UTF-8"],
)
def test_what_is_no_command_is_refused_to_its_sender_alone(tmp_path, line):
    async def script(house):
        one, other = await house.let_in(), await house.let_in()
        for reader in (one, other):
            await reader.event()
        one.say(line)
        refused = await one.event()
        assert isinstance(refused, e.CommandRefused)
        assert (refused.command, refused.code) == ("", "input.wire")
        house.watchers.note(MUTED)
        assert [await one.event(), await other.event()] == [MUTED, MUTED]
        assert not house.session.asked

    during(tmp_path, script)


def test_before_the_session_takes_commands_they_are_refused(tmp_path):
    async def main():
        house = House(tmp_path)

        async def talk():
            reader = await house.let_in()
            reader.say(wire.encode(c.Mute()))
            assert (await reader.event()).code == "input.starting"

        await house.open_to(talk)
        await house.clear()

    asyncio.run(main())


def test_one_that_says_no_more_goes_on_reading(tmp_path):
    async def script(house):
        reader = await house.let_in()
        reader._writer.write_eof()
        await reader.event()
        await asyncio.sleep(0.05)
        house.watchers.note(MUTED)
        assert await reader.event() == MUTED

    during(tmp_path, script)


def test_only_the_user_who_runs_it_is_let_in(tmp_path, monkeypatch, caplog):
    async def script(house):
        assert stat.S_IMODE(house.path.stat().st_mode) == 0o600
        monkeypatch.setattr(module.os, "geteuid", lambda: os.getuid() + 1)
        stranger = await house.let_in()
        stranger.say(wire.encode(c.Mute()))
        with pytest.raises((ConnectionError, AssertionError)):
            assert await stranger.event() is not None
        assert not house.session.asked

    during(tmp_path, script)
    assert f"a process of user {os.getuid()} wanted to watch" in caplog.text


def test_files_made_meanwhile_are_as_open_as_ever(tmp_path):
    async def script(house):
        (tmp_path / "file").touch()

    umask = os.umask(0o022)
    try:
        during(tmp_path, script)
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644
    finally:
        os.umask(umask)
