"""Sound from one sample rate to another, in the two ways in which the released model met its references.

Shapes: n samples in, m = ceil(n * to_rate / from_rate) samples out; B sounds at once.
`soxr_resampled` loads a clip; `sinc_resampled` brings the loaded clip to the rate of the speech models.
The two differ by a little above the pass band, and the models' numbers with them.
"""

from __future__ import annotations

import math

import numpy as np
import soxr
import torch
from torch import Tensor
from torch.nn import functional

from core.audio import Samples

ZERO_CROSSINGS = 6
"""Of the sinc, on each side: `lowpass_filter_width` of torchaudio, its default, which upstream uses."""
ROLLOFF = 0.99
"""Cut-off as a share of the lower Nyquist frequency: torchaudio's default."""


def sinc_resampled(wave: Tensor, from_rate: int, to_rate: int) -> Tensor:
    """A Hann-windowed sinc, one filter for each phase of the output; computed in float64.

    Args:
        wave: (B, n), any float type, any device.

    Returns:
        (B, m), type and device of `wave`.
    """
    common = math.gcd(from_rate, to_rate)
    step, phases = from_rate // common, to_rate // common
    if step == phases:
        return wave
    filters, margin = _filters(step, phases, wave.device)
    padded = functional.pad(wave.double().unsqueeze(1), (margin, margin + step))
    sound = functional.conv1d(padded, filters, stride=step)  # (B, phases, blocks)
    length = _length(wave.shape[-1], step, phases)
    return sound.transpose(1, 2).flatten(1)[:, :length].to(wave.dtype)


def soxr_resampled(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """Soxr at its HQ setting, cut or filled with silence to m samples, as librosa loads a file.

    Args:
        samples: (n,), mono.

    Returns:
        (m,).
    """
    if from_rate == to_rate or not len(samples):
        return samples
    sound = soxr.resample(np.ascontiguousarray(samples, np.float32), from_rate, to_rate)
    length = _length(len(samples), from_rate, to_rate)
    return np.pad(sound, (0, max(0, length - len(sound))))[:length]


def _length(samples: int, step: int, phases: int) -> int:
    return -(-samples * phases // step)


def _filters(step: int, phases: int, device: torch.device) -> tuple[Tensor, int]:
    """One filter for each of `phases` output samples that `step` input samples become.

    Returns:
        (phases, 1, step + 2 * margin) in float64, and the margin in input samples.
    """
    cutoff = min(step, phases) * ROLLOFF
    margin = math.ceil(ZERO_CROSSINGS * step / cutoff)
    taps = torch.arange(-margin, margin + step, dtype=torch.float64, device=device) / step
    outputs = torch.arange(phases, dtype=torch.float64, device=device) / phases
    time = (taps - outputs.unsqueeze(1)) * cutoff  # in zero crossings, from the output sample
    time = time.clamp(-ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = torch.cos(time * (math.pi / 2 / ZERO_CROSSINGS)).square()
    return (torch.sinc(time) * window * (cutoff / step)).unsqueeze(1), margin
