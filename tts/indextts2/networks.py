"""What speaking needs of a checkpoint, loaded: about 728 M parameters as released; nothing that listens.

Shapes: R rows of the emotion matrix, D model_dim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.checkpoint_networks import ESTIMATOR, LATENT_PROJECTION, LENGTH_REGULATOR
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.estimator import Estimator
from tts.indextts2.filled import filled
from tts.indextts2.flow import Flow
from tts.indextts2.gpt import Gpt
from tts.indextts2.layout import Part
from tts.indextts2.length_regulator import LatentProjection, LengthRegulator
from tts.indextts2.prefix import LatentPrefix
from tts.indextts2.semantic_codec import CODEBOOK_PREFIX, Codebook

Weights = Callable[[Part], Mapping[str, Tensor]]
"""A part's tensors by flat official names, as `Checkpoint.tensors` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precisions:
    """Float types of the three stages."""

    gpt: torch.dtype = torch.float32
    flow: torch.dtype = torch.float32
    """Also of the length regulator, the codebook and the projection of latents."""
    vocoder: torch.dtype = torch.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """All on one device; not to be used by two threads at once."""

    config: IndexTts2Config
    device: torch.device
    precisions: Precisions
    prefix: LatentPrefix
    gpt: Gpt
    projection: nn.Linear
    codebook: Codebook
    regulator: LengthRegulator
    flow: Flow
    vocoder: BigVgan
    speakers: Tensor
    """(R, 192) float32, feat1: CAMPPlus vectors of the emotion matrix's speakers."""
    emotions: Tensor
    """(R, D) in the GPT's type, feat2."""

    @property
    def groups(self) -> Sequence[int]:
        """Rows of each emotion."""
        return self.config.emo_num


def load_networks(
    config: IndexTts2Config,
    weights: Weights,
    *,
    device: torch.device | str = "cpu",
    precisions: Precisions | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Networks:
    """Load all of it.

    Args:
        progress: is told the name of each part before it is read.

    Raises:
        ModelMissing: a file is not there.
        ModelDamaged: tensors are missing or of another shape; they are named.
    """
    place, types = torch.device(device), precisions or Precisions()

    def read(part: Part) -> Mapping[str, Tensor]:
        progress(part)
        return weights(part)

    gpt, matrices = read("gpt"), read("matrices")
    prefix = filled(lambda: LatentPrefix(config.gpt), gpt, source="gpt.pth", device=place, dtype=types.gpt)
    decoder = filled(lambda: Gpt(config.gpt), gpt, source="gpt.pth", device=place, dtype=types.gpt)
    s2mel = read("s2mel")
    estimator = filled(
        lambda: Estimator(config.s2mel),
        s2mel,
        source="s2mel.pth",
        prefix=ESTIMATOR,
        device=place,
        dtype=types.flow,
    )
    regulator = filled(
        lambda: LengthRegulator(config.s2mel.length_regulator),
        s2mel,
        source="s2mel.pth",
        prefix=LENGTH_REGULATOR,
        device=place,
        dtype=types.flow,
    )
    projection = filled(
        lambda: LatentProjection(config.gpt),
        s2mel,
        source="s2mel.pth",
        prefix=LATENT_PROJECTION,
        device=place,
        dtype=types.flow,
    )
    codebook = filled(
        lambda: Codebook(config.semantic_codec),
        read("semantic_codec"),
        source="the semantic codec",
        prefix=CODEBOOK_PREFIX,
        device=place,
        dtype=types.flow,
    )
    vocoder = filled(
        lambda: BigVgan(config.bigvgan), read("bigvgan"), source="BigVGAN", device=place, dtype=types.vocoder
    )
    return Networks(
        config=config,
        device=place,
        precisions=types,
        prefix=prefix,
        gpt=decoder,
        projection=projection.folded(),
        codebook=codebook,
        regulator=regulator,
        flow=Flow(estimator),
        vocoder=vocoder,
        speakers=matrices["feat1"].to(place, torch.float32),
        emotions=matrices["feat2"].to(place, types.gpt),
    )
