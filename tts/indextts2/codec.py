"""From the GPT's codes to what the length regulator is told of them: the door, and version 2.0 behind it.

B  batch     n  codes     D  model_dim
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor, nn

from tts.indextts2.semantic_codec import Codebook


class Codec(Protocol):
    """What speaking needs of a codec; each version of the model has its own."""

    @property
    def features_per_code(self) -> int:
        """Feature frames of 20 ms that a code stands for."""
        ...

    @property
    def reach(self) -> int:
        """Codes on either side that a code's features depend on."""
        ...

    @property
    def takes_latents(self) -> bool:
        """Whether the GPT's states are a part of what is told."""
        ...

    def features(self, codes: Tensor, latents: Tensor) -> Tensor:
        """Codes (B, n) and their latents (B, n, D) to (B, n * features_per_code, 1024)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentCodec:
    """Version 2.0: a code's vector, and what the GPT meant by it."""

    codebook: Codebook
    projection: nn.Linear
    """Of latents; see `LatentProjection.folded`."""

    features_per_code = 1
    reach = 0
    takes_latents = True

    def features(self, codes: Tensor, latents: Tensor) -> Tensor:
        """See `Codec`."""
        return self.codebook.embed(codes) + self.projection(latents.to(self.projection.weight.dtype))
