"""The command line as a whole: dispatch, failures in words, and examples that parse."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cli import main as command_line
from core.errors import DeviceError, ModelDamaged

pytestmark = pytest.mark.unit


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the command line with a command `try` that does as it is told."""

    def doing(act: Callable[[object], int], *words: str) -> int:
        def add_arguments(parser: object) -> None:
            del parser

        module = SimpleNamespace(__doc__="try: a command of the tests.", add_arguments=add_arguments, run=act)
        monkeypatch.setattr(command_line, "COMMANDS", ("try",))
        monkeypatch.setattr(command_line, "_module", lambda name: module)
        return command_line.main([*words, "try"])

    return doing


def _raising(error: BaseException) -> Callable[[object], int]:
    def act(_: object) -> int:
        raise error

    return act


def test_the_status_of_a_command_is_the_programs(doing):
    assert doing(lambda _: 7) == 7


def test_a_failure_is_one_message_with_code_and_hint(doing, capsys):
    status = doing(_raising(DeviceError("no ear", code="deaf", hint="plug one in")))
    assert status == DeviceError.exit_code
    assert capsys.readouterr().err == "error [device.deaf]: no ear\n  hint: plug one in\n"


def test_a_failure_without_a_hint_is_one_line(doing, capsys):
    assert doing(_raising(ModelDamaged("cut"))) == ModelDamaged.exit_code
    assert capsys.readouterr().err == "error [model-damaged]: cut\n"


def test_debug_lets_the_failure_through(doing):
    with pytest.raises(ModelDamaged):
        doing(_raising(ModelDamaged("cut")), "--debug")


def test_control_c_has_the_status_that_shells_expect(doing, capsys):
    assert doing(_raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "\nstopped\n"


def test_a_bug_is_not_hidden(doing):
    with pytest.raises(ZeroDivisionError):
        doing(_raising(ZeroDivisionError()))


@pytest.mark.parametrize("name", command_line.COMMANDS)
def test_each_example_of_the_help_can_be_typed(name):
    module = importlib.import_module(f"cli.{name}")
    examples = re.findall(rf"^  (?:\w+=\S+ )?tingshuo ({name}\b.*)$", module.EPILOG, re.MULTILINE)
    assert examples
    for example in examples:
        typed = re.split(r" {2,}| [<>] ", example)[0]
        assert command_line.parser().parse_args(shlex.split(typed)).command == name
