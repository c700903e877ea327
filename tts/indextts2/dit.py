"""The transformer of the flow (DiT, Peebles and Xie 2023): every mel frame attends to every other.

Shapes: B batch, T mel frames (reference and target together), H channels, N times. What follows from the time
alone comes from outside, so that it can be computed once per step.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

NORM_EPS = 1e-5
"""Of the transformer's root-mean-square norms (upstream)."""
ROTARY_BASE = 10_000.0
"""Su et al. 2021."""
ROTARY_BLOCK = 1024
"""Rotary tables are made and kept for multiples of so many frames."""
INNER_MULTIPLE = 256
"""The feed-forward's width, 8 H / 3, is rounded up to a multiple of this (upstream)."""


class Transformer(nn.Module):
    """Blocks shaped like a U: the first half's outputs enter the second half, last in first out."""

    def __init__(self, hidden: int, heads: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Block(hidden, heads, receives=i > depth // 2) for i in range(depth))
        self.norm = _AdaptiveNorm(hidden)
        self.head_size = hidden // heads

    def modulation(self, t: Tensor) -> Tensor:
        """Embedded times (N, H) -> (N, 2 * depth + 1, 2H), in order of use."""
        # They are registered in the order of their use.
        norms = (module for module in self.modules() if isinstance(module, _AdaptiveNorm))
        return torch.stack([norm.modulation(t) for norm in norms], dim=1)

    def forward(self, h: Tensor, modulation: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, H).

        Args:
            modulation: (B or 1, 2 * depth + 1, 2H).
        """
        shares = modulation.unsqueeze(2).unbind(1)
        places = rotary(h.shape[1], self.head_size, h.device)
        middle = len(self.layers) // 2
        saved: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            inward = torch.cat((h, saved.pop()), dim=-1) if i > middle else h
            h = layer(inward, places, *shares[2 * i : 2 * i + 2])
            if i < middle:
                saved.append(h)
        return self.norm(h, shares[-1])


class _Block(nn.Module):
    """Attention, then a feed-forward; one that receives merges in an earlier block's output first."""

    def __init__(self, hidden: int, heads: int, *, receives: bool) -> None:
        super().__init__()
        self.skip_in_linear = nn.Linear(2 * hidden, hidden) if receives else nn.Identity()
        self.attention_norm = _AdaptiveNorm(hidden)
        self.attention = _Attention(hidden, heads)
        self.ffn_norm = _AdaptiveNorm(hidden)
        self.feed_forward = _FeedForward(hidden)

    def forward(self, h: Tensor, places: tuple[Tensor, Tensor], before: Tensor, between: Tensor) -> Tensor:
        """(B, T, H), or (B, T, 2H) where it receives -> (B, T, H).

        Args:
            places: from `rotary`.
            before: (B or 1, 1, 2H), the attention norm's share of the time.
            between: the feed-forward norm's.
        """
        h = self.skip_in_linear(h)
        h = h + self.attention(self.attention_norm(h, before), places)
        return h + self.feed_forward(self.ffn_norm(h, between))


class _AdaptiveNorm(nn.Module):
    """Root-mean-square norm whose scale and shift follow from the time."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(hidden, eps=NORM_EPS)
        self.project_layer = nn.Linear(hidden, 2 * hidden)

    def modulation(self, t: Tensor) -> Tensor:
        """(N, H) -> scale, the norm's own weight within it, and shift: (N, 2H)."""
        scale, shift = self.project_layer(t).chunk(2, dim=-1)
        return torch.cat((scale * self.norm.weight, shift), dim=-1)

    def forward(self, h: Tensor, modulation: Tensor) -> Tensor:
        """(B, T, H), (B or 1, 1, 2H) -> (B, T, H)."""
        scale, shift = modulation.chunk(2, dim=-1)
        return torch.addcmul(shift, functional.rms_norm(h, (h.shape[-1],), eps=NORM_EPS), scale)


class _Attention(nn.Module):
    """Every frame attends to every frame; places enter by rotation."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.head_size = hidden // heads
        self.wqkv = nn.Linear(hidden, 3 * hidden, bias=False)
        self.wo = nn.Linear(hidden, hidden, bias=False)

    def forward(self, h: Tensor, places: tuple[Tensor, Tensor]) -> Tensor:
        """(B, T, H) -> (B, T, H)."""
        qkv = self.wqkv(h).unflatten(-1, (3, -1, self.head_size))  # (B, T, 3, heads, size)
        q, k = _rotated(qkv[:, :, :2], *places).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, qkv[:, :, 2].transpose(1, 2))
        return self.wo(mixed.transpose(1, 2).flatten(2))


class _FeedForward(nn.Module):
    """SwiGLU (Shazeer 2020)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        inner = math.ceil(8 * hidden // 3 / INNER_MULTIPLE) * INNER_MULTIPLE
        self.w1 = nn.Linear(hidden, inner, bias=False)
        self.w2 = nn.Linear(inner, hidden, bias=False)
        self.w3 = nn.Linear(hidden, inner, bias=False)

    def forward(self, h: Tensor) -> Tensor:
        """(B, T, H) -> (B, T, H)."""
        return self.w2(functional.silu(self.w1(h)) * self.w3(h))


def rotary(frames: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of places 0 to frames - 1, each (frames, 1, 1, size / 2) float32."""
    table = _rotary_table(math.ceil(frames / ROTARY_BLOCK) * ROTARY_BLOCK, size, device)
    return table[0, :frames], table[1, :frames]


@lru_cache(maxsize=32)
def _rotary_table(frames: int, size: int, device: torch.device) -> Tensor:
    """Cosines and sines, (2, frames, 1, 1, size / 2)."""
    with torch.inference_mode(mode=False):
        waves = 1.0 / ROTARY_BASE ** (torch.arange(0, size, 2, dtype=torch.float32) / size)
        angles = torch.outer(torch.arange(frames, dtype=torch.float32), waves)
        return torch.stack((angles.cos(), angles.sin()))[:, :, None, None].to(device)


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn neighbouring pairs of the last axis: (B, T, ..., size), in float32."""
    pairs = x.float().reshape(*x.shape[:-1], -1, 2)
    even, odd = pairs[..., 0], pairs[..., 1]
    turned = torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1)
    return turned.flatten(-2).to(x.dtype)
