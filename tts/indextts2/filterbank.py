"""Log filter banks of 16 kHz speech as Kaldi computes them, in the two flavours of the speech models.

Shapes: B sounds of n samples; F = 1 + (n - 400) // 160 frames of 10 ms, n >= 400; M = 80 mel bands;
T = ceil(F / 2) frames of 20 ms. Everything is computed in float64, since a logarithm near silence
magnifies rounding, and given back in the type of the sound.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from core.audio import INT16_SCALE
from tts.indextts2.config import PreprocessorConfig

SPEECH_RATE = 16_000
"""Hz, of both speech models."""
FRAME_SAMPLES = 400
"""25 ms; this and the following are Kaldi's defaults, which torchaudio and SeamlessM4T's extractor share."""
HOP_SAMPLES = 160
"""10 ms."""
FFT_SAMPLES = 512
"""The next power of two."""
PRE_EMPHASIS = 0.97
POVEY_POWER = 0.85
"""Povey's window is the Hann window to this power."""
LOWEST = 20.0
"""Hz, the lower edge of the first band; the last band ends at the Nyquist frequency."""
FLOOR = 2.0**-23
"""Least energy of a band: the spacing of float32 at 1."""
STYLE_BANDS = 80
"""CAMPPlus's input: its image of 80 bands is halved three times."""
VARIANCE_FLOOR = 1e-7
"""Added by the SeamlessM4T extractor to the variance of a band."""


def style_filterbank(wave: Tensor) -> Tensor:
    """What CAMPPlus hears: log energies less their mean over time.

    Args:
        wave: (B, n) at 16 kHz in [-1, 1]: unlike Kaldi, upstream does not scale it to 16 bits.

    Returns:
        (B, F, 80).
    """
    energies = log_energies(wave, STYLE_BANDS)
    return energies - energies.mean(1, keepdim=True)


def speech_features(wave: Tensor, config: PreprocessorConfig) -> tuple[Tensor, Tensor]:
    """What w2v-BERT hears: normalised log energies, two frames side by side.

    With an odd F the last frame is filled up and masked, as its second half is no sound: upstream's
    behaviour. A steady band cannot be normalised: F must be at least 2.

    Args:
        wave: (B, n) at 16 kHz in [-1, 1].

    Returns:
        Features (B, T, 2 M), and their mask (B, T), True where both halves are sound.
    """
    energies = log_energies(wave.double() * INT16_SCALE, config.num_mel_bins)
    spread = (energies.var(1, keepdim=True) + VARIANCE_FLOOR).sqrt()
    normal = (energies - energies.mean(1, keepdim=True)) / spread
    missing = normal.shape[1] % config.stride
    whole = functional.pad(normal, (0, 0, 0, missing), value=config.padding_value)
    features = whole.reshape(whole.shape[0], -1, config.stride * config.num_mel_bins)
    mask = torch.ones(features.shape[:2], dtype=torch.bool, device=wave.device)
    mask[:, features.shape[1] - missing :] = False
    return features.to(wave.dtype), mask


def log_energies(wave: Tensor, bands: int) -> Tensor:
    """Natural logarithms of the energies in mel bands; only whole frames count.

    Args:
        wave: (B, n), any float type, any device.

    Returns:
        (B, F, bands), type of `wave`.
    """
    frames = wave.double().unfold(-1, FRAME_SAMPLES, HOP_SAMPLES)
    frames = frames - frames.mean(-1, keepdim=True)
    before = frames.roll(1, -1)  # the first sample's does not count: the window begins with 0
    frames = (frames - PRE_EMPHASIS * before) * _window(wave.device)
    spectrum = cast(Tensor, torch.fft.rfft(frames, FFT_SAMPLES))  # pyright: ignore[reportUnknownMemberType]
    energies = spectrum.abs().square() @ _triangles(bands, wave.device).T
    return energies.clamp(min=FLOOR).log().to(wave.dtype)


def _window(device: torch.device) -> Tensor:
    hann = torch.hann_window(FRAME_SAMPLES, periodic=False, dtype=torch.float64, device=device)
    return hann**POVEY_POWER


def _triangles(bands: int, device: torch.device) -> Tensor:
    """Weights (bands, FFT_SAMPLES / 2 + 1): triangles of equal width on the mel scale, each of height 1."""
    spectrum = torch.arange(FFT_SAMPLES // 2 + 1, dtype=torch.float64, device=device) * (
        SPEECH_RATE / FFT_SAMPLES
    )
    mels = 1127.0 * (spectrum / 700.0).log1p()
    low, high = (1127.0 * math.log1p(edge / 700.0) for edge in (LOWEST, SPEECH_RATE / 2))
    width = (high - low) / (bands + 1)
    centres = low + width * torch.arange(1, bands + 1, dtype=torch.float64, device=device).unsqueeze(1)
    return (1.0 - (mels - centres).abs() / width).clamp(min=0.0)
