"""The flow's estimator, a DiT and a WaveNet: which way to move a noisy mel, given text, voice and the time.

Shapes: B batch, T mel frames (reference and target together), H channels, N times, C width of the condition.
Split by how often a thing changes: `modulation` depends on the time alone (once per number of steps),
`conditioned` on text and voice (once per solution), `forward` on the noisy mel (every step).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import STYLE_SIZE, S2MelConfig
from tts.indextts2.dit import Transformer
from tts.indextts2.wavenet import WaveNet

FINAL_EPS = 1e-6
"""Of the last layer norm (upstream)."""
TIME_SCALE = 1000.0
"""Times 0 to 1 are embedded as 0 to 1000 (upstream)."""
TIME_BASE = 10_000.0
"""Longest period over shortest of the time's waves (Vaswani et al. 2017)."""
TIME_WAVES = 128
"""Waves of the time, each as cosine and sine (upstream)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modulation:
    """All that depends on the time alone, for N times; N is 1 or B where it is used."""

    norms: Tensor
    """(N, 2 * depth + 1, 2H): scale and shift of every adaptive norm, in order of use."""
    wavenet: Tensor
    """(N, layers, 2 * H of the WaveNet): its gates' shares."""
    final: Tensor
    """(N, 2 * H of the WaveNet): shift and scale of the last norm."""

    def at(self, steps: Tensor) -> Modulation:
        """Those of the N times that int64 (n,) names, without asking the host which."""
        return Modulation(
            norms=self.norms.index_select(0, steps),
            wavenet=self.wavenet.index_select(0, steps),
            final=self.final.index_select(0, steps),
        )


class Estimator(nn.Module):
    """Velocities; its names stand below `cfm.estimator.` in the file."""

    def __init__(self, config: S2MelConfig) -> None:
        super().__init__()
        dit, wide = config.dit, config.wavenet.hidden_dim
        hidden, mels = dit.hidden_dim, dit.in_channels
        self.t_embedder = _TimeEmbedder(hidden)
        self.t_embedder2 = _TimeEmbedder(wide)
        self.cond_projection = nn.Linear(dit.content_dim, hidden)
        self.cond_x_merge_linear = nn.Linear(2 * mels + hidden + STYLE_SIZE, hidden)
        self.transformer = Transformer(hidden, dit.num_heads, dit.depth)
        self.skip_linear = nn.Linear(hidden + mels, hidden)
        self.conv1 = nn.Linear(hidden, wide)
        self.wavenet = WaveNet(config.wavenet)
        self.res_projection = nn.Linear(hidden, wide)
        self.final_layer = _FinalLayer(hidden, wide)
        self.conv2 = nn.Conv1d(wide, mels, 1)

    def modulation(self, times: Tensor) -> Modulation:
        """Times (N,) float32 in [0, 1], whatever the network's own dtype."""
        t = self.t_embedder(times)
        return Modulation(
            norms=self.transformer.modulation(t),
            wavenet=self.wavenet.modulation(self.t_embedder2(times)),
            final=self.final_layer.modulation(t),
        )

    def conditioned(self, prompt: Tensor, style: Tensor, condition: Tensor) -> Tensor:
        """The first layer's share of all that is not the noisy mel.

        Args:
            prompt: (B, 80, T), the reference's mel and zeros after it.
            style: (B, 192), the speaker vector.
            condition: (B, T, C), from the length regulator: reference, then target.

        Returns:
            (B, T, H).
        """
        mels = prompt.shape[1]
        known = torch.cat(
            (
                prompt.transpose(1, 2),
                self.cond_projection(condition),
                style.unsqueeze(1).expand(-1, prompt.shape[2], -1),
            ),
            dim=-1,
        )
        return functional.linear(
            known, self.cond_x_merge_linear.weight[:, mels:], self.cond_x_merge_linear.bias
        )

    def merged(self, x: Tensor, conditioned: Tensor) -> Tensor:
        """The first layer's output, (B, T, H): the noisy mel's share (B, 80, T) and the rest's, (B, T, H)."""
        weight = self.cond_x_merge_linear.weight[:, : x.shape[1]]
        return functional.linear(x.transpose(1, 2), weight) + conditioned

    def forward(self, x: Tensor, conditioned: Tensor, modulation: Modulation) -> Tensor:
        """The velocity (B, 80, T) of a noisy mel x (B, 80, T).

        Args:
            conditioned: (B, T, H) from the method of that name.
            modulation: of one time for all, or of one for each of the batch.
        """
        h = self.transformer(self.merged(x, conditioned), modulation.norms)
        r = self.skip_linear(torch.cat((h, x.transpose(1, 2)), dim=-1))
        y = self.wavenet(self.conv1(r).transpose(1, 2), modulation.wavenet)
        y = self.final_layer(y.transpose(1, 2) + self.res_projection(r), modulation.final)
        return functional.linear(y, self.conv2.weight.squeeze(-1), self.conv2.bias).transpose(1, 2)


class _TimeEmbedder(nn.Module):
    """A time as waves, then as a vector."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(2 * TIME_WAVES, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, times: Tensor) -> Tensor:
        """(N,) float32 -> (N, width); the angles, up to 1000, are made in float32."""
        angles = TIME_SCALE * times.float().unsqueeze(-1) * _frequencies(times.device)
        waves = torch.cat((angles.cos(), angles.sin()), dim=-1)
        return self.mlp(waves.to(next(self.mlp.parameters()).dtype))


class _FinalLayer(nn.Module):
    """Layer norm with the time's shift and scale, then one linear layer."""

    def __init__(self, hidden: int, wide: int) -> None:
        super().__init__()
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 2 * wide))
        self.linear = nn.Linear(wide, wide)

    def modulation(self, t: Tensor) -> Tensor:
        """(N, H) -> (N, 2 * wide)."""
        return self.adaLN_modulation(t)

    def forward(self, y: Tensor, modulation: Tensor) -> Tensor:
        """(B, T, wide), (B or 1, 2 * wide) -> (B, T, wide)."""
        shift, scale = modulation.unsqueeze(1).chunk(2, dim=-1)
        plain = functional.layer_norm(y, (y.shape[-1],), eps=FINAL_EPS)
        return self.linear(torch.addcmul(shift, plain, 1 + scale))


@lru_cache(maxsize=8)
def _frequencies(device: torch.device) -> Tensor:
    """Of the time's waves, (TIME_WAVES,); made on the CPU, so that they are the same everywhere."""
    with torch.inference_mode(mode=False):
        falling = torch.arange(TIME_WAVES, dtype=torch.float32) * -math.log(TIME_BASE)
        return (falling / TIME_WAVES).exp().to(device)
