"""A table of learned positions, as gpt.pth stores them for text and for codes."""

from __future__ import annotations

from torch import Tensor, nn


class Positions(nn.Module):
    """(rows, D), looked up by index."""

    def __init__(self, rows: int, size: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(rows, size)

    def forward(self, indices: Tensor) -> Tensor:
        """int64 (n,) to (n, D)."""
        return self.emb(indices)

    @property
    def rows(self) -> int:
        """How many positions were trained."""
        return self.emb.num_embeddings
