"""What all tests share: examples that repeat, no network, nothing left behind."""

from __future__ import annotations

import ipaddress
import socket
import threading

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse every connection beyond this machine, whoever makes it."""
    real = socket.socket.connect

    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address}")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_thread_left_behind():
    """Lanes and devices end their threads; one that goes on was forgotten."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("lane-"):
            thread.join(5)
            assert not thread.is_alive(), f"{thread.name} was left running"


@pytest.fixture(scope="session")
def tiny_indextts2(tmp_path_factory):
    """See tests/tiny_indextts2.py; skipped where torch is not installed."""
    pytest.importorskip("torch", reason="torch is not installed: pip install -c constraints.txt -e '.[gpu]'")
    from tests.tiny_indextts2 import made

    return made(tmp_path_factory.mktemp("indextts2"))
