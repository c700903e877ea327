"""Standard output that fails: noted, told in the end, and never in the way."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from pathlib import Path

import pytest

from cli.stdout import Stdout, watched_stdout
from core.errors import OutputError

pytestmark = pytest.mark.unit


class Failing(io.StringIO):
    """A stream over a real descriptor that refuses to be written."""

    def __init__(self, descriptor: int, number: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._number = number
        self.tries = 0

    def fileno(self) -> int:
        return self._descriptor

    def write(self, text: str) -> int:
        self.tries += 1
        raise OSError(self._number, os.strerror(self._number))


@pytest.fixture
def descriptor(tmp_path: Path):
    opened = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    yield opened
    os.close(opened)


def test_what_is_written_arrives():
    beneath = io.StringIO()
    out = Stdout(beneath)
    assert out.write("你好") == 2
    out.flush()
    out.check()
    assert beneath.getvalue() == "你好"


def test_a_full_disk_is_told_at_the_end_and_only_then(descriptor):
    out = Stdout(Failing(descriptor, errno.ENOSPC))
    assert out.write("some") == 4
    assert out.write("more") == 4
    with pytest.raises(OutputError, match="No space left") as caught:
        out.check()
    assert caught.value.code == "output.stdout"


def test_after_a_failure_the_descriptor_leads_to_nowhere(descriptor, tmp_path):
    Stdout(Failing(descriptor, errno.ENOSPC)).write("some")
    os.write(descriptor, b"lost")
    assert (tmp_path / "out").read_bytes() == b""


def test_a_reader_that_has_gone_stops_the_command_as_control_c_does(descriptor):
    out = Stdout(Failing(descriptor, errno.EPIPE))
    with pytest.raises(KeyboardInterrupt):
        out.write("some")
    assert out.reader_gone
    out.check()


def test_it_is_stopped_once(descriptor, monkeypatch):
    told = list[int]()
    monkeypatch.setattr(signal, "raise_signal", told.append)
    out = Stdout(Failing(descriptor, errno.EPIPE))
    out.write("some")
    out.write("more")
    assert told == [signal.SIGINT]


def test_other_questions_go_to_the_stream_beneath():
    assert Stdout(io.StringIO()).isatty() is False


def test_it_stands_in_for_standard_output_and_leaves_again():
    before = sys.stdout
    with watched_stdout() as out:
        assert sys.stdout is out
    assert sys.stdout is before


def test_closed_streams_lead_to_nowhere(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "stdout", None)
    with watched_stdout() as out:
        assert sys.stdin.read() == ""
        out.write("nobody reads this")
        out.flush()
    sys.stdin.close()
    out.close()
