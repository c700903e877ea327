"""From one rate to another: the pitch stays, the length follows, what does not fit goes."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tts.indextts2.resample import sinc_resampled, soxr_resampled

pytestmark = pytest.mark.unit

PAIRS = [(22_050, 16_000), (16_000, 22_050), (44_100, 16_000), (48_000, 22_050), (8_000, 16_000)]


def _tone(frequency: float, rate: int, samples: int) -> Tensor:
    return torch.sin(2 * math.pi * frequency * torch.arange(samples, dtype=torch.float64) / rate).unsqueeze(0)


@pytest.mark.parametrize(("from_rate", "to_rate"), PAIRS)
def test_a_tone_keeps_its_pitch_level_and_place(from_rate: int, to_rate: int):
    got = sinc_resampled(_tone(440, from_rate, from_rate // 4), from_rate, to_rate)
    want = _tone(440, to_rate, got.shape[1])
    edge = to_rate // 100
    assert torch.allclose(got[:, edge:-edge], want[:, edge:-edge], atol=3e-3)


def test_a_tone_well_above_the_new_nyquist_frequency_is_gone():
    got = sinc_resampled(_tone(10_000, 22_050, 8_000), 22_050, 16_000)
    assert got[:, 200:-200].abs().max() < 0.01


@given(st.integers(1, 700), st.sampled_from([*PAIRS, (16_000, 16_000)]))
def test_the_length_is_that_of_the_same_time_rounded_up(samples: int, rates: tuple[int, int]):
    from_rate, to_rate = rates
    length = math.ceil(samples * to_rate / from_rate)
    assert sinc_resampled(torch.zeros(2, samples), from_rate, to_rate).shape == (2, length)
    assert soxr_resampled(np.zeros(samples, np.float32), from_rate, to_rate).shape == (length,)


def test_each_sample_is_a_windowed_sinc_over_its_neighbours_in_time():
    wave = torch.randn(1, 120, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    got = sinc_resampled(wave, 22_050, 16_000)
    cutoff = 16_000 * 0.99  # twice the cut-off frequency: zero crossings a second
    for place in (0, 1, 40, got.shape[1] - 1):
        total = 0.0
        for index, sample in enumerate(wave[0].tolist()):
            time = (index / 22_050 - place / 16_000) * cutoff
            if abs(time) < 6:
                window = math.cos(math.pi * time / 12) ** 2
                total += sample * float(np.sinc(time)) * window * cutoff / 22_050
        assert got[0, place].item() == pytest.approx(total, abs=1e-12)


def test_sounds_side_by_side_do_not_mix_and_keep_their_type():
    waves = torch.randn(2, 300, generator=torch.Generator().manual_seed(2))
    both = sinc_resampled(waves, 22_050, 16_000)
    alone = sinc_resampled(waves[1:], 22_050, 16_000)
    assert both.dtype is torch.float32
    assert torch.equal(both[1:], alone)


def test_soxr_keeps_a_tone_and_leaves_what_has_the_rate_already():
    tone = _tone(440, 44_100, 44_100)[0].float().numpy()
    got = soxr_resampled(tone, 44_100, 22_050)
    assert np.abs(got - _tone(440, 22_050, 22_050)[0].numpy())[500:-500].max() < 1e-4
    assert soxr_resampled(tone, 44_100, 44_100) is tone
