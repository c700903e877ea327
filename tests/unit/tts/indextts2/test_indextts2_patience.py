"""Threads that wait for work."""

from __future__ import annotations

import pytest

from tts.indextts2.patience import let_threads_sleep

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("said", "then"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_unless_the_operator_said_otherwise(monkeypatch, said, then):
    import os

    monkeypatch.setenv("OMP_WAIT_POLICY", said or "")
    if said is None:
        monkeypatch.delenv("OMP_WAIT_POLICY")
    let_threads_sleep()
    assert os.environ["OMP_WAIT_POLICY"] == then
