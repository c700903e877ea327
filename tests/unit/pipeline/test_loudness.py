"""How loud what passed was: exact for what is known, silence where there is none, and cheap to let pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio import SILENT_FRAME
from core.gauges import SILENCE
from pipeline.loudness import MOST_BLOCKS, Loudness

pytestmark = pytest.mark.unit


def test_where_nothing_passed_nothing_is_said():
    assert Loudness().level() is None


def test_digital_silence_is_the_floor():
    loudness = Loudness()
    loudness.take(SILENT_FRAME)
    assert loudness.level() == SILENCE
    loudness.take(np.zeros(480, np.float32))
    assert loudness.level() == SILENCE
    loudness.take(b"")
    assert loudness.level() == SILENCE


@given(st.floats(0.001, 1.0), st.integers(1, 9))
def test_a_sine_is_three_decibels_below_its_peak_however_it_is_cut(peak, blocks):
    wave = peak * np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000)
    loudness = Loudness()
    for part in np.array_split(wave.astype(np.float32), blocks):
        loudness.take(part)
    assert loudness.level() == pytest.approx(20 * np.log10(peak) - 3.01, abs=0.02)
    assert loudness.level() is None


def test_frames_and_floats_of_the_same_sound_are_as_loud():
    wave = np.random.default_rng(1).uniform(-0.3, 0.3, 3_200)
    frames, floats = Loudness(), Loudness()
    frames.take((wave * 32768).astype("<i2").tobytes())
    floats.take(wave.astype(np.float32))
    assert frames.level() == pytest.approx(floats.level(), abs=0.01)


def test_of_what_nobody_asked_about_the_latest_counts():
    loudness = Loudness()
    for _ in range(50):
        loudness.take(np.ones(10, np.float32))
    for _ in range(MOST_BLOCKS):
        loudness.take(np.zeros(10, np.float32))
    assert loudness.level() == SILENCE
