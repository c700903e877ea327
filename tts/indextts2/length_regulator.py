"""From semantic codes to mel frames: how many, which code each shows, and what the flow is told about it.

Shapes: B batch, n semantic codes (50 a second), T mel frames (86.13 a second), C channels of the condition.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from tts.indextts2.config import FEATURE_SIZE, GptConfig, LengthRegulatorConfig

FRAMES_PER_100_CODES = 172
"""Upstream's ratio, a little under 22,050 / 256 / 50 = 1.7227."""
FEWER_CODES = 2.5
"""The version from which on a code lasts twice as long (upstream: 25 a second)."""
FOLDED_SIZES = (256, 128)
"""Hidden widths of the latent projection (upstream)."""


def target_frames(codes: int, *, duration: float = 1.0, version: float = 2.0) -> int:
    """Mel frames that so many semantic codes are stretched to: int(1.72 codes) in exact arithmetic.

    Args:
        duration: longer than 1 speaks slower; a delivery of rate r has duration 1 / r.
        version: of the checkpoint; see `FEWER_CODES`.
    """
    halves = 2 * codes if version >= FEWER_CODES else codes
    return int(FRAMES_PER_100_CODES * halves * duration / 100)


def nearest_source(codes: int, frames: int, device: torch.device | str = "cpu") -> Tensor:
    """Which code each frame j shows, (T,) int64: floor(j * codes / frames), in float32 as torch does it."""
    place = torch.arange(frames, dtype=torch.float32, device=device) * (codes / frames)
    return place.long().clamp_(max=codes - 1)


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
        shown = self.content_in_proj(features).index_select(1, source)
        return self.model(shown.transpose(1, 2)).transpose(1, 2)
