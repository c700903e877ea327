"""Replays: the first run is an ordinary one, later ones are recorded, and nothing else is different."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
