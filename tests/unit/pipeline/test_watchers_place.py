"""Where watchers attach: the socket's place, a session's end, and their own side of it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from core import commands as c
from core import events as e
from core import wire
from core.errors import DeviceError, InputError, OutputError
from pipeline import watchers as module
from pipeline.attachment import attach, place
from pipeline.config import SessionConfig
from tests.unit.pipeline.watching import STARTED, House, dead, during

pytestmark = pytest.mark.unit


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

    def test_it_is_in_the_users_state_folder_unless_it_is_set(self, tmp_path):
        usual, environment = SessionConfig.model_validate({}), {"XDG_STATE_HOME": str(tmp_path)}
        assert place(usual, environment) == tmp_path / "tingshuo" / "talk.socket"
        assert place(usual, {}) == Path("~/.local/state/tingshuo/talk.socket").expanduser()
        chosen = SessionConfig.model_validate({"socket": "~/hall.socket"})
        assert place(chosen, environment) == Path("~/hall.socket").expanduser()

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

    def test_it_knows_whose_session_it_is(self, tmp_path):
        async def script(house):
            attached = await asyncio.to_thread(attach, house.path)
            assert attached.process == os.getpid()
            await (await house.let_in()).event()
            attached.close()

        during(tmp_path, script)

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
            attached = await asyncio.to_thread(attach, house.path)
            await (await house.let_in()).event()
            attached.close()

        during(tmp_path, script)

    def test_where_there_is_none_it_says_what_to_do(self, tmp_path):
        dead(tmp_path / "dead")
        for name, words in (("nobody", "there is no session"), ("dead", "has ended"), ("x" * 200, "cannot")):
            with pytest.raises(InputError, match=words) as refusal:
                attach(tmp_path / name)
            assert refusal.value.code == "input.no-session"
            assert "--listen" in refusal.value.hint
