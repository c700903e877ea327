"""Commands that are typed: which wait, and for what."""

from __future__ import annotations

import asyncio

import pytest

from core import commands as c
from core.clock import LoopClock
from pipeline.typed_commands import QUESTIONS, TypedCommands

pytestmark = pytest.mark.unit


class Session:
    """Busy from a question until a test says otherwise."""

    def __init__(self):
        self.busy = False
        self.obeyed = []

    def obey(self, command):
        self.obeyed.append(command)
        self.busy = isinstance(command, c.Ask)


ONE, TWO = c.Ask(text="一"), c.Ask(text="二")


def test_from_a_pipe_a_question_waits_for_the_answer_before_it():
    session = Session()
    commands = TypedCommands(session, waits=QUESTIONS)
    for command in (ONE, TWO, c.Quit()):
        commands.take(command)
    commands.close()

    async def main():
        async with asyncio.TaskGroup() as group:
            turn = group.create_task(commands.obey_in_turn(LoopClock()))
            await asyncio.sleep(0.12)
            assert session.obeyed == [ONE]
            session.busy = False
            await asyncio.sleep(0.12)
            assert session.obeyed == [ONE, TWO]
            session.busy = False
            await turn

    asyncio.run(main())
    assert session.obeyed == [ONE, TWO, c.Quit()]
    assert commands.over


@pytest.mark.parametrize("command", [c.Interrupt(), c.Mute(), c.TakeOver(), c.Say(text="等一下")])
def test_what_an_operator_wants_at_once_does_not_wait(command):
    session = Session()
    commands = TypedCommands(session, waits=QUESTIONS)
    for taken in (ONE, TWO, command):
        commands.take(taken)
    assert session.obeyed == [ONE, command]


def test_at_a_terminal_nothing_waits():
    session = Session()
    commands = TypedCommands(session, waits=())
    for taken in (ONE, TWO, c.Quit()):
        commands.take(taken)
    assert session.obeyed == [ONE, TWO, c.Quit()]


def test_without_an_end_it_goes_on_until_it_is_closed():
    commands = TypedCommands(Session(), waits=QUESTIONS)

    async def main():
        async with asyncio.TaskGroup() as group:
            turn = group.create_task(commands.obey_in_turn(LoopClock()))
            await asyncio.sleep(0.12)
            assert not turn.done()
            commands.close()

    asyncio.run(main())


def test_the_lines_of_a_script_are_obeyed_in_their_order():
    session = Session()
    commands = TypedCommands(session, waits=(c.Ask, c.Reset))
    for command in (ONE, c.Reset()):
        commands.take(command)
    assert session.obeyed == [ONE]
