"""The conditioning conformer: speech features to a sequence at half their rate.

Two of them are in gpt.pth: `conditioning_encoder` for the speaker, `emo_conditioning_encoder` for emotion.
Runs once per reference. Pre-norm, not macaron; the attention's relative term uses absolute key positions
and no shift, as upstream's does, so it is a bias by key and not by distance.

    T  feature frames, 50 per second     T' = (T - 1) // 2, 25 per second
    D  output_size                       H  heads, each D / H wide

Upstream masks by a length that is the feature width, 1024 frames; references are shorter, so nothing is
masked.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import FEATURE_SIZE, ConditionConfig

_KERNEL = 15
"""Frames of the depthwise convolution (upstream's default; config.yaml has no key for it)."""
_POSITIONS = 5000
"""Rows of the sinusoid table that the checkpoint holds, hence the longest T'."""


class Conformer(nn.Module):
    """Features (B, T, 1024) with T >= 3 to (B, T', D)."""

    def __init__(self, config: ConditionConfig) -> None:
        super().__init__()
        self.embed = _Subsampling(config.output_size)
        self.encoders = nn.ModuleList(_Block(config) for _ in range(config.num_blocks))
        self.after_norm = nn.LayerNorm(config.output_size)

    def forward(self, features: Tensor) -> Tensor:
        x, positions = self.embed(features)
        for block in self.encoders:
            x = block(x, positions)
        return self.after_norm(x)


class _Subsampling(nn.Module):
    """Convolves the features as a one-channel image, to half the frames; hands out the positions beside."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, size, 3, stride=2), nn.ReLU())
        self.out = nn.Sequential(nn.Linear(size * ((FEATURE_SIZE - 1) // 2), size))
        self.pos_enc = _Sinusoids(size)
        self.scale = math.sqrt(size)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, 1024) to (B, T', D) and positions (1, T', D), which are not added to the former."""
        image = self.conv(features[:, None])
        x = self.out(image.transpose(1, 2).flatten(2)) * self.scale
        return x, self.pos_enc(x.shape[1])


class _Sinusoids(nn.Module):
    """Sine and cosine interleaved, as the checkpoint stores them."""

    pe: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("pe", torch.empty(1, _POSITIONS, size))

    def forward(self, frames: int) -> Tensor:
        return self.pe[:, :frames]


class _Block(nn.Module):
    def __init__(self, config: ConditionConfig) -> None:
        super().__init__()
        size = config.output_size
        self.self_attn = _Attention(size, config.attention_heads)
        self.conv_module = _Convolution(size)
        self.feed_forward = _FeedForward(size, config.linear_units)
        self.norm_mha = nn.LayerNorm(size)
        self.norm_conv = nn.LayerNorm(size)
        self.norm_ff = nn.LayerNorm(size)
        self.norm_final = nn.LayerNorm(size)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        x = x + self.self_attn(self.norm_mha(x), positions)
        x = x + self.conv_module(self.norm_conv(x))
        x = x + self.feed_forward(self.norm_ff(x))
        return self.norm_final(x)


class _Attention(nn.Module):
    """Scores [(q + u)·k + (q + v)·p] / sqrt(D / H), with p = linear_pos of the key's own position."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q = nn.Linear(size, size)
        self.linear_k = nn.Linear(size, size)
        self.linear_v = nn.Linear(size, size)
        self.linear_out = nn.Linear(size, size)
        self.linear_pos = nn.Linear(size, size, bias=False)
        self.pos_bias_u = nn.Parameter(torch.empty(heads, size // heads))
        self.pos_bias_v = nn.Parameter(torch.empty(heads, size // heads))

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """(B, T', D) and (1, T', D) to (B, T', D)."""
        q, k, v, p = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.linear_q(x), self.linear_k(x), self.linear_v(x), self.linear_pos(positions))
        )
        by_position = (q + self.pos_bias_v[:, None]) @ p.transpose(-1, -2) / math.sqrt(q.shape[-1])
        y = functional.scaled_dot_product_attention(q + self.pos_bias_u[:, None], k, v, attn_mask=by_position)
        return self.linear_out(y.transpose(1, 2).flatten(2))


class _Convolution(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.pointwise_conv1 = nn.Conv1d(size, 2 * size, 1)
        self.depthwise_conv = nn.Conv1d(size, size, _KERNEL, padding=_KERNEL // 2, groups=size)
        self.norm = nn.LayerNorm(size)
        self.pointwise_conv2 = nn.Conv1d(size, size, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T', D) to the same; looks 7 frames to either side."""
        y = functional.glu(self.pointwise_conv1(x.transpose(1, 2)), dim=1)
        y = self.norm(self.depthwise_conv(y).transpose(1, 2))
        return self.pointwise_conv2(functional.silu(y).transpose(1, 2)).transpose(1, 2)


class _FeedForward(nn.Module):
    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.w_1 = nn.Linear(size, hidden)
        self.w_2 = nn.Linear(hidden, size)

    def forward(self, x: Tensor) -> Tensor:
        return self.w_2(functional.silu(self.w_1(x)))
