"""A voice of random weights in portions and as a whole: where they must agree they do, and joins do not show."""

from __future__ import annotations

import gc
import random
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from core.audio import Samples
from core.emotion import Delivery
from core.text import Sentence
from tts.indextts2 import segment, stream
from tts.indextts2.config import HOP_SAMPLES
from tts.indextts2.length_regulator import frames_per_code
from tts.indextts2.sampling import seeded
from tts.indextts2.spoken_prefix import prefixed
from tts.indextts2.stream import Manner, streamed
from tts.indextts2.stream_join import FADE_FRAMES
from tts.indextts2.stream_plan import AFTER_FRAMES, Plan

pytestmark = [pytest.mark.unit, pytest.mark.timeout(180)]

CODES, SEEDS = 220, 3
FADE = FADE_FRAMES * HOP_SAMPLES


@dataclass(frozen=True, kw_only=True)
class Said:
    """A segment that was streamed, and what went through its stages."""

    codes: list[int]
    wanted: list[int]
    """Its codes as a whole."""
    sound: Samples
    joins: list[int]
    """Samples at which a portion's sound follows another's."""
    windows: list[tuple[int, torch.Tensor]]
    """First frame and mel (80, T) of what the vocoder was given, the end's copies apart."""
    apart: Samples
    """The sound of the same mel in one call of the vocoder."""


def ended(generator: Generator):
    """All that came, and what was returned."""
    found = []
    while True:
        try:
            found.append(next(generator))
        except StopIteration as end:
            return found, end.value


def said(engine, plan: Plan, seed: int) -> Said:
    networks, speaker = engine._networks, engine._speaker
    _, before = ended(engine._trial(networks))
    text = engine._front.segments("您好，请到三号窗口办理，谢谢您的耐心等待。")[0]
    prefix = prefixed(networks, engine._speaker, text, (0.0,) * 8)
    sampling = replace(engine._sampling, max_codes=CODES)
    codes, spectra, portions = list[int](), list[torch.Tensor](), list[int]()

    def walked(*given):
        for code in segment.walked(*given):
            codes.append(code.code)
            yield code

    def sound(networks, spectrum, *, after=0):
        spectra.append(spectrum[0].clone())
        return segment.sound(networks, spectrum, after=after)

    manner = Manner(plan=plan, moments=before, steps=2, first_steps=2, guidance=0.7, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "walked", walked)
        patch.setattr(stream, "sound", sound)
        steps, _ = ended(streamed(networks, speaker, prefix, sampling, manner))
    pieces = [step.samples for step in steps if step is not None]
    portions = np.cumsum([len(piece) for piece in pieces]).tolist()
    whole, _ = ended(segment.walked(networks, prefix, sampling, seeded(seed, "cpu")))

    starts, portion = list[int](), None
    while portion is None or not portion.last:
        goal = plan.goal(portion)
        portion = plan.portion(portion, min(goal, len(codes)), last=len(codes) <= goal)
        starts.append(portion.window)
    windows = list(zip(starts, spectra, strict=True))
    mel = torch.zeros(80, plan.frames(len(codes)))
    for start, spectrum in windows:
        mel[:, start : start + spectrum.shape[1]] = spectrum
    return Said(
        codes=codes,
        wanted=[code.code for code in whole],
        sound=np.concatenate(pieces),
        joins=portions[:-1],
        windows=windows,
        apart=segment.sound(networks, mel[None]).numpy(),
    )


@pytest.fixture(scope="module")
def engine(tiny_indextts2):
    built = tiny_indextts2.synthesizer()
    yield built
    built.close()


@pytest.fixture(scope="module")
def ways(engine) -> dict[str, list[Said]]:
    plans = {
        mode: Plan(ratio=frames_per_code(), growth=(25,), anew=mode == "prefix")
        for mode in ("continuation", "prefix")
    }
    return {mode: [said(engine, plan, seed) for seed in range(SEEDS)] for mode, plan in plans.items()}


@pytest.fixture(params=["continuation", "prefix"])
def spoken(ways, request) -> list[Said]:
    return ways[request.param]


@pytest.fixture
def continued(ways) -> list[Said]:
    return ways["continuation"]


def level(samples: Samples) -> float:
    return float(10 * np.log10(np.square(samples).mean()))


def test_the_codes_are_those_of_the_whole(spoken):
    for each in spoken:
        assert each.codes == each.wanted
        assert len(each.codes) > 150


def test_the_sound_is_as_long_as_its_codes(spoken):
    for each in spoken:
        assert len(each.sound) == HOP_SAMPLES * int(1.72 * len(each.codes))
        assert len(each.joins) >= 6


