"""The flow's last part: gated convolutions over the frames, steered by the time.

Shapes: B batch, T mel frames (at least half a kernel + 1), H channels, n layers.
The time's share is the same at every frame and comes from outside, so that it can be computed once per step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import WavenetConfig


class WaveNet(nn.Module):
    """n layers; each adds to what the next one sees and to the sum that is the result."""

    def __init__(self, config: WavenetConfig) -> None:
        super().__init__()
        wide, layers = config.hidden_dim, config.num_layers
        self.cond_layer = _SameConv(wide, 2 * wide * layers, 1)
        self.in_layers = nn.ModuleList(_SameConv(wide, 2 * wide, config.kernel_size) for _ in range(layers))
        self.res_skip_layers = nn.ModuleList(
            _SameConv(wide, wide if last else 2 * wide, 1) for last in [False] * (layers - 1) + [True]
        )

    def modulation(self, t: Tensor) -> Tensor:
        """The time's share of every gate: embedded times (N, H) -> (N, n, 2H)."""
        return self.cond_layer(t.unsqueeze(-1)).view(t.shape[0], len(self.in_layers), -1)

    def forward(self, y: Tensor, modulation: Tensor) -> Tensor:
        """(B, H, T) -> (B, H, T).

        Args:
            modulation: (B or 1, n, 2H) from the method of that name.
        """
        total: Tensor | None = None
        shares = modulation.unsqueeze(-1).unbind(1)
        *inner, last = zip(self.in_layers, self.res_skip_layers, shares, strict=True)
        for gates, outward, share in inner:
            residual, skipped = outward(_gated(gates(y) + share)).chunk(2, dim=1)
            y = y + residual
            total = skipped if total is None else total + skipped
        gates, outward, share = last
        skipped = outward(_gated(gates(y) + share))
        return skipped if total is None else total + skipped


class _SameConv(nn.Module):
    """A convolution that keeps the length; beyond its ends the signal is mirrored, the end not repeated.

    The nested name `conv.conv` is the checkpoint's.
    """

    def __init__(self, inward: int, outward: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.ModuleDict({"conv": nn.Conv1d(inward, outward, kernel)})
        self._right = (kernel - 1) // 2
        self._left = kernel - 1 - self._right

    def forward(self, x: Tensor) -> Tensor:
        """(B, inward, T) -> (B, outward, T)."""
        mirrored = functional.pad(x, (self._left, self._right), mode="reflect") if self._left else x
        return self.conv["conv"](mirrored)


def _gated(z: Tensor) -> Tensor:
    """(B, 2H, T) -> (B, H, T)."""
    value, gate = z.chunk(2, dim=1)
    return torch.tanh(value) * torch.sigmoid(gate)
