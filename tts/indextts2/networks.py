"""What speaking needs of a checkpoint, loaded: about 728 M parameters as released; nothing that listens.

Shapes: R rows of the emotion matrix, D model_dim.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from tts.indextts2.beside import Beside
from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.checkpoint_networks import ESTIMATOR, LATENT_PROJECTION, LENGTH_REGULATOR
from tts.indextts2.codec import Codec, LatentCodec
from tts.indextts2.codec_half_rate import HalfRateCodec
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.decoder import Decoders
from tts.indextts2.estimator import Estimator
from tts.indextts2.filled import Network, filled
from tts.indextts2.flow import Flow
from tts.indextts2.gpt import Gpt
from tts.indextts2.layout import Part
from tts.indextts2.length_regulator import LatentProjection, LengthRegulator
from tts.indextts2.prefix import LatentPrefix, StylePrefix
from tts.indextts2.replay import recorder
from tts.indextts2.semantic_codec import CODEBOOK_PREFIX, Codebook
from tts.indextts2.urgent import Urgent
from tts.indextts2.vocoder import Vocoder

Weights = Callable[[Part], Mapping[str, Tensor]]
"""A part's tensors by flat official names, as `Checkpoint.tensors` gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precisions:
    """Float types of the three stages."""

    gpt: torch.dtype = torch.float32
    flow: torch.dtype = torch.float32
    """Also of the length regulator and the codec."""
    vocoder: torch.dtype = torch.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Networks:
    """All on one device; not to be used by two threads at once."""

    config: IndexTts2Config
    device: torch.device
    precisions: Precisions
    prefix: LatentPrefix | StylePrefix
    """By the checkpoint's version; see `spoken_prefix.prefixed`."""
    gpt: Gpt
    decoders: Decoders
    """Of `gpt`; they keep their memory from one utterance to the next."""
    codec: Codec
    """By the checkpoint's version."""
    regulator: LengthRegulator
    flow: Flow
    vocoder: Vocoder
    urgent: Urgent
    """`with networks.urgent():` before other work on the GPU."""
    beside: Beside
    """`with networks.beside(...):` at the same time as other work on the GPU."""
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

    def read(part: Part) -> _Part:
        progress(part)
        return _Part(weights(part), place, part)

    # Part by part, and each one's tensors forgotten before the next is read: a file's pages that were read
    # count as memory until then.
    matrices = read("matrices").tensors
    speakers = matrices["feat1"].to(place, torch.float32)
    emotions = matrices["feat2"].to(place, types.gpt)
    part = read("gpt")
    prefix = part.filled(
        lambda: StylePrefix(config.gpt) if config.half_rate else LatentPrefix(config.gpt), types.gpt
    )
    gpt = part.filled(lambda: Gpt(config.gpt), types.gpt)
    part = read("s2mel")
    projection = (
        None
        if config.half_rate
        else part.filled(lambda: LatentProjection(config.gpt), types.flow, LATENT_PROJECTION)
    )
    regulator = part.filled(
        lambda: LengthRegulator(config.s2mel.length_regulator), types.flow, LENGTH_REGULATOR
    )
    estimator = part.filled(lambda: Estimator(config.s2mel), types.flow, ESTIMATOR)
    codec = _codec(config, read("semantic_codec"), projection, types.flow)
    part = read("bigvgan")
    vocoder = part.filled(lambda: BigVgan(config.bigvgan), types.vocoder)
    return Networks(
        config=config,
        device=place,
        precisions=types,
        prefix=prefix,
        gpt=gpt,
        decoders=Decoders(gpt, recorder(place)),
        codec=codec,
        regulator=regulator,
        flow=Flow(estimator, recorder(place)),
        vocoder=Vocoder(vocoder, recorder(place)),
        urgent=Urgent(place),
        beside=Beside(place),
        speakers=speakers,
        emotions=emotions,
    )


def _codec(
    config: IndexTts2Config, part: _Part, projection: LatentProjection | None, dtype: torch.dtype
) -> Codec:
    if projection is None:
        return part.filled(lambda: HalfRateCodec(config.semantic_codec), dtype)
    codebook = part.filled(lambda: Codebook(config.semantic_codec), dtype, CODEBOOK_PREFIX)
    return LatentCodec(codebook=codebook, projection=projection.folded())


class _Part(NamedTuple):
    tensors: Mapping[str, Tensor]
    device: torch.device
    name: Part

    def filled(self, build: Callable[[], Network], dtype: torch.dtype, prefix: str = "") -> Network:
        return filled(build, self.tensors, source=self.name, prefix=prefix, device=self.device, dtype=dtype)
