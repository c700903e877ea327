"""Every command explains itself: what it does, what may be given, and examples to start from."""

from __future__ import annotations

import re

import pytest

from cli.main import COMMANDS

pytestmark = pytest.mark.commands


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_teaches_by_example(tingshuo, name):
    done = tingshuo(name, "--help")
    assert done.returncode == 0
    assert not done.stderr
    assert f"usage: tingshuo {name}" in done.stdout
    examples = done.stdout.partition("\nexamples:\n")[2]
    assert re.search(rf"^  (?:\w+=\S+ )?tingshuo {name}\b", examples, re.MULTILINE)


def test_the_whole_says_where_to_start_and_names_every_command(tingshuo):
    done = tingshuo("--help")
    assert done.returncode == 0
    assert "start here:" in done.stdout
    for name in COMMANDS:
        assert re.search(rf"^    {name}\s+\S.{{15,}}", done.stdout, re.MULTILINE), name


@pytest.mark.parametrize(
    "words", [(), ("fly",), ("say",), ("run", "--in", "x.wav"), ("say", "hi", "--style", "sad")]
)
def test_wrong_usage_is_told_in_two_lines_and_has_a_status_of_its_own(tingshuo, words):
    done = tingshuo(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: tingshuo")
    assert "Traceback" not in done.stderr
