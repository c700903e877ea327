"""The perceiver resampler: a sequence of any length to a fixed number of latents.

Two of them are in gpt.pth: `perceiver_encoder` makes the speaker's 32 latents, `emo_perceiver_encoder` the
one of emotion. Attends to the latents themselves and to the context together; no norm before the layers,
one after.

    N  latents     S  context frames     D  width of a latent     C  width of the context
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_DEPTH = 2
"""Layers; fixed in the architecture, as is the width of a head."""
_HEAD_SIZE = 64


class Perceiver(nn.Module):
    """Context (B, S, C) to latents (B, N, D)."""

    def __init__(self, *, latents: int, size: int, context_size: int, heads: int, mult: float) -> None:
        """Describe it.

        Args:
            mult: of the feed-forward, whose hidden width is int(size * mult * 2 / 3).
        """
        super().__init__()
        self.latents = nn.Parameter(torch.empty(latents, size))
        self.proj_context = nn.Linear(context_size, size)
        self.layers = nn.ModuleList(
            nn.ModuleList((_CrossAttention(size, heads), _feed_forward(size, int(size * mult * 2 / 3))))
            for _ in range(_DEPTH)
        )
        self.norm = _Norm(size)

    def forward(self, context: Tensor) -> Tensor:
        context = self.proj_context(context)
        latents = self.latents.expand(context.shape[0], -1, -1)
        for attend, feed in (tuple(layer.children()) for layer in self.layers):
            latents = latents + attend(latents, torch.cat((latents, context), dim=1))
            latents = latents + feed(latents)
        return self.norm(latents)


class _CrossAttention(nn.Module):
    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        inner = heads * _HEAD_SIZE
        self.to_q = nn.Linear(size, inner, bias=False)
        self.to_kv = nn.Linear(size, 2 * inner, bias=False)
        self.to_out = nn.Linear(inner, size, bias=False)

    def forward(self, latents: Tensor, source: Tensor) -> Tensor:
        """(B, N, D) asking (B, N + S, D), to (B, N, D)."""
        q, k, v = (
            part.unflatten(-1, (-1, _HEAD_SIZE)).transpose(1, 2)
            for part in (self.to_q(latents), *self.to_kv(source).chunk(2, dim=-1))
        )
        y = functional.scaled_dot_product_attention(q, k, v)
        return self.to_out(y.transpose(1, 2).flatten(2))


def _feed_forward(size: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(size, 2 * hidden), _Gate(), nn.Linear(hidden, size))


class _Gate(nn.Module):
    """First half times the GELU (exact, not tanh) of the second: GEGLU of Shazeer 2020."""

    def forward(self, x: Tensor) -> Tensor:
        value, gate = x.chunk(2, dim=-1)
        return value * functional.gelu(gate)


class _Norm(nn.Module):
    """To length sqrt(D), then scaled by `gamma`."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(size))

    def forward(self, x: Tensor) -> Tensor:
        return functional.normalize(x, dim=-1) * math.sqrt(x.shape[-1]) * self.gamma
