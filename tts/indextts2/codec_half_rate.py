"""Version 2.5's codec: 25 codes a second, each decoded to two feature frames; no latents are needed.

Upstream calls it an enhanced codec: MaskGCT's, with a convolution of stride 2 before the encoder and another
behind the decoder. Only what decodes is built: a reference needs no codes in this version. Names are those of
codec.pth.

    B  batch     n  codes of 40 ms     W  1024
"""

from __future__ import annotations

from torch import Tensor, nn

from tts.indextts2.config import SemanticCodecConfig
from tts.indextts2.semantic_codec import KERNEL, Codebook, Vocos

_SMOOTHING = 3
"""Frames that the last convolution sees (upstream)."""


class HalfRateCodec(nn.Module):
    """A `Codec`."""

    features_per_code = 2
    takes_latents = False

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.quantizer = _Quantizers(config)
        self.decoder = nn.Sequential(Vocos(config), nn.Linear(config.vocos_dim, config.hidden_size))
        self.up = nn.Conv1d(config.hidden_size, config.hidden_size, _SMOOTHING, padding=_SMOOTHING // 2)
        self.reach = KERNEL // 2 * (1 + config.vocos_num_layers) + 1
        """39 codes of the decoder as released, and one of the last convolution."""

    def features(self, codes: Tensor, latents: Tensor) -> Tensor:
        """Codes (B, n) to (B, 2 n, W), n at least 1; the latents are not looked at."""
        decoded = self.decoder(self.quantizer(codes))
        twice = decoded.repeat_interleave(self.features_per_code, dim=1)
        return self.up(twice.transpose(1, 2)).transpose(1, 2)


class _Quantizers(nn.Module):
    """Only a name in the checkpoint: a list of one."""

    def __init__(self, config: SemanticCodecConfig) -> None:
        super().__init__()
        self.quantizers = nn.ModuleList([Codebook(config)])

    def forward(self, codes: Tensor) -> Tensor:
        """(B, n) to (B, n, W)."""
        return self.quantizers[0](codes)
