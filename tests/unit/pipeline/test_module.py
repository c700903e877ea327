"""`python -m pipeline`: what it is told reaches the session, and what becomes of it is its exit status."""

from __future__ import annotations

import runpy
import sys

import pytest

from core.errors import DeviceError
from pipeline import headless

pytestmark = pytest.mark.unit


def status(monkeypatch, *words: str, serve=lambda *_, **__: None) -> int:
    monkeypatch.setattr(headless, "serve", serve)
    monkeypatch.setattr(sys, "argv", ["pipeline", *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("pipeline", run_name="__main__")
    return ended.value.code


def test_settings_and_missing_devices_reach_the_session(monkeypatch):
    told = []

    def serve(config, **devices):
        told.append((config.llm.seed, devices))

    assert status(monkeypatch, "--set", "llm.seed=7", "--no-microphone", serve=serve) == 0
    assert told == [(7, {"microphone": False, "loudspeaker": True})]


def test_an_error_is_told_with_its_hint_and_is_the_exit_status(monkeypatch, capsys):
    error = DeviceError("no microphone", code="missing", hint="plug one in")

    def serve(*_, **__):
        raise error

    assert status(monkeypatch, serve=serve) == error.exit_code
    assert capsys.readouterr().err == "error [device.missing]: no microphone\n  hint: plug one in\n"


def test_whoever_ends_it_by_hand_is_told_nothing(monkeypatch, capsys):
    def serve(*_, **__):
        raise KeyboardInterrupt

    assert status(monkeypatch, serve=serve) == 130
    assert not capsys.readouterr().err


def test_who_imports_it_starts_nothing(monkeypatch):
    monkeypatch.setattr(headless, "serve", lambda *_, **__: pytest.fail("it serves"))
    assert runpy.run_module("pipeline.__main__")["INTERRUPTED"] == 130
