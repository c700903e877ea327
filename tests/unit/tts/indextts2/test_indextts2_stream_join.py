"""Joins of sound: exact to the sample, silent about themselves, at one level whatever is joined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio import Samples
from tts.indextts2.config import HOP_SAMPLES
from tts.indextts2.stream_join import (
    FADE_FRAMES,
    LEAST_CORRELATION,
    Seam,
    correlation,
    crossfaded,
    faded_out,
)

pytestmark = pytest.mark.unit

FADE = FADE_FRAMES * HOP_SAMPLES


def noise(count: int, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, 0.2, count).astype(np.float32)


def related(count: int, r: float) -> tuple[Samples, Samples]:
    """Two noises of equal power whose correlation is r, to a few digits."""
    a, b = noise(count, 1), noise(count, 2)
    return a, (r * a + np.sqrt(1 - r * r) * b).astype(np.float32)


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 3000), st.integers(0, 3000)), max_size=8),
    st.integers(1, 3000),
)
def test_however_sound_comes_each_sample_leaves_once_and_in_order(steps, rest: int):
    """The sound is always the same, so that a fade of it into itself shows only what is out of place."""
    ends = np.cumsum([FADE + grown for grown, _, _ in steps] + [rest])
    truth = noise(int(ends[-1]))
    seam, pieces = Seam(), list[Samples]()
    for (_, margin, held), end in zip([*steps, (0, 500, 0)], ends.tolist(), strict=True):
        start, until = max(0, seam.left_samples - margin), max(seam.left_samples, end - held)
        pieces.append(seam.joined(truth[start:end], start, until))
        assert seam.left_samples == until
    sound = np.concatenate(pieces)
    assert len(sound) == len(truth)
    assert np.abs(sound - truth).max() < 1e-6


def test_what_has_left_is_not_touched_by_what_comes():
    seam = Seam()
    first = seam.joined(noise(5000), 0, 3000)
    kept = first.copy()
    second = seam.joined(noise(8000, seed=5), 0, 8000)
    assert np.array_equal(first, kept)
    assert np.allclose(second[FADE:], noise(8000, seed=5)[3000 + FADE :])
    assert not np.allclose(second[:FADE], noise(8000, seed=5)[3000 : 3000 + FADE], atol=0.01)


def test_before_anything_has_left_there_is_nothing_to_fade():
    seam = Seam()
    assert not len(seam.joined(noise(500), 0, 0))
    assert np.array_equal(seam.joined(noise(900, seed=1), 0, 900), noise(900, seed=1))


@pytest.mark.parametrize("r", [-0.4, 0.0, 0.3, 0.7, 0.95, 1.0])
def test_the_power_within_a_fade_is_that_of_either_sound(r: float):
    a, b = related(64 * FADE, r)
    faded = np.stack([crossfaded(*pair) for pair in zip(a.reshape(64, -1), b.reshape(64, -1), strict=True)])
    power = np.square(faded).reshape(64, 16, -1).mean(axis=(0, 2))
    decibels = 10 * np.log10(power / np.square(a).mean())
    assert np.abs(decibels).max() < 0.4


@pytest.mark.parametrize("r", [0.0, 1.0])
def test_an_equal_power_fade_would_raise_what_is_alike(r: float):
    a, b = related(64 * FADE, r)
    middle = np.square(np.sqrt(0.5) * (a + b)).mean() / np.square(a).mean()
    assert 10 * np.log10(middle) == pytest.approx(3.0 * r, abs=0.1)


def test_opposite_sounds_are_not_raised_without_end():
    a = noise(FADE)
    assert correlation(a, -a) == LEAST_CORRELATION
    assert np.abs(crossfaded(a, -a)).max() <= 1.5 * np.abs(a).max()


@pytest.mark.parametrize("phase", [0.0, 0.7, 1.5, 2.5])
@pytest.mark.parametrize("louder", [1.0, 1.2])
def test_a_join_does_not_click_where_a_cut_would(phase: float, louder: float):
    """A click is energy in the second difference: here of two hums, the second one late and louder."""
    turns = 2 * np.pi * 200 / 22_050 * np.arange(12_000)
    old, new = 0.3 * np.sin(turns), louder * 0.3 * np.sin(turns - phase)

    def bent(sound: Samples) -> tuple[float, float]:
        """At the join, and 6,000 samples later, in decibels."""
        power = 10 * np.log10(np.square(np.diff(sound.astype(np.float64), 2)) + 1e-20)
        return tuple(float(power[at - 100 : at + FADE + 100].max()) for at in (4000, 10_000))

    seam = Seam()
    parts = [
        seam.joined(old[:5500].astype(np.float32), 0, 4000),
        seam.joined(new.astype(np.float32), 0, 12_000),
    ]
    at_join, elsewhere = bent(np.concatenate(parts))
    assert at_join < elsewhere + 3
    if phase or louder > 1:
        at_cut, elsewhere = bent(np.concatenate((old[:4000], new[4000:])))
        assert at_cut > elsewhere + 10


def test_silence_fades_into_sound_and_sound_into_silence():
    a, silent = noise(FADE), np.zeros(FADE, dtype=np.float32)
    assert correlation(a, silent) == 1.0
    for faded in (crossfaded(a, silent), crossfaded(silent, a)):
        assert np.isfinite(faded).all()
        assert (np.abs(faded) <= np.abs(a)).all()


def test_a_fade_begins_with_the_old_sound_and_ends_with_the_new():
    a, b = noise(FADE, 1), noise(FADE, 2)
    faded = crossfaded(a, b)
    assert np.abs(faded - a)[:3].max() < 0.005
    assert np.abs(faded - b)[-3:].max() < 0.005
    assert len(crossfaded(a[:0], b[:0])) == 0
    assert len(crossfaded(a[:1], b[:1])) == 1


def test_the_end_is_faded_to_zero_and_nothing_before_it():
    a = noise(1000)
    faded = faded_out(a.copy(), 441)
    assert np.array_equal(faded[:559], a[:559])
    assert abs(faded[-1]) < 1e-6
    assert abs(faded_out(a[:10].copy(), 441)[-1]) < 1e-6
    assert len(faded_out(a[:0], 441)) == 0
