"""Watchers over a real unix socket: who is let in, what they get, and that the slowest slows nobody."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.clock import LoopClock, patient_loop
from core.errors import DeviceError, InputError, OutputError
from pipeline import watchers as module
from pipeline.attachment import attach
from pipeline.watchers import MOST_WAITING, Watchers

pytestmark = pytest.mark.unit

STARTED = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=0, demo=False)
MUTED = e.MicrophoneMuted(at=0.1, muted=True)


class Session:
    """Notes what it is asked."""

    busy = False

    def __init__(self):
        self.asked = []

    def obey(self, command):
        self.asked.append(command)


class Reader:
    """A watcher's own end."""

    def __init__(self, reader, writer):
        self._reader, self._writer = reader, writer

    async def event(self):
        line = await asyncio.wait_for(self._reader.readline(), 5)
        return wire.decode(line.decode()) if line else None

    async def events(self):
        """All until the connection ends."""
        found = []
        while (event := await self.event()) is not None:
            found.append(event)
        return found

    def say(self, line):
        self._writer.write(line.encode() + b"\n")

    def leave(self):
        self._writer.close()


class House:
    """Watchers with a session that lasts as long as a test's script."""

    def __init__(self, folder: Path):
        self.path = folder / "s"
        self.clock = LoopClock()
        self.watchers = Watchers(self.clock)
        self.session = Session()

        self.readers: list[Reader] = []

    async def let_in(self) -> Reader:
        self.readers.append(Reader(*await asyncio.open_unix_connection(self.path, limit=1 << 24)))
        return self.readers[-1]

    async def asked(self, count: int) -> list:
        """What the session was asked, once that is so much."""
        async with asyncio.timeout(5):
            while len(self.session.asked) < count:  # noqa: ASYNC110 - the session is told, and tells nobody
                await asyncio.sleep(0.01)
        return self.session.asked

    async def while_open(self, script):
        async def talk():
            self.watchers.note(STARTED)
            self.watchers.direct(self.session)
            await script(self)

        await self.open_to(talk)

    async def open_to(self, talk):
        try:
            await self.watchers.beside(self.path, talk)
        finally:
            await asyncio.sleep(0.01)

    async def clear(self):
        for reader in self.readers:
            reader.leave()
        await asyncio.sleep(0.01)


def during(folder, script, loop_factory=None, *, then=None) -> None:
    """Run a script while the house is open, and another when it is closed again."""

    async def main():
        house = House(folder)
        try:
            await house.while_open(script)
            if then is not None:
                await then(house)
        finally:
            await house.clear()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(main())


def dead(path) -> None:
    """Leave the socket of a session that was killed."""

    async def die():
        (await asyncio.start_unix_server(lambda reader, writer: None, path)).close()

    asyncio.run(die())
    assert path.is_socket()


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


class TestThePlace:
    def test_what_a_dead_session_left_is_replaced(self, tmp_path):
        dead(tmp_path / "s")

        async def script(house):
            assert await (await house.let_in()).event() == STARTED

        during(tmp_path, script)

    def test_where_another_session_listens_there_is_no_second(self, tmp_path):
        async def script(house):
            with pytest.raises(OutputError, match="another session") as refusal:
                await House(tmp_path).while_open(None)
            assert refusal.value.code == "output.socket-taken"
            assert await (await house.let_in()).event() == STARTED

        during(tmp_path, script)

    def test_what_is_no_socket_is_left_alone(self, tmp_path):
        (tmp_path / "s").write_text("letters", encoding="ascii")
        with pytest.raises(OutputError, match="no socket"):
            during(tmp_path, None)
        assert (tmp_path / "s").read_text(encoding="ascii") == "letters"

    @pytest.mark.parametrize("name", ["not/there", "long" * 30])
    def test_where_nobody_can_listen_it_says_so(self, tmp_path, name):
        with pytest.raises(OutputError, match="cannot listen on") as refusal:
            during(tmp_path / name, None)
        assert refusal.value.hint

    def test_where_one_may_not_look_it_says_so(self, tmp_path, monkeypatch):
        async def refused(path):
            raise PermissionError(13, "Permission denied")

        dead(tmp_path / "s")
        monkeypatch.setattr(module.asyncio, "open_unix_connection", refused)
        with pytest.raises(OutputError, match="Permission denied"):
            during(tmp_path, None)

    def test_somebody_may_have_cleared_it_away(self, tmp_path):
        async def script(house):
            house.path.unlink()

        during(tmp_path, script)


def test_what_ends_the_session_is_told_as_it_was(tmp_path):
    async def script(house):
        await (await house.let_in()).event()
        raise DeviceError("the microphone is gone", code="lost")

    with pytest.raises(DeviceError, match="gone"):
        during(tmp_path, script)
    assert not (tmp_path / "s").exists()


def test_somebody_who_comes_at_the_very_end_is_sent_away(tmp_path):
    async def script(house):
        house.watchers._closed = True
        assert await (await house.let_in()).event() is None

    during(tmp_path, script)


class TestAttachment:
    def test_lines_come_until_the_session_ends(self, tmp_path):
        async def script(house):
            for number in range(500):
                house.watchers.note(e.VisitReset(at=float(number)))
            attached = await asyncio.to_thread(attach, house.path)
            lines = attached.lines()
            first = [await asyncio.to_thread(next, lines) for _ in range(501)]
            assert wire.decode(first[0]) == STARTED
            assert [wire.decode(line).at for line in first[1:]] == list(map(float, range(500)))
            os.write(attached.fileno(), wire.encode(c.Quit()).encode() + b"\n")
            await house.asked(1)
            rest.append(lines)

        rest = []
        during(tmp_path, script)
        assert list(rest[0]) == []

    def test_letting_go_ends_the_lines_of_whoever_waits(self, tmp_path):
        async def script(house):
            attached = await asyncio.to_thread(attach, house.path)
            async with asyncio.TaskGroup() as group:
                reading = group.create_task(asyncio.to_thread(lambda: list(attached.lines())))
                await asyncio.sleep(0.1)
                attached.close()
            assert [wire.decode(line) for line in reading.result()] == [STARTED]

        during(tmp_path, script)

    def test_patience_ends_too(self, tmp_path):
        async def script(house):
            attached = await asyncio.to_thread(attach, house.path)
            lines = await asyncio.to_thread(lambda: list(attached.lines(0.05)))
            assert len(lines) == 1
            attached.close()

        during(tmp_path, script)

    def test_one_that_was_never_read_is_let_go_of_too(self, tmp_path):
        async def script(house):
            (await asyncio.to_thread(attach, house.path)).close()

        during(tmp_path, script)

    def test_where_there_is_none_it_says_what_to_do(self, tmp_path):
        dead(tmp_path / "dead")
        for name, words in (("nobody", "there is no session"), ("dead", "has ended"), ("x" * 200, "cannot")):
            with pytest.raises(InputError, match=words) as refusal:
                attach(tmp_path / name)
            assert refusal.value.code == "input.no-session"
            assert "--listen" in refusal.value.hint
