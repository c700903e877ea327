"""No network: the same conversation in a namespace with loopback only, and with every internet socket refused."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

HOUSE = Path(__file__).parents[2]
REFUSE = """
import sys

def refuse(event, arguments):
    if event == "socket.__new__" and arguments[1] not in (1, -1):  # AF_UNIX is how a loop wakes itself
        asked(event, arguments)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        asked(event, arguments)
    elif event == "socket.connect" and not isinstance(arguments[1], (str, bytes)):
        asked(event, arguments)

def asked(event, arguments):
    with open("asked.txt", "a") as file:
        file.write(f"{event} {arguments[1:]}\\n")
    raise PermissionError(f"refused: {event}")

sys.addaudithook(refuse)
open("watched.txt", "w").close()
"""


def test_the_demo_is_the_same_conversation_with_loopback_only(
    demo, tingshuo, tmp_path, without_network, read_events, said
):
    done = tingshuo("demo", before=without_network)
    assert done.returncode == 0, done.stderr
    events = read_events((tmp_path / "out/demo/events.jsonl").read_text(encoding="utf-8"))
    assert said(events) == said(demo.events)


def test_the_demo_asks_for_no_internet_socket_at_all(demo, tingshuo, tmp_path, read_events, said):
    (tmp_path / "sitecustomize.py").write_text(REFUSE)
    done = tingshuo("demo", more={"PYTHONPATH": f"{tmp_path}:{HOUSE}"})
    assert (tmp_path / "watched.txt").exists()
    assert not (tmp_path / "asked.txt").exists(), (tmp_path / "asked.txt").read_text()
    assert done.returncode == 0, done.stderr
    events = read_events((tmp_path / "out/demo/events.jsonl").read_text(encoding="utf-8"))
    assert said(events) == said(demo.events)
