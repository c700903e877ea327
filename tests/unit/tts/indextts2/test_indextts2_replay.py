"""Replays: the first run is an ordinary one, later ones are recorded, and nothing else is different."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tts.indextts2.fake_cuda import FakeCuda
from tests.unit.tts.indextts2.tape import HostAskedError, Tape
from tts.indextts2.replay import Replay, Shelf, recorder
from tts.indextts2.urgent import Urgent

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("tape", [None, Tape()])
def test_a_replay_does_the_same_as_the_work_itself(tape: Tape | None):
    total = torch.zeros(3)
    step = torch.tensor([1.0, 2.0, 3.0])
    once = Replay(lambda: total.add_(step * 2), tape)
    for _ in range(4):
        once()
    assert total.tolist() == [8.0, 16.0, 24.0]
    step.fill_(0.5)  # the work reads its tensors anew each time
    once()
    assert total.tolist() == [9.0, 17.0, 25.0]


def test_the_first_run_is_ordinary_and_the_second_is_recorded():
    tape, ran = Tape(), list[int]()
    once = Replay(lambda: ran.append(0), tape)
    once()
    assert (len(ran), tape.recorded, tape.replayed) == (1, 0, 0)
    once()
    once()
    assert (len(ran), tape.recorded, tape.replayed) == (2, 1, 2)


def test_the_tape_notices_a_question_to_the_host():
    number = torch.ones(1)
    asking = Replay(lambda: number.add_(number.item()), Tape())
    asking()
    with pytest.raises(HostAskedError):
        asking()


@given(st.lists(st.integers(0, 5)), st.integers(0, 4))
def test_a_shelf_keeps_what_was_used_last_and_no_more(kinds: list[int], most: int):
    shelf: Shelf[int, list[int]] = Shelf(most)
    last: list[int] = []
    for kind in kinds:
        thing = shelf.take(kind, lambda kind=kind: [kind])
        assert thing[0] == kind
        assert (len(thing) > 1) == (kind in last)
        thing.append(0)
        shelf.put(kind, thing)
        last = ([kind, *(other for other in last if other != kind)])[:most]
        assert len(shelf) == len(last)


def test_what_is_taken_from_a_shelf_is_nobody_elses():
    shelf: Shelf[str, object] = Shelf(3)
    first = shelf.take("a", object)
    second = shelf.take("a", object)
    assert first is not second
    shelf.put("a", first)
    assert shelf.take("a", object) is first


def test_without_a_gpu_nothing_is_recorded_and_nothing_is_urgent():
    cpu = torch.device("cpu")
    assert recorder(cpu) is None
    with Urgent(cpu)():
        assert float(torch.ones(1).sum()) == 1


def test_work_is_recorded_once_for_each_priority_and_on_one_stream_each(monkeypatch: pytest.MonkeyPatch):
    cuda = FakeCuda(monkeypatch)
    record = recorder(torch.device("cuda"))
    replays = [Replay(lambda: cuda.said.append(("work",)), record) for _ in range(2)]
    for priority in (0, 0, -5, -5):
        cuda.current = FakeCuda.Stream(priority)
        for replay in replays:
            replay()
    kinds = [entry[0] for entry in cuda.said]
    ran_and_recorded = ["work", "work", *["record", "work", "replay"] * 2]
    assert kinds == [*ran_and_recorded, *["record", "work", "replay"] * 2, "replay", "replay"]
    streams = [entry[1] for entry in cuda.said if entry[0] == "record"]
    assert streams[0] is streams[1]
    assert streams[2] is streams[3]
    assert [stream.priority for stream in streams] == [0, 0, -5, -5]


def test_urgent_work_waits_for_what_was_before_and_is_waited_for(monkeypatch: pytest.MonkeyPatch):
    cuda = FakeCuda(monkeypatch)
    around = cuda.current
    urgent = Urgent(torch.device("cuda"))
    with urgent():
        within = cuda.current
        assert within.priority < 0
        assert within.waited == [around]
        assert not around.waited
    assert cuda.current is around
    assert around.waited == [within]
    with urgent(wanted=False):
        assert cuda.current is around


def test_a_stage_that_ends_within_urgent_work_ends_as_elsewhere(monkeypatch: pytest.MonkeyPatch):
    cuda = FakeCuda(monkeypatch)
    around, urgent = cuda.current, Urgent(torch.device("cuda"))
    with pytest.raises(StopIteration), urgent():
        next(iter(()))
    assert len(around.waited) == 1
