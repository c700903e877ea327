"""The autoregressive transformer from text to semantic codes: a GPT-2 stack of its own embeddings.

Takes a prefix (`tts.indextts2.prefix`), adds the start code, and gives for every code fed the logits of the
next one. Two norms stand before the head: the stack's `ln_f`, then `final_norm`; what comes out of both is
the state, and the state that predicted a code is that code's latent for the flow.

    B  beams     P  prefix vectors     n  codes     D  model_dim     V  codes with start and stop
    H  heads, each d = D / H wide
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.cache import KeyValueCache
from tts.indextts2.config import GptConfig
from tts.indextts2.positions import Positions

_WIDENING = 4
"""The feed-forward's width over D, as in GPT-2."""
_SPARE_POSITIONS = 3
"""Code positions beyond max_mel_tokens: start, stop and one condition (the checkpoint's shape)."""

Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]
"""Layer, queries, keys and values (B, H, n, d) to (B, H, n, d)."""


class State(NamedTuple):
    """The transformer after one token."""

    backbone: Tensor
    """(B, D): after the stack's own last norm."""
    hidden: Tensor
    """(B, D): after `final_norm`; the latent of the code that is chosen next."""
    logits: Tensor
    """(B, V)."""


class Gpt(nn.Module):
    """The decoder; text and conditions are embedded by a prefix builder."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        self.config = config
        self.gpt = _Stack(config)
        self.final_norm = nn.LayerNorm(config.model_dim)
        self.mel_head = nn.Linear(config.model_dim, config.number_mel_codes)
        self.mel_embedding = nn.Embedding(config.number_mel_codes, config.model_dim)
        self.mel_pos_embedding = Positions(config.max_mel_tokens + _SPARE_POSITIONS, config.model_dim)

    def cache(self, capacity: int, beams: int = 1) -> KeyValueCache:
        """A cache on this network's device, in its dtype.

        Args:
            capacity: tokens: the prefix, the start code and every code that is fed back.
        """
        weight = self.mel_head.weight
        return KeyValueCache(
            layers=self.config.layers,
            beams=beams,
            heads=self.config.heads,
            capacity=capacity,
            size=self.config.model_dim // self.config.heads,
            device=weight.device,
            dtype=weight.dtype,
        )

    def prefill(self, prefix: Tensor, cache: KeyValueCache) -> Tensor:
        """Feed the prefix and the start code at position 0, and write P + 1 slots for every beam.

        Args:
            prefix: (1, P, D).

        Returns:
            The transformer's output after its last norm, (1, P + 1, D); see `state`.
        """

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            cache.fill(layer, k, v)
            return _causal(layer, q, k, v)

        start = torch.full((1, 1), self.config.start_mel_token, device=prefix.device)
        x = torch.cat((prefix, self._embedded(start, start.new_zeros(1))), dim=1)
        y = self.gpt(x, attend)
        cache.position.fill_(x.shape[1])
        return y

    def decode(self, codes: Tensor, position: Tensor, cache: KeyValueCache, span: int) -> State:
        """Feed one code per beam. All shapes follow from B and `span`, and nothing is asked of the host.

        Args:
            codes: int64 (B,).
            position: int64 (1,), row of the position table.
            cache: takes the token at its own `position`, which then moves on by one.
            span: how many slots are attended to, at least all that are filled; `cache.span` tells.
        """
        mask = cache.mask(span)

        def attend(layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            cache.put(layer, k, v)
            keys, values = cache.keys[layer, :, :, :span], cache.values[layer, :, :, :span]
            return functional.scaled_dot_product_attention(q, keys, values, attn_mask=mask)

        y = self.gpt(self._embedded(codes[:, None], position), attend)
        cache.position.add_(1)
        return self.state(y)

    def state(self, backbone: Tensor) -> State:
        """The state after the last token of the transformer's output (B, n, D)."""
        last = backbone[:, -1]
        hidden = self.final_norm(last)
        return State(last, hidden, self.mel_head(hidden))

    def latents(self, prefix: Tensor, codes: Tensor) -> Tensor:
        """The second pass: all codes at once, at positions 0, 1, 2, ... after the start code.

        Args:
            prefix: (1, P, D).
            codes: int64 (1, n), n >= 1, without the stop code.

        Returns:
            (1, n, D): latent i is the state at the token before code i. What decoding at the same positions
            had is the same.
        """
        start = codes.new_full((1, 1), self.config.start_mel_token)
        fed = torch.cat((start, codes[:, :-1]), dim=1)
        places = torch.arange(fed.shape[1], device=fed.device)
        y = self.gpt(torch.cat((prefix, self._embedded(fed, places)), dim=1), _causal)
        return self.final_norm(y[:, prefix.shape[1] :])

    def _embedded(self, codes: Tensor, positions: Tensor) -> Tensor:
        """(B, n) and (n,) to (B, n, D)."""
        return self.mel_embedding(codes) + self.mel_pos_embedding(positions)


def _causal(_: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return functional.scaled_dot_product_attention(q, k, v, is_causal=True)


class _Stack(nn.Module):
    """Pre-norm blocks and one last norm."""

    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        self.h = nn.ModuleList(_Block(config) for _ in range(config.layers))
        self.ln_f = nn.LayerNorm(config.model_dim)

    def forward(self, x: Tensor, attend: Attend) -> Tensor:
        """(B, n, D) to the same."""
        for layer, block in enumerate(self.h):
            x = block(x, layer, attend)
        return self.ln_f(x)


class _Block(nn.Module):
    def __init__(self, config: GptConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.model_dim)
        self.attn = _Attention(config.model_dim, config.heads)
        self.ln_2 = nn.LayerNorm(config.model_dim)
        self.mlp = _FeedForward(config.model_dim)

    def forward(self, x: Tensor, layer: int, attend: Attend) -> Tensor:
        x = x + self.attn(self.ln_1(x), layer, attend)
        return x + self.mlp(self.ln_2(x))


class _Attention(nn.Module):
    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.c_attn = _Projection(size, 3 * size)
        self.c_proj = _Projection(size, size)

    def forward(self, x: Tensor, layer: int, attend: Attend) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.c_attn(x).chunk(3, dim=-1)
        )
        return self.c_proj(attend(layer, q, k, v).transpose(1, 2).flatten(2))


class _FeedForward(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.c_fc = _Projection(size, _WIDENING * size)
        self.c_proj = _Projection(_WIDENING * size, size)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(functional.gelu(self.c_fc(x), approximate="tanh"))


class _Projection(nn.Module):
    """A linear layer whose weight lies [in, out], as GPT-2's checkpoints have it."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.addmm(self.bias, x.flatten(0, -2), self.weight)
        return y.view(*x.shape[:-1], -1)
