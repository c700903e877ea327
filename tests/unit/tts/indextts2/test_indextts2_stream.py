"""A segment in portions against what is known to be true: every sample, every frame's noise, every cancel."""

from __future__ import annotations

import gc
import random
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audio import Samples
from tests.unit.tts.indextts2.synthetic import SEED, Synthetic, truth
from tts.indextts2 import stream
from tts.indextts2.config import HOP_SAMPLES
from tts.indextts2.flow import drawn_noise
from tts.indextts2.length_regulator import Moments, frames_per_code
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.segment import Sound
from tts.indextts2.stream import Manner, streamed
from tts.indextts2.stream_join import FADE_FRAMES
from tts.indextts2.stream_plan import MARGIN_FRAMES, Plan

pytestmark = [pytest.mark.unit, pytest.mark.timeout(120)]

torch.set_num_threads(1)
USUAL = Plan(ratio=frames_per_code())


def begun(synthetic: Synthetic, plan: Plan, codes: int, *, steps: int = 2, first_steps: int = 1):
    manner = Manner(
        plan=plan,
        moments=Moments(torch.zeros(1), torch.ones(1), 0),
        steps=steps,
        first_steps=first_steps,
        guidance=0.7,
        seed=SEED,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "walked", lambda *_: synthetic.decoding(codes))
        generator = streamed(synthetic.networks, synthetic.speaker, torch.zeros(0), Sampling(), manner)
        first = next(generator, "nothing")  # the decoder is asked for here
    return generator, first


def pieces(synthetic: Synthetic, plan: Plan, codes: int, **more: int) -> list[Sound]:
    generator, _ = begun(synthetic, plan, codes, **more)
    return [step for step in generator if step is not None]


def sound(synthetic: Synthetic, plan: Plan, codes: int) -> Samples:
    return np.concatenate([piece.samples for piece in pieces(synthetic, plan, codes)])


def whole(synthetic: Synthetic, frames: int) -> Samples:
    return synthetic.vocoder(truth(torch.arange(frames)))[0, 0].numpy() if frames else np.zeros(0)


@settings(max_examples=100)
@given(
    st.builds(
        Plan,
        ratio=st.floats(0.5, 2.0).map(lambda duration: frames_per_code(duration=duration)),
        first_codes=st.integers(10, 25),
        growth=st.lists(st.integers(25, 120), min_size=1, max_size=3).map(tuple),
        tail=st.integers(0, 200),
        overlap=st.integers(0, 64),
        held=st.integers(FADE_FRAMES, 32),
        anew=st.booleans(),
    ),
    st.integers(1, 400),
)
def test_in_whatever_portions_the_sound_is_that_of_the_whole_to_the_sample(plan: Plan, codes: int):
    synthetic = Synthetic(context=min(MARGIN_FRAMES, plan.held - FADE_FRAMES))
    parts = pieces(synthetic, plan, codes)
    heard, wanted = np.concatenate([part.samples for part in parts]), whole(synthetic, plan.frames(codes))
    assert len(heard) == HOP_SAMPLES * plan.frames(codes)
    assert np.abs(heard - wanted).max(initial=0) < 1e-5
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert synthetic.open == 0


def test_a_frame_in_the_wrong_place_would_be_heard(monkeypatch):
    """The check itself: one frame of offset anywhere is far from nothing."""
    original = stream._Growing._spectrum

    def late(self, portion):
        yield from original(self, portion)
        self._mel = self._mel.roll(int(portion.last), dims=2)

    assert np.abs(sound(Synthetic(), USUAL, 120) - whole(Synthetic(), 206)).max() < 1e-5
    monkeypatch.setattr(stream._Growing, "_spectrum", late)
    assert np.abs(sound(Synthetic(), USUAL, 120) - whole(Synthetic(), 206)).max() > 0.05


def test_what_the_flow_was_unsure_of_is_made_again_before_it_sounds():
    plan = replace(USUAL, overlap=16, held=20)
    assert np.abs(sound(Synthetic(unsure=12), plan, 200)[: -30 * HOP_SAMPLES]).max() <= 1.0
    right = whole(Synthetic(), plan.frames(200))
    settled = (plan.frames(200) - 12 - 4) * HOP_SAMPLES  # the last portion's end has nothing after it
    assert np.abs(sound(Synthetic(unsure=12), plan, 200) - right)[:settled].max() < 1e-5
    with pytest.raises(AssertionError):  # the flow is shown a tail that is wrong
        sound(Synthetic(unsure=12), replace(plan, overlap=4), 200)


