"""RepCodec, the semantic codec of MaskGCT (Wang et al. 2024): voice features to codes, codes to vectors.

Shapes: B sequences of n frames of 20 ms; W = 1024, the width of a feature and of a decoded code; V codes of
codebook_dim values each. `SemanticCodec` prepares references; `Codebook` is all that speaking needs.
The decoder half of the checkpoint is not built. Of version 2.0; later ones have `codec_half_rate`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from tts.indextts2.config import SemanticCodecConfig

CODEBOOK_PREFIX = "quantizer.quantizers.0."
"""Where the tensors of a `Codebook` lie in the checkpoint."""
KERNEL = 7
"""Frames that each of Vocos's convolutions sees (Siuzdak 2023, after ConvNeXt)."""
NORM_EPS = 1e-6
"""Likewise."""


class Codebook(nn.Module):
    """Codes to vectors; fill it with `CODEBOOK_PREFIX`."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.codebook = nn.Embedding(config.codebook_size, config.codebook_dim)
        self.out_project = nn.Conv1d(config.codebook_dim, config.hidden_size, 1)

    def embed(self, codes: Tensor) -> Tensor:
        """Vectors (B, n, W) of codes (B, n) below V."""
        return _embedded(codes, self.codebook, self.out_project)

    def forward(self, codes: Tensor) -> Tensor:
        """`embed`."""
        return self.embed(codes)


class SemanticCodec(nn.Module):
    """Encoder and vector quantiser."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.encoder = nn.Sequential(Vocos(config), nn.Linear(config.vocos_dim, config.hidden_size))
        self.quantizer = _Quantizers(config)

    def encoded(self, features: Tensor) -> Tensor:
        """Normalised w2v-BERT features (B, n, W), as the quantiser takes them: (B, n, W)."""
        return self.encoder(features)

    def quantize(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The codes of normalised w2v-BERT features.

        Args:
            features: (B, n, W).

        Returns:
            Codes (B, n), int64, and their vectors (B, n, W).
        """
        return self.quantizer(self.encoded(features))


class _Quantizers(nn.Module):
    """Only a name in the checkpoint: a list of one."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.quantizers = nn.ModuleList([_Quantizer(config)])

    def forward(self, encoded: Tensor) -> tuple[Tensor, Tensor]:
        return self.quantizers[0](encoded)


class _Quantizer(nn.Module):
    """Factorised codes: nearest by angle in codebook_dim dimensions (Yu et al. 2022, "ViT-VQGAN")."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.in_project = nn.Conv1d(config.hidden_size, config.codebook_dim, 1)
        self.codebook = nn.Embedding(config.codebook_size, config.codebook_dim)
        self.out_project = nn.Conv1d(config.codebook_dim, config.hidden_size, 1)

    def forward(self, encoded: Tensor) -> tuple[Tensor, Tensor]:
        codes = self._nearest(encoded)
        return codes, _embedded(codes, self.codebook, self.out_project)

    def _nearest(self, encoded: Tensor) -> Tensor:
        """In float32 whatever the network's type, since two codes may lie close together."""
        points = _projected(encoded.float(), self.in_project)
        rows = functional.normalize(self.codebook.weight.float(), dim=-1)
        return (functional.normalize(points, dim=-1) @ rows.T).argmax(-1)


class Vocos(nn.Module):
    """(B, n, W) to (B, n, vocos_dim); a frame sees 3 + 3 * layers frames on each side."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        width = config.vocos_dim
        self.embed = nn.Conv1d(config.hidden_size, width, KERNEL, padding=KERNEL // 2)
        self.norm = nn.LayerNorm(width, eps=NORM_EPS)
        blocks = (_Block(width, config.vocos_intermediate_dim) for _ in range(config.vocos_num_layers))
        self.convnext = nn.Sequential(*blocks)
        self.final_layer_norm = nn.LayerNorm(width, eps=NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.embed(x.transpose(1, 2)).transpose(1, 2))
        return self.final_layer_norm(self.convnext(x))


class _Block(nn.Module):
    """ConvNeXt: a depthwise convolution and a feed-forward, scaled per channel."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=NORM_EPS)
        self.pwconv1 = nn.Linear(width, inner)
        self.pwconv2 = nn.Linear(inner, width)
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x.transpose(1, 2)).transpose(1, 2))
        return x + self.gamma * self.pwconv2(functional.gelu(self.pwconv1(y)))


def _embedded(codes: Tensor, codebook: nn.Embedding, out_project: nn.Conv1d) -> Tensor:
    """The rows as they are, not normalised, projected: (B, n) to (B, n, W)."""
    return _projected(codebook(codes), out_project)


def _projected(x: Tensor, convolution: nn.Conv1d) -> Tensor:
    """A convolution of one tap, on channels-last values, in their type."""
    weight, bias = convolution.weight.squeeze(-1), convolution.bias
    return functional.linear(x, weight.to(x.dtype), None if bias is None else bias.to(x.dtype))
