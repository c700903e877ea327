"""BigVGAN v2: from a log-mel to sound (Lee et al. 2023).

Shapes: B batch, T mel frames, C channels of a stage, L samples within a stage.
In: log-mel (B, 80, T). Out: sound (B, 1, samples) at 22,050 Hz, T times the product of the rates: 256 T.
Its activations are fused into one kernel each where that can run (`tts.indextts2.activation`).
Not causal: a frame hears about 37 frames on either side, of which some 20 matter.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.activation import Way, fused
from tts.indextts2.config import BigVganConfig

TAPS = 12
"""Length of the resampling filter (upstream)."""
CUTOFF = 0.25
"""Cycles per sample at the doubled rate, where it is the original's Nyquist frequency."""
HALF_WIDTH = 0.3
"""Half of the transition band, in the same unit (upstream)."""
EDGE_KERNEL = 7
"""Of the first and the last convolution (upstream)."""
SMALLEST = 1e-9
"""Added to SnakeBeta's divisor (upstream)."""


class BigVgan(nn.Module):
    """The vocoder: upsampling stages, each followed by the mean of parallel residual blocks."""

    def __init__(self, config: BigVganConfig, activation: Way = "auto") -> None:
        super().__init__()
        wide = config.upsample_initial_channel
        self.hop = math.prod(config.upsample_rates)
        """Samples for each frame."""
        sizes = list(zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True))
        self.conv_pre = nn.Conv1d(config.num_mels, wide, EDGE_KERNEL, padding=EDGE_KERNEL // 2)
        self.ups = nn.ModuleList()
        self.resblocks = nn.ModuleList()
        for rate, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
            padding = (kernel - rate) // 2
            narrow = wide // 2
            self.ups.append(nn.Sequential(nn.ConvTranspose1d(wide, narrow, kernel, rate, padding)))
            self.resblocks.extend(_ResidualBlock(narrow, *size, activation) for size in sizes)
            wide = narrow
        self.activation_post = _Activation(wide, activation)
        self.conv_post = nn.Conv1d(wide, 1, EDGE_KERNEL, padding=EDGE_KERNEL // 2, bias=False)

    def forward(self, mel: Tensor) -> Tensor:
        """(B, 80, T) -> (B, 1, samples), clamped to [-1, 1]; T at least 1."""
        x = self.conv_pre(mel)
        parallel = len(self.resblocks) // len(self.ups)
        for stage, up in enumerate(self.ups):
            x = up(x)
            blocks = self.resblocks[stage * parallel : (stage + 1) * parallel]
            x = torch.stack([block(x) for block in blocks]).mean(dim=0)
        return self.conv_post(self.activation_post(x)).clamp_(-1.0, 1.0)


class _ResidualBlock(nn.Module):
    """AMP block: pairs of convolutions, the first one dilated, each behind its own activation."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], activation: Way) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_same(channels, kernel, dilation) for dilation in dilations)
        self.convs2 = nn.ModuleList(_same(channels, kernel, 1) for _ in dilations)
        self.activations = nn.ModuleList(_Activation(channels, activation) for _ in range(2 * len(dilations)))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, L) -> (B, C, L)."""
        pairs = zip(self.convs1, self.convs2, self.activations[::2], self.activations[1::2], strict=True)
        for first, second, before_first, before_second in pairs:
            x = x + second(before_second(first(before_first(x))))
        return x


class _Activation(nn.Module):
    """SnakeBeta at twice the rate, so that the harmonics it makes do not fold back."""

    def __init__(self, channels: int, way: Way) -> None:
        super().__init__()
        self.act = _SnakeBeta(channels)
        self._way: Way = way

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, L) -> (B, C, L); see `antialiased`."""
        work = fused(x, self._way, antialiased, tap_values()) or antialiased
        return work(x.contiguous(), self.act.alpha, self.act.beta)


class _SnakeBeta(nn.Module):
    """x + sin^2(x e^alpha) / e^beta per channel; both are stored as logarithms."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.empty(channels))
        self.beta = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, L) -> (B, C, L)."""
        return _snake(x, self.alpha, self.beta)


def antialiased(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    """SnakeBeta at twice the rate: (B, C, L) -> (B, C, L), with alpha and beta (C,) in the type of x.

    The signal is continued beyond its ends by its end values, and so is the bent one at twice the rate. The
    reference, and what runs without the kernel: of N values it reads and writes 30 N (pads 2 and 4,
    convolutions 3 and 3, the bend 4, 4, 4 and 6), the kernel 2 N. For a second of sound in float32 that is
    6.3 and 0.42 GB, counted, over all 109 activations.
    """
    channels = x.shape[1]
    taps = resampling_taps(x.device, x.dtype).expand(channels, 1, TAPS)
    margin = TAPS // 2 - 1
    wide = functional.pad(x, (margin, margin), mode="replicate")
    crop = 2 * margin + TAPS // 2 - 1
    doubled = functional.conv_transpose1d(wide, 2 * taps, stride=2, padding=crop, groups=channels)
    bent = functional.pad(_snake(doubled, alpha, beta), (margin, margin + 1), mode="replicate")
    return functional.conv1d(bent, taps, stride=2, groups=channels)


def _snake(x: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
    frequency = alpha.exp().unsqueeze(-1)
    height = (beta.exp() + SMALLEST).reciprocal().unsqueeze(-1)
    return torch.addcmul(x, (x * frequency).sin_().square_(), height)


@lru_cache(maxsize=8)
def resampling_taps(device: torch.device, dtype: torch.dtype) -> Tensor:
    """The low pass of both resamplings, (TAPS,), of sum 1: an ideal one under a Kaiser window.

    The window's beta follows from the wanted attenuation by Kaiser's formulas (1974).
    """
    attenuation = 2.285 * (TAPS // 2 - 1) * math.pi * 4 * HALF_WIDTH + 7.95  # dB: 51.0
    beta = 0.1102 * (attenuation - 8.7)  # for more than 50 dB
    with torch.inference_mode(mode=False):
        window = torch.kaiser_window(TAPS, periodic=False, beta=beta, dtype=torch.float64)
        time = torch.arange(TAPS, dtype=torch.float64) - (TAPS - 1) / 2
        taps = window * torch.sinc(2 * CUTOFF * time)
        return (taps / taps.sum()).to(device=device, dtype=dtype)


@lru_cache(maxsize=1)
def tap_values() -> tuple[float, ...]:
    """The same as numbers, for the kernel."""
    taps = resampling_taps(torch.device("cpu"), torch.float64)
    return tuple(float(taps[place]) for place in range(TAPS))


def _same(channels: int, kernel: int, dilation: int) -> nn.Conv1d:
    return nn.Conv1d(channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)
