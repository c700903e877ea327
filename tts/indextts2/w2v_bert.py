"""w2v-BERT 2.0 (Seamless Communication 2023): from speech features to what the voice model calls a voice.

Shapes: B sounds, T frames of 20 ms, D hidden_size, H attention heads of width D / H. A frame is valid where
the mask (B, T) is True; what is not valid is seen by no other frame.

A conformer in the released weights' names: half a feed-forward, attention with learnt relative distances,
a convolution over the past, half a feed-forward, a norm. The last layers are of no use here and not built.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import W2vBertConfig

USED_LAYERS = 17
"""Upstream reads the hidden state behind the 17th of 24 layers."""


class W2vBert(nn.Module):
    """The first layers of the encoder."""

    def __init__(self, config: W2vBertConfig, layers: int | None = None) -> None:
        """Lay out the network; `layers` is how many to build, all by default, `USED_LAYERS` for a voice."""
        super().__init__()
        self.feature_projection = _Projection(config)
        self.encoder = _Encoder(config, config.num_hidden_layers if layers is None else layers)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        """The state behind the last layer built.

        Args:
            features: (B, T, 160).
            mask: (B, T), True or 1 where a frame is sound.

        Returns:
            (B, T, D); frames that are not valid hold numbers too, upstream uses them.
        """
        *_, last = self.states(features, mask)
        return last

    def states(self, features: Tensor, mask: Tensor) -> Iterator[Tensor]:
        """The input of the first layer, then the state behind each layer: each (B, T, D)."""
        valid = mask.bool()
        state = self.feature_projection(features).masked_fill(~valid.unsqueeze(-1), 0.0)
        yield state
        for layer in self.encoder.layers:
            state = layer(state, valid)
            yield state


def normalised(state: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    """A hidden state (B, T, D) by the statistics (D,) that came with the voice model."""
    return (state - mean) / variance.sqrt()


class _Projection(nn.Module):
    def __init__(self, config: W2vBertConfig) -> None:
        super().__init__()
        width = config.feature_projection_input_dim
        self.layer_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.projection = nn.Linear(width, config.hidden_size)

    def forward(self, features: Tensor) -> Tensor:
        return self.projection(self.layer_norm(features))


class _Encoder(nn.Module):
    """Only a name in the checkpoint."""

    def __init__(self, config: W2vBertConfig, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(layers))


class _Layer(nn.Module):
    def __init__(self, config: W2vBertConfig) -> None:
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.ffn1_layer_norm = nn.LayerNorm(width, eps=eps)
        self.ffn1 = _FeedForward(config)
        self.self_attn_layer_norm = nn.LayerNorm(width, eps=eps)
        self.self_attn = _Attention(config)
        self.conv_module = _Convolution(config)
        self.ffn2_layer_norm = nn.LayerNorm(width, eps=eps)
        self.ffn2 = _FeedForward(config)
        self.final_layer_norm = nn.LayerNorm(width, eps=eps)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        x = x + 0.5 * self.ffn1(self.ffn1_layer_norm(x))
        x = x + self.self_attn(self.self_attn_layer_norm(x), valid)
        x = x + self.conv_module(x, valid)
        x = x + 0.5 * self.ffn2(self.ffn2_layer_norm(x))
        return self.final_layer_norm(x)


class _FeedForward(nn.Module):
    def __init__(self, config: W2vBertConfig) -> None:
        super().__init__()
        self.intermediate_dense = nn.Linear(config.hidden_size, config.intermediate_size)
        self.output_dense = nn.Linear(config.intermediate_size, config.hidden_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.output_dense(functional.silu(self.intermediate_dense(x)))


class _Attention(nn.Module):
    """Scores are q (k + e) / sqrt(width), e learnt for each distance from query to key (Shaw et al. 2018)."""

    def __init__(self, config: W2vBertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.left = config.left_max_position_embeddings
        self.right = config.right_max_position_embeddings
        self.linear_q = nn.Linear(width, width)
        self.linear_k = nn.Linear(width, width)
        self.linear_v = nn.Linear(width, width)
        self.linear_out = nn.Linear(width, width)
        self.distance_embedding = nn.Embedding(self.left + self.right + 1, width // self.heads)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        q, k, v = (
            linear(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, T, D / H)
            for linear in (self.linear_q, self.linear_k, self.linear_v)
        )
        bias = self._distances(q).masked_fill(~valid[:, None, None, :], float("-inf"))
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.linear_out(y.transpose(1, 2).flatten(2))

    def _distances(self, q: Tensor) -> Tensor:
        """Scores (B, H, T, T) of the distances alone; far ones share the outermost embedding."""
        time = torch.arange(q.shape[2], device=q.device)
        distance = (time - time.unsqueeze(1)).clamp(-self.left, self.right) + self.left
        scores = q @ self.distance_embedding.weight.T * q.shape[-1] ** -0.5  # (B, H, T, distances)
        return scores.gather(-1, distance.expand(*scores.shape[:3], -1))


class _Convolution(nn.Module):
    """Gated, and over past frames alone."""

    def __init__(self, config: W2vBertConfig) -> None:
        super().__init__()
        width, self.kernel = config.hidden_size, config.conv_depthwise_kernel_size
        self.layer_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.pointwise_conv1 = nn.Conv1d(width, 2 * width, 1, bias=False)
        self.depthwise_conv = nn.Conv1d(width, width, self.kernel, groups=width, bias=False)
        self.depthwise_layer_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.pointwise_conv2 = nn.Conv1d(width, width, 1, bias=False)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        x = self.layer_norm(x).masked_fill(~valid.unsqueeze(-1), 0.0).transpose(1, 2)
        x = functional.glu(self.pointwise_conv1(x), dim=1)
        x = self.depthwise_conv(functional.pad(x, (self.kernel - 1, 0)))
        x = self.depthwise_layer_norm(x.transpose(1, 2)).transpose(1, 2)
        return self.pointwise_conv2(functional.silu(x)).transpose(1, 2)
