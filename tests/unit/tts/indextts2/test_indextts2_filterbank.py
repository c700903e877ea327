"""Filter banks: Kaldi's numbers by hand, and what loudness, offset, time and odd lengths do to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from tts.indextts2.config import PreprocessorConfig
from tts.indextts2.filterbank import FLOOR, log_energies, speech_features, style_filterbank

pytestmark = pytest.mark.unit

CONFIG = PreprocessorConfig(padding_value=7.0)


def _noise(samples: int, seed: int = 0) -> Tensor:
    return torch.randn(1, samples, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 0.1


def _mel(frequency: float) -> float:
    return 1127 * math.log(1 + frequency / 700)


def _by_hand(frame: np.ndarray, band: int) -> float:
    """Kaldi's recipe for one frame of 400 samples and one of 80 bands, term by term."""
    frame = frame - frame.mean()
    emphasised = [frame[0] * (1 - 0.97)] + [frame[i] - 0.97 * frame[i - 1] for i in range(1, 400)]
    window = [(0.5 - 0.5 * math.cos(2 * math.pi * i / 399)) ** 0.85 for i in range(400)]
    power = np.abs(np.fft.rfft(np.array(emphasised) * window, 512)) ** 2
    width = (_mel(8000) - _mel(20)) / 81
    left = _mel(20) + band * width
    energy = 0.0
    for line in range(257):
        place = (_mel(line * 31.25) - left) / width
        energy += power[line] * max(0.0, min(place, 2 - place))
    return math.log(max(energy, 2.0**-23))


def test_a_band_of_a_frame_is_what_the_recipe_says_term_by_term():
    wave = _noise(1200)
    got = log_energies(wave, 80)
    assert got.shape == (1, 6, 80)
    for frame, band in ((0, 0), (0, 79), (3, 17), (5, 40)):
        want = _by_hand(wave[0, frame * 160 : frame * 160 + 400].numpy(), band)
        assert got[0, frame, band].item() == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize(("samples", "frames"), [(400, 1), (559, 1), (560, 2), (16_000, 98)])
def test_only_whole_frames_count(samples: int, frames: int):
    assert log_energies(_noise(samples), 80).shape == (1, frames, 80)


def test_ten_milliseconds_later_everything_comes_one_frame_later():
    wave = _noise(4000)
    assert torch.allclose(log_energies(wave, 80)[:, 1:], log_energies(wave[:, 160:], 80), atol=1e-12)


def test_loudness_only_adds_and_a_constant_offset_is_not_heard():
    wave = _noise(4000)
    louder = log_energies(2 * wave + 0.3, 80)
    assert torch.allclose(louder, log_energies(wave, 80) + math.log(4), atol=1e-8)


def test_silence_is_the_floor_in_every_band():
    assert torch.equal(log_energies(torch.zeros(1, 1000), 80), torch.full((1, 4, 80), math.log(FLOOR)))


def test_style_frames_have_no_mean_over_time():
    style = style_filterbank(_noise(5000) + torch.linspace(0, 1, 5000))
    assert style.shape == (1, 29, 80)
    assert style.mean(1).abs().max() < 1e-9


def test_an_even_number_of_frames_is_stacked_in_pairs_and_all_of_it_is_sound():
    wave = _noise(400 + 5 * 160)
    features, mask = speech_features(wave, CONFIG)
    assert features.shape == (1, 3, 160)
    assert mask.tolist() == [[True, True, True]]
    frames = features.reshape(6, 80)
    assert frames.mean(0).abs().max() < 1e-9
    assert torch.allclose(frames.var(0), torch.ones(80, dtype=torch.float64), atol=1e-4)
    plain = log_energies(wave * 32_768, 80)[0]
    assert torch.allclose(frames[4] > 0, plain[4] > plain.mean(0))


def test_an_odd_number_of_frames_is_filled_up_and_its_last_pair_is_masked():
    even = speech_features(_noise(400 + 3 * 160), CONFIG)[0]
    features, mask = speech_features(_noise(400 + 4 * 160), CONFIG)
    assert features.shape == (1, 3, 160)
    assert mask.tolist() == [[True, True, False]]
    assert torch.equal(features[0, 2, 80:], torch.full((80,), 7.0, dtype=torch.float64))
    assert not torch.isclose(features[0, 2, :80], torch.tensor(7.0, dtype=torch.float64)).any()
    assert even.shape == (1, 2, 160)


def test_the_features_do_not_depend_on_loudness_and_silence_stays_finite():
    wave = _noise(3000)
    loud, quiet = (speech_features(wave * gain, CONFIG)[0] for gain in (1.0, 1e-4))
    assert torch.allclose(loud, quiet, atol=1e-6)
    assert torch.equal(speech_features(torch.zeros(1, 720), CONFIG)[0][0, 0], torch.zeros(160))
    assert speech_features(wave.float(), CONFIG)[0].dtype is torch.float32
