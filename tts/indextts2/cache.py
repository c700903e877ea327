"""The GPT's memory of keys and values: allocated once, of a fixed size, so that no step changes shape.

L layers B beams H heads M capacity in tokens d width of a head
"""

from __future__ import annotations

import torch
from torch import Tensor

SPAN = 128
"""Attended lengths are multiples of this: few enough shapes to capture one graph for each."""


class KeyValueCache:
    """Keys and values (L, B, H, M, d), and where the next token goes.

    `position` is a tensor on the device, so that a captured step counts on by itself; a host that wants the
    length counts along.
    """

    def __init__(
        self,
        *,
        layers: int,
        beams: int,
        heads: int,
        capacity: int,
        size: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        """Allocate, zeroed: what was never written is masked, and must not be NaN.

        Args:
            capacity: tokens, prompt included; rounded up to a multiple of `SPAN`.
            size: width of one head.
        """
        capacity = -(-capacity // SPAN) * SPAN
        self.keys = torch.zeros(layers, beams, heads, capacity, size, device=device, dtype=dtype)
        self.values = torch.zeros_like(self.keys)
        self.position = torch.zeros(1, dtype=torch.int64, device=device)
        """int64 (1,): the slot that the next token takes."""
        self._slots = torch.arange(capacity, device=device)

    @property
    def capacity(self) -> int:
        """Tokens that fit."""
        return self.keys.shape[3]

    @staticmethod
    def span(length: int) -> int:
        """The attended length for a step at which `length` tokens are in, the new one included."""
        return -(-length // SPAN) * SPAN

    def fill(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Write a whole prompt (1 or B, H, n, d) from slot 0; one prompt serves all beams."""
        self.keys[layer, :, :, : keys.shape[2]] = keys
        self.values[layer, :, :, : values.shape[2]] = values

    def clear(self, first: int, last: int) -> None:
        """Forget the slots from `first` to before `last`: nothing of an earlier utterance may come back."""
        self.keys[:, :, :, first:last].zero_()
        self.values[:, :, :, first:last].zero_()

    def put(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Write one token (B, H, 1, d) at `position`."""
        self.keys[layer].index_copy_(2, self.position, keys)
        self.values[layer].index_copy_(2, self.position, values)

    def mask(self, span: int) -> Tensor:
        """What the token at `position` may attend to: bool (1, span), itself included."""
        return (self._slots[:span] <= self.position)[None]

    def reorder(self, parents: Tensor, first: int, length: int) -> None:
        """Let every beam go on from its parent.

        Args:
            parents: int64 (B,).
            first: slots before it are the prompt, which all beams share.
            length: tokens that are in.
        """
        for store in (self.keys, self.values):
            store[:, :, :, first:length] = store[:, parents, :, first:length]
