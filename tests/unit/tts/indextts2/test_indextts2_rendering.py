"""Sound made beside the decoding: whichever of the two is faster, the outcome is the same."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tts.indextts2.fake_cuda import FakeCuda
from tests.unit.tts.indextts2.synthetic import Synthetic, truth
from tests.unit.tts.indextts2.test_indextts2_stream import USUAL, begun
from tts.indextts2.beside import Beside
from tts.indextts2.reading import Mark, Reading
from tts.indextts2.rendering import AHEAD, Rendering

pytestmark = [pytest.mark.unit, pytest.mark.timeout(120)]

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> FakeCuda:
    return FakeCuda(monkeypatch)


class Device:
    """A GPU that gets as far as chance has it between two questions."""

    def __init__(self, cuda: FakeCuda, chance: random.Random, pace: float) -> None:
        self._cuda, self._chance, self._pace = cuda, chance, pace

    def work(self) -> None:
        """In the order of launches; what one stream was given does not wait for another's."""
        halted = set[int]()
        for event in self._cuda.events:
            if event.reached or id(event.stream) in halted:
                continue
            if self._chance.random() < self._pace:
                event.reached = True
            else:
                halted.add(id(event.stream))

    def unfinished(self) -> int:
        return sum(not event.reached for event in self._cuda.events)


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.05, 0.3, 0.9, 1.0]), st.integers(1, 260))
def test_whoever_is_faster_the_sound_is_that_of_the_whole(seed: int, pace: float, codes: int):
    with pytest.MonkeyPatch.context() as patch:
        cuda = FakeCuda(patch)
        device = Device(cuda, random.Random(seed), pace)
        synthetic = Synthetic(beside=Beside(CUDA))
        generator, first = begun(synthetic, USUAL, codes, steps=3)
        parts = []
        for step in (first, *iter(lambda: next(generator, "over"), "over")):
            assert device.unfinished() <= AHEAD
            device.work()
            if step is not None:
                parts.append(step)
    wanted = synthetic.vocoder(truth(torch.arange(USUAL.frames(codes))))[0, 0].numpy()
    heard = np.concatenate([part.samples for part in parts])
    assert np.abs(heard - wanted).max(initial=0) < 1e-5
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert synthetic.open == 0


def test_codes_of_the_next_portion_are_decoded_while_one_is_made(cuda: FakeCuda):
    generator, _ = begun(Synthetic(beside=Beside(CUDA)), USUAL, 200, steps=4, first_steps=4)
    while len(generator.gi_frame.f_locals["codes"]) < USUAL.first_codes + 11:
        assert next(generator) is None  # the GPU does nothing, and yet
    for event in cuda.events:
        event.reached = True
    launched = len(cuda.events)
    next(generator)
    assert len(cuda.events) == launched + AHEAD  # as soon as it can
    generator.close()


def test_on_a_processor_a_portion_sounds_before_a_further_code_is_decoded():
    generator, _ = begun(Synthetic(), USUAL, 200)
    assert any(step is not None for step in _until(generator, 16))
    generator.close()


def _until(generator, codes: int) -> Iterator[object]:
    for step in generator:
        if len(generator.gi_frame.f_locals["codes"]) > codes:
            return
        yield step


def test_the_first_portion_goes_before_other_work_and_the_others_do_not(cuda: FakeCuda):
    generator, _ = begun(Synthetic(beside=Beside(CUDA)), USUAL, 200)
    places = list[tuple[int, int]]()
    for step in generator:
        places += [(event.stream.priority, step is not None) for event in cuda.events if not event.reached]
        for event in cuda.events:
            event.reached = True
    priorities = [priority for priority, _ in places]
    assert priorities[0] < 0
    assert priorities == sorted(priorities)
    assert priorities[-1] == 0


def test_a_cancel_launches_nothing_more_and_later_work_waits_for_the_rest(cuda: FakeCuda):
    synthetic = Synthetic(beside=Beside(CUDA))
    for steps in range(40):
        generator, _ = begun(synthetic, USUAL, 100, steps=4)
        for _ in range(steps):
            next(generator)
        launched = len(cuda.events)
        around = cuda.current
        around.waited.clear()
        generator.close()
        assert len(cuda.events) == launched
        assert len(around.waited) == 1
        assert synthetic.open == 0


def test_what_is_done_beside_is_done_in_the_order_of_its_launches(cuda: FakeCuda):
    around, beside = cuda.current, Beside(CUDA)
    beside.join()
    assert not around.waited  # nothing was launched
    with beside(urgent=True, follow=True):
        high = cuda.current
    with beside(urgent=True):
        assert cuda.current is high
    assert high.waited == [around]
    with beside(urgent=False):
        usual = cuda.current
    assert (high.priority < 0, usual.priority, usual.waited) == (True, 0, [high])
    with beside(urgent=True):
        assert high.waited == [around, usual]
    beside.join()
    assert around.waited == [high]
    assert cuda.current is around


def test_on_a_processor_everything_is_done_where_it_stands():
    beside = Beside(CPU)
    assert not beside.apart
    with beside(urgent=True, follow=True):
        assert beside.mark().reached
    beside.join()
    value = torch.tensor([3])
    reading = Reading(value)
    value.fill_(4)
    assert (int(reading), reading.tensor().tolist()) == (3, [3])


def test_waiting_is_for_one_step_and_launches_the_next(cuda: FakeCuda):
    launched = list[int]()

    def steps():
        for step in range(4):
            launched.append(step)
            yield
        return Reading(torch.zeros(2))

    rendering = Rendering(steps(), Beside(CUDA), urgent=False)
    rendering.wait()
    assert launched == [0, 1]
    rendering.go_on()
    assert launched == [0, 1]
    rendering.wait()
    assert launched == [0, 1, 2]
    assert [event.reached for event in cuda.events] == [True, False, False]
    while not rendering.done:
        rendering.wait()
    assert rendering.sound().tolist() == [0, 0]


def test_a_mark_is_reached_when_the_device_is_there(cuda: FakeCuda):
    mark = Mark(CUDA)
    assert not mark.reached
    mark.wait()
    assert mark.reached
