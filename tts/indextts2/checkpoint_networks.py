"""Every network that is filled from a checkpoint, so that a checkpoint can be checked and rewritten for them.

What the networks name is what is needed; a checkpoint's other tensors are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import nn

from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.campplus import CampPlus
from tts.indextts2.codec_half_rate import HalfRateCodec
from tts.indextts2.conditioning import Conditioning, EmotionConditioning
from tts.indextts2.config import STYLE_SIZE, IndexTts2Config
from tts.indextts2.estimator import Estimator
from tts.indextts2.gpt import Gpt
from tts.indextts2.layout import Part
from tts.indextts2.length_regulator import LatentProjection, LengthRegulator
from tts.indextts2.prefix import LatentPrefix, StylePrefix
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.w2v_bert import USED_LAYERS, W2vBert

Shape = tuple[int, ...]
ESTIMATOR: Final = "cfm.estimator."
"""Where an `Estimator`'s tensors lie in s2mel."""
LENGTH_REGULATOR: Final = "length_regulator."
LATENT_PROJECTION: Final = "gpt_layer."


def needed(part: Part, config: IndexTts2Config) -> dict[str, Shape]:
    """Names and shapes of a part's tensors that inference reads, weight norm folded."""
    if part == "matrices":
        return _matrices(config)
    found: dict[str, Shape] = {}
    for prefix, build in _networks(config)[part]:
        with torch.device("meta"):
            state = build().state_dict()
        found |= {prefix + name: tuple(blank.shape) for name, blank in state.items()}
    return found


_Builds = list[tuple[str, Callable[[], nn.Module]]]
"""Where a network's tensors lie in a part, and the network."""


def _networks(config: IndexTts2Config) -> Mapping[Part, _Builds]:
    return {
        **(_half_rate(config) if config.half_rate else _with_latents(config)),
        "campplus": [("", lambda: CampPlus(config.campplus))],
        "bigvgan": [("", lambda: BigVgan(config.bigvgan))],
        "w2v_bert": [("", lambda: W2vBert(config.w2v_bert, used_layers(config)))],
    }


def _with_latents(config: IndexTts2Config) -> Mapping[Part, _Builds]:
    """What only version 2.0 has."""
    return {
        "gpt": [
            ("", lambda: Conditioning(config.gpt)),
            ("", lambda: LatentPrefix(config.gpt)),
            ("", lambda: Gpt(config.gpt)),
        ],
        "s2mel": [*_flow(config), (LATENT_PROJECTION, lambda: LatentProjection(config.gpt))],
        "semantic_codec": [("", lambda: SemanticCodec(config.semantic_codec))],
    }


def _half_rate(config: IndexTts2Config) -> Mapping[Part, _Builds]:
    """What only version 2.5 has."""
    return {
        "gpt": [
            ("", lambda: EmotionConditioning(config.gpt)),
            ("", lambda: StylePrefix(config.gpt)),
            ("", lambda: Gpt(config.gpt)),
        ],
        "s2mel": _flow(config),
        "semantic_codec": [("", lambda: HalfRateCodec(config.semantic_codec))],
    }


def _flow(config: IndexTts2Config) -> _Builds:
    return [
        (ESTIMATOR, lambda: Estimator(config.s2mel)),
        (LENGTH_REGULATOR, lambda: LengthRegulator(config.s2mel.length_regulator)),
    ]


def used_layers(config: IndexTts2Config) -> int:
    """Of w2v-BERT: as many as a voice needs, or all of a smaller one."""
    return min(USED_LAYERS, config.w2v_bert.num_hidden_layers)


def _matrices(config: IndexTts2Config) -> dict[str, Shape]:
    rows = sum(config.emo_num)
    return {
        "feat1": (rows, STYLE_SIZE),
        "feat2": (rows, config.gpt.model_dim),
        "wav2vec2bert_stats.mean": (config.w2v_bert.hidden_size,),
        "wav2vec2bert_stats.var": (config.w2v_bert.hidden_size,),
    }
