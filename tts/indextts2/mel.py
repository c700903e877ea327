"""The mel spectrogram that the flow makes and the vocoder sounds, here of a reference clip.

Shapes: B sounds of n samples at 22.05 kHz, n > 384; T = n // 256 frames; 80 bands; 513 lines of the spectrum.
Computed in float64, since a logarithm near silence magnifies rounding.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from tts.indextts2.config import HOP_SAMPLES, MEL_BANDS, SAMPLE_RATE

FFT_SAMPLES = 1024
"""Also the window, a periodic Hann: `spect_params.n_fft` and `win_length`."""
MAGNITUDE_FLOOR = 1e-9
"""Under the root of a line's magnitude: upstream's behaviour, shared with HiFi-GAN's recipe."""
BAND_FLOOR = 1e-5
"""Least band value before the logarithm: likewise."""
LINEAR_MEL = 200.0 / 3.0
"""Hz per mel below the break of Slaney's scale (Auditory Toolbox, 1998)."""
BREAK = 1000.0
"""Hz, where the scale turns logarithmic."""
LOG_MEL = math.log(6.4) / 27.0
"""Natural logarithm of the ratio per mel above it."""


def log_mel(wave: Tensor) -> Tensor:
    """Log magnitudes in mel bands.

    Args:
        wave: (B, n) in [-1, 1], any float type, any device.

    Returns:
        (B, 80, T), type of `wave`, never below ln 1e-5.
    """
    margin = (FFT_SAMPLES - HOP_SAMPLES) // 2
    padded = functional.pad(wave.double(), (margin, margin), mode="reflect")
    window = torch.hann_window(FFT_SAMPLES, dtype=torch.float64, device=wave.device)
    frames = padded.unfold(-1, FFT_SAMPLES, HOP_SAMPLES) * window
    spectrum = cast(Tensor, torch.fft.rfft(frames))  # pyright: ignore[reportUnknownMemberType]
    magnitudes = (spectrum.abs().square() + MAGNITUDE_FLOOR).sqrt()
    bands = magnitudes @ mel_basis(wave.device).T
    return bands.clamp(min=BAND_FLOOR).log().transpose(-1, -2).to(wave.dtype)


def mel_basis(device: torch.device) -> Tensor:
    """Triangles on Slaney's mel scale from 0 Hz to Nyquist, each of area 1: (80, 513) in float64."""
    lines = torch.arange(FFT_SAMPLES // 2 + 1, dtype=torch.float64, device=device)
    lines = lines * (SAMPLE_RATE / FFT_SAMPLES)
    top = BREAK / LINEAR_MEL + math.log(SAMPLE_RATE / 2 / BREAK) / LOG_MEL
    edges = _hertz(torch.linspace(0.0, top, MEL_BANDS + 2, dtype=torch.float64, device=device)).unsqueeze(1)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (lines - low) / (centre - low)
    falling = (high - lines) / (high - centre)
    return torch.minimum(rising, falling).clamp(min=0.0) * (2.0 / (high - low))


def _hertz(mels: Tensor) -> Tensor:
    return torch.where(
        mels * LINEAR_MEL < BREAK,
        mels * LINEAR_MEL,
        BREAK * ((mels - BREAK / LINEAR_MEL) * LOG_MEL).exp(),
    )
