"""The mel spectrogram: tones in their bands, loudness as an addition, silence at the floor."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tts.indextts2.config import SAMPLE_RATE
from tts.indextts2.mel import BAND_FLOOR, log_mel, mel_basis

pytestmark = pytest.mark.unit

CPU = torch.device("cpu")


def _tone(frequency: float, samples: int = 8192) -> Tensor:
    time = torch.arange(samples, dtype=torch.float64) / SAMPLE_RATE
    return torch.sin(2 * math.pi * frequency * time).unsqueeze(0)


def _slaney(frequency: float) -> float:
    """Mels of Slaney's scale: 3 for 200 Hz up to 1 kHz, then 27 for a factor of 6.4."""
    return frequency * 3 / 200 if frequency < 1000 else 15 + 27 * math.log(frequency / 1000) / math.log(6.4)


@pytest.mark.parametrize("frequency", [300.0, 950.0, 1500.0, 4000.0, 9000.0])
def test_a_tone_is_loudest_in_the_band_around_it(frequency: float):
    band = _slaney(frequency) / _slaney(SAMPLE_RATE / 2) * 81 - 1
    loudest = log_mel(_tone(frequency))[0, :, 16].argmax().item()
    assert abs(loudest - band) <= 0.75


@pytest.mark.parametrize("samples", [512, 767, 768, 18_301, 26_680])
def test_there_is_one_frame_for_every_256_samples_begun_and_ended(samples: int):
    assert log_mel(torch.zeros(2, samples)).shape == (2, 80, samples // 256)


def test_twice_as_loud_is_the_logarithm_of_two_more():
    tone = _tone(700) * 0.2
    assert torch.allclose(
        log_mel(2 * tone)[0, 16:24, 16], log_mel(tone)[0, 16:24, 16] + math.log(2), atol=1e-4
    )


def test_silence_is_the_floor():
    assert torch.equal(log_mel(torch.zeros(1, 2000)), torch.full((1, 80, 7), math.log(BAND_FLOOR)))


def test_bands_have_area_one_and_neighbours_share_every_line():
    basis = mel_basis(CPU)
    width = SAMPLE_RATE / 1024
    assert basis.shape == (80, 513)
    assert torch.allclose(basis[60:].sum(1) * width, torch.ones(20, dtype=torch.float64), atol=0.02)
    assert ((basis > 0).sum(0) <= 2).all()
    assert (basis[:, 1:-1].sum(0) > 0).all()


def test_a_band_of_a_frame_is_what_the_recipe_says():
    wave = torch.randn(1, 2048, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * 0.1
    frame = wave[0, 256 - 384 + 256 : 256 - 384 + 256 + 1024].numpy() * np.hanning(1025)[:-1]
    magnitudes = np.sqrt(np.abs(np.fft.rfft(frame)) ** 2 + 1e-9)
    want = np.log(mel_basis(CPU).numpy() @ magnitudes)
    assert np.allclose(log_mel(wave)[0, :, 2].numpy(), want, atol=1e-9)


def test_the_ends_are_continued_by_their_mirror_image():
    wave = torch.randn(1, 2048, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mirrored = torch.cat((wave[:, 1:769].flip(1), wave, wave[:, -769:-1].flip(1)), dim=1)
    assert torch.allclose(log_mel(mirrored)[..., 3:-3], log_mel(wave), atol=1e-9)
