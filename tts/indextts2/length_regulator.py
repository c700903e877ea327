"""From semantic codes to mel frames: how many, which code each shows, and what the flow is told about it.

Shapes: B batch, n semantic codes (50 a second), T mel frames (86.13 a second), C channels of the condition,
K stages of the regulator.

A segment as a whole is spread over its frames, and normalised, as the original does it. A segment that still
grows has a fixed ratio of frames to codes, and is normalised by what came so far, so that a frame that was
made stays what it is.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tts.indextts2.config import FEATURE_SIZE, HALF_RATE_VERSION, GptConfig, LengthRegulatorConfig

FRAMES_PER_100_CODES = 172
"""Upstream's ratio, a little under 22,050 / 256 / 50 = 1.7227."""
EDGE_FRAMES = 4
"""So many frames at the end still change when more follow: one for each of the released four stages."""
FINEST_RATE = 100_000
"""Durations are taken as fractions with at most this denominator: 0.03 frames in 30 s."""
FOLDED_SIZES = (256, 128)
"""Hidden widths of the latent projection (upstream)."""


def target_frames(codes: int, *, duration: float = 1.0, version: float = 2.0) -> int:
    """Mel frames that so many semantic codes are stretched to: int(1.72 codes) in exact arithmetic.

    Args:
        duration: longer than 1 speaks slower; a delivery of rate r has duration 1 / r.
        version: of the checkpoint; see `config.HALF_RATE_VERSION`.
    """
    halves = 2 * codes if version >= HALF_RATE_VERSION else codes
    return int(FRAMES_PER_100_CODES * halves * duration / 100)


def nearest_source(codes: int, frames: int, device: torch.device | str = "cpu") -> Tensor:
    """Which code each frame j shows, (T,) int64: floor(j * codes / frames), in float32 as torch does it."""
    place = torch.arange(frames, dtype=torch.float32, device=device) * (codes / frames)
    return place.long().clamp_(max=codes - 1)


def frames_per_code(*, duration: float = 1.0, version: float = 2.0) -> Fraction:
    """The ratio of a segment that grows: 43 frames for 25 codes, times the duration.

    The first floor(n * ratio) frames belong to the first n codes; that is `target_frames`, or one beside it
    where its floating-point arithmetic rounds.
    """
    halves = 2 if version >= HALF_RATE_VERSION else 1
    return Fraction(FRAMES_PER_100_CODES * halves, 100) * Fraction(duration).limit_denominator(FINEST_RATE)


def fixed_source(frames: int, ratio: Fraction, device: torch.device | str = "cpu") -> Tensor:
    """Which code each frame j shows, (T,) int64: floor(j / ratio), whatever follows."""
    return torch.arange(frames, device=device) * ratio.denominator // ratio.numerator


class Moments(NamedTuple):
    """What the stages of a regulator found before they normalised it."""

    mean: Tensor
    """(K,) float32."""
    square: Tensor
    """(K,) float32: mean of the squares."""
    frames: int
    """Over how many frames."""


class LatentProjection(nn.Sequential):
    """Hidden states of the GPT (B, n, D) -> (B, n, 1024), to be added to the codes' embedding.

    Three linear layers with nothing between them; `folded` is one layer that does the same.
    """

    def __init__(self, config: GptConfig) -> None:
        sizes = (config.model_dim, *FOLDED_SIZES, FEATURE_SIZE)
        super().__init__(*(nn.Linear(a, b) for a, b in pairwise(sizes)))

    def folded(self) -> nn.Linear:
        """The product of the layers, multiplied out in float64, on their device in their dtype."""
        first, *rest = (layer for layer in self if isinstance(layer, nn.Linear))
        weight, bias = first.weight.double(), first.bias.double()
        for layer in rest:
            weight = layer.weight.double() @ weight
            bias = layer.weight.double() @ bias + layer.bias.double()
        with torch.device("meta"):
            single = nn.Linear(first.in_features, bias.shape[0])
        single.weight = nn.Parameter(weight.to(first.weight.dtype), requires_grad=False)
        single.bias = nn.Parameter(bias.to(first.bias.dtype), requires_grad=False)
        return single.eval()


class LengthRegulator(nn.Module):
    """Semantic frames -> the flow's condition, one vector per mel frame.

    Normalisation runs over all frames together, so that every frame of the result depends on the whole
    sequence; apart from that, four frames on either side count.
    """

    def __init__(self, config: LengthRegulatorConfig) -> None:
        super().__init__()
        wide = config.channels
        self.content_in_proj = nn.Linear(config.in_channels, wide)
        stages: list[nn.Module] = []
        for _ in config.sampling_ratios:
            stages += (nn.Conv1d(wide, wide, 3, padding=1), nn.GroupNorm(1, wide, eps=1e-5), nn.Mish())
        self.model = nn.Sequential(*stages, nn.Conv1d(wide, wide, 1))

    def forward(self, features: Tensor, source: Tensor) -> Tensor:
        """(B, n, 1024) -> (B, T, C).

        Args:
            source: (T,) int64, which of the n each frame shows; see `nearest_source`.
        """
        return self.model(self._shown(features, source)).transpose(1, 2)

    def moments(self, features: Tensor, source: Tensor) -> Moments:
        """What each stage of `forward` normalises (1, n, 1024) by."""
        x = self._shown(features, source)
        means: list[Tensor] = []
        squares: list[Tensor] = []
        for layer in self.model:
            if isinstance(layer, nn.GroupNorm):
                means.append(x.float().mean())
                squares.append(x.float().square().mean())
            x = layer(x)
        return Moments(torch.stack(means), torch.stack(squares), len(source))

    def so_far(self, features: Tensor, source: Tensor, before: Moments) -> Tensor:
        """(1, n, 1024) -> (1, T, C), every frame normalised over itself and those before it alone.

        A longer sequence gives the same frames, but for the last `EDGE_FRAMES` (one per stage).

        Args:
            source: see `fixed_source`.
            before: counts as so many frames before the first; 0 frames are none.
        """
        x = self._shown(features, source)
        stage = 0
        for layer in self.model:
            if isinstance(layer, nn.GroupNorm):
                past = (before.mean[stage], before.square[stage])
                x = _normalised_so_far(x, layer, *past, frames=before.frames)
                stage += 1
            else:
                x = layer(x)
        return x.transpose(1, 2)

    def _shown(self, features: Tensor, source: Tensor) -> Tensor:
        """(B, C, T)."""
        return self.content_in_proj(features).index_select(1, source).transpose(1, 2)


def _normalised_so_far(x: Tensor, norm: nn.GroupNorm, mean: Tensor, square: Tensor, *, frames: int) -> Tensor:
    """(B, C, T) to the same: what `norm` gives the last frame of every prefix. Counts in float32."""
    wide = x.float()
    counts = torch.arange(frames + 1, frames + 1 + x.shape[-1], device=x.device)
    means = (wide.mean(1, keepdim=True).cumsum(-1) + frames * mean) / counts
    squares = (wide.square().mean(1, keepdim=True).cumsum(-1) + frames * square) / counts
    spread = (squares - means.square()).clamp_(min=0).add_(norm.eps).rsqrt_()
    plain = ((wide - means) * spread).to(x.dtype)
    return torch.addcmul(norm.bias.unsqueeze(-1), plain, norm.weight.unsqueeze(-1))