def test_the_flow_sees_few_lengths_and_fewer_steps_at_first():
    synthetic = Synthetic()
    pieces(synthetic, USUAL, 400, steps=5, first_steps=3)
    assert [steps for _, steps in synthetic.lengths] == [3, 5, 5, 5, 5, 5]
    assert [frames for frames, _ in synthetic.lengths] == [25, 86, 172, 288, 288, 288]


def test_made_anew_every_portion_is_the_whole_so_far():
    synthetic = Synthetic()
    pieces(synthetic, replace(USUAL, anew=True), 200)
    assert [frames for frames, _ in synthetic.lengths] == [25, 86, 172, 344]


def test_only_what_the_next_portion_needs_is_decoded_before_it():
    generator, _ = begun(Synthetic(), USUAL, 200)
    first = next(step for step in generator if step is not None)
    assert len(first.samples) == (USUAL.frames(15) - USUAL.held) * HOP_SAMPLES
    assert len(generator.gi_frame.f_locals["codes"]) == USUAL.first_codes + 1
    generator.close()


def test_a_segment_that_ends_with_a_portion_has_no_empty_one_after_it():
    for codes, count in ((14, 1), (15, 1), (16, 2), (50, 2), (51, 3)):
        parts = pieces(Synthetic(), USUAL, codes)
        assert len(parts) == count
        assert sum(len(part.samples) for part in parts) == HOP_SAMPLES * USUAL.frames(codes)


def test_a_code_that_is_too_short_for_a_frame_makes_no_sound():
    fast = Plan(ratio=frames_per_code(duration=0.5), overlap=0)
    assert [len(part.samples) for part in pieces(Synthetic(), fast, 1)] == [0]
    assert sum(len(part.samples) for part in pieces(Synthetic(), fast, 16)) == 13 * HOP_SAMPLES


def test_a_segment_of_no_codes_is_silent_and_returns_so():
    generator, first = begun(Synthetic(), USUAL, 0)
    assert first == "nothing"
    assert list(generator) == []


def test_there_is_a_chance_to_be_closed_at_every_step():
    generator, first = begun(Synthetic(), USUAL, 100, steps=4, first_steps=4)
    steps = [first, *generator]
    portions = 3  # 15, 50, 100
    assert sum(step is None for step in steps) == 100 + portions * (1 + 4)
    assert sum(step is not None for step in steps) == portions


def test_noise_belongs_to_the_frame_however_it_is_drawn():
    wanted = drawn_noise(7 + 90, seeded(5, "cpu"))
    noise = stream._Noise(7, seeded(5, "cpu"), torch.device("cpu"))
    for first, end in ((0, 25), (9, 43), (27, 44), (30, 90)):
        between = noise.between(first, end, beside=3)
        assert between.shape[2] == 7 + 3 + end - first
        assert not between[:, :, : 7 + 3].any()
        assert torch.equal(between[:, :, 10:], wanted[:, :, 7 + first : 7 + end])


def test_a_thousand_cancels_leave_nothing_behind():
    chance = random.Random(0)
    synthetic, held = Synthetic(), list[weakref.ref[object]]()
    sound(synthetic, USUAL, 30)
    gc.collect()
    before = _tensors()
    gc.disable()  # what is let go of must not wait for a search for cycles
    try:
        for _ in range(1000):
            generator, _ = begun(synthetic, USUAL, 60, steps=3)
            for _ in range(chance.randrange(72)):
                if next(generator, "over") == "over":
                    break
            frame = generator.gi_frame
            if frame is not None:
                held.append(weakref.ref(frame.f_locals["growing"]))
            del frame
            generator.close()
            assert synthetic.open == 0
        assert len(held) > 800
        assert not [growing for growing in held if growing() is not None]
        del generator
        assert _tensors() <= before
    finally:
        gc.enable()


def _tensors() -> int:
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())