def test_frames_of_a_finished_portion_never_change(continued):
    overlap = Plan(ratio=frames_per_code()).overlap
    for each in continued:
        for (a, before), (b, after) in pairwise(each.windows):
            finished = a + before.shape[1] - overlap
            first = max(a, b)
            assert torch.equal(before[:, first - a : finished - a], after[:, first - b : finished - b])
            assert finished - first >= 8


def test_what_sounds_is_the_mel_that_was_made(continued):
    """Far from a portion's ends the vocoder's windows do not show."""
    for each in continued:
        error = np.abs(each.sound - each.apart).reshape(-1, HOP_SAMPLES).max(axis=1)
        middles = [(a + b) // 2 // HOP_SAMPLES for a, b in pairwise(each.joins[1:])]
        assert max(error[frame] for frame in middles) < 1e-3


def test_no_join_steps_in_level(spoken):
    """Louder or softer than the same mel in one piece, by no more after a join than before it."""
    for each in spoken:
        for join in each.joins:
            sides = [slice(join - FADE, join), slice(join, join + FADE), slice(join + FADE, join + 2 * FADE)]
            louder = [level(each.sound[side]) - level(each.apart[side]) for side in sides]
            assert max(louder) - min(louder) < 0.5


def test_no_join_clicks(spoken):
    """A click is energy in the second difference; at joins there is no more of it than elsewhere."""
    at_joins, elsewhere = [], []
    for each in spoken:
        bent = np.diff(each.sound, 2)
        near = np.zeros(len(bent), dtype=bool)
        for join in each.joins:
            near[join - 32 : join + FADE + 32] = True
            start = bent[join - 8 : join + 8]
            assert level(start) < level(bent) + 6
        at_joins.append(bent[near])
        elsewhere.append(bent[~near])
    assert abs(level(np.concatenate(at_joins)) - level(np.concatenate(elsewhere))) < 3


def test_a_step_of_one_decibel_would_show(continued):
    each = continued[0]
    [join, *_] = each.joins
    after, before = slice(join, join + FADE), slice(join - FADE, join)
    change = level(1.12 * each.sound[after]) - level(each.apart[after])
    assert change - (level(each.sound[before]) - level(each.apart[before])) > 0.5


def test_it_is_about_as_loud_as_the_whole(engine, continued):
    networks = engine._networks
    for seed, each in enumerate(continued):
        sampling = replace(engine._sampling, max_codes=CODES)
        text = engine._front.segments("您好，请到三号窗口办理，谢谢您的耐心等待。")[0]
        prefix = prefixed(networks, engine._speaker, text, (0.0,) * 8)
        whole = segment.whole(
            networks, engine._speaker, prefix, sampling, duration=1.0, steps=2, guidance=0.7, seed=seed
        )
        [piece] = [step for step in ended(whole)[0] if step is not None]
        assert len(piece.samples) == len(each.sound)
        assert abs(level(piece.samples) - level(each.sound)) < 0.5


def test_without_copies_of_the_last_frame_the_end_of_a_window_would_be_further_off(engine):
    networks, mel = engine._networks, engine._speaker.ref_mel
    right = segment.sound(networks, mel)[: 100 * HOP_SAMPLES]
    last = slice(-AFTER_FRAMES * HOP_SAMPLES, None)
    errors = [
        level((segment.sound(networks, mel[:, :, :100], after=after) - right)[last].numpy())
        for after in (0, AFTER_FRAMES)
    ]
    assert errors[1] < errors[0] - 6


def test_a_thousand_cancels_of_a_real_voice_leave_nothing_behind(engine, monkeypatch):
    short = replace(engine._sampling, max_codes=18)  # two portions
    monkeypatch.setattr(engine, "_limited", lambda _: short)
    monkeypatch.setattr(engine, "_settings", engine._settings.model_copy(update={"steps": 1}))
    sentence = Sentence(text="好。", index=0, language="zh", delivery=Delivery(pause=0.0))
    for _ in range(2):  # the first time the voice is tried before
        count = sum(1 for _ in engine.synthesize(sentence))
    chance = random.Random(1)
    gc.collect()
    before, memory = _tensors(), 0
    for done in range(1000):
        generator = engine.synthesize(sentence)
        for _ in range(chance.randrange(count)):
            next(generator)
        generator.close()
        del generator
        if done == 100:
            memory = _memory()
    gc.collect()
    assert _tensors() <= before
    assert _memory() - memory < 20e6
    assert len(engine._networks.decoders._idle) == 1


def _tensors() -> int:
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def _memory() -> float:
    """Bytes in use; 0 where it cannot be told."""
    place = Path("/proc/self/statm")
    return int(place.read_text().split()[1]) * 4096.0 if place.exists() else 0.0
