"""Names, shapes and types of everything an official checkpoint holds, from its configuration.

What inference needs is asked of the networks; the rest, which training left behind, is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch

from tts.indextts2.bigvgan import TAPS
from tts.indextts2.checkpoint_networks import Shape, needed
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.estimator import TIME_WAVES
from tts.indextts2.layout import Part

_NORMED: Final[Mapping[Part, re.Pattern[str]]] = {
    "s2mel": re.compile(r"cfm\.estimator\.(wavenet\..*\.conv\.conv|final_layer\.linear|x_embedder)\.weight"),
    "semantic_codec": re.compile(r"quantizer\.quantizers\.\d+\.(in|out)_project\.weight"),
    "bigvgan": re.compile(r".*\.weight"),
}
"""Weights that the files hold as direction and length (weight norm): `weight_v` and `weight_g`."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A tensor to be made."""

    shape: Shape
    dtype: torch.dtype = torch.float32

    @property
    def size_bytes(self) -> int:
        return torch.Size(self.shape).numel() * self.dtype.itemsize


def folded(part: Part, config: IndexTts2Config) -> dict[str, Blank]:
    """All tensors, with weight norm folded, by flat names (s2mel as `cfm.estimator...`)."""
    wanted = needed(part, config)
    return {name: Blank(shape) for name, shape in wanted.items()} | _unneeded(part, config, wanted)


def stored(part: Part, config: IndexTts2Config) -> dict[str, Blank]:
    """The same as the files hold them: a pair for every weight under weight norm."""
    found: dict[str, Blank] = {}
    for name, blank in folded(part, config).items():
        if normed(part, name):
            found[f"{name}_g"] = Blank((blank.shape[0], *(1 for _ in blank.shape[1:])))
            found[f"{name}_v"] = blank
        else:
            found[name] = blank
    return found


def normed(part: Part, name: str) -> bool:
    """Whether the files hold this weight as a pair."""
    pattern = _NORMED.get(part)
    return pattern is not None and pattern.fullmatch(name) is not None


def _unneeded(part: Part, config: IndexTts2Config, wanted: Mapping[str, Shape]) -> dict[str, Blank]:
    match part:
        case "gpt":
            tokens = config.gpt.number_text_tokens + 1
            return {
                "text_head.weight": Blank((tokens, config.gpt.model_dim)),
                "text_head.bias": Blank((tokens,)),
            }
        case "s2mel":
            return _of_the_flow(config) | _of_the_regulator(config)
        case "semantic_codec":
            return _of_the_codec(config, wanted)
        case "campplus":
            return {
                name.replace("running_mean", "num_batches_tracked"): Blank((), torch.int64)
                for name in wanted
                if name.endswith("running_mean")
            }
        case "bigvgan":
            return {
                name.replace("act.alpha", f"{way}.filter"): Blank((1, 1, TAPS))
                for name in wanted
                if name.endswith("act.alpha")
                for way in ("upsample", "downsample.lowpass")
            }
        case "w2v_bert":
            return _last_layers(config, wanted)
        case "matrices":
            return {}


def _of_the_flow(config: IndexTts2Config) -> dict[str, Blank]:
    dit = config.s2mel.dit
    hidden, receiving = dit.hidden_dim, dit.depth // 2 + 1
    skips = {
        f"transformer.layers.{layer}.skip_in_linear.{kind}": Blank(shape)
        for layer in range(receiving)
        for kind, shape in (("weight", (hidden, 2 * hidden)), ("bias", (hidden,)))
    }
    others = {
        "input_pos": Blank((2 * dit.block_size,), torch.int64),
        "x_embedder.weight": Blank((hidden, dit.in_channels)),
        "x_embedder.bias": Blank((hidden,)),
        "cond_embedder.weight": Blank((dit.content_codebook_size, hidden)),
        "content_mask_embedder.weight": Blank((1, hidden)),
        "t_embedder.freqs": Blank((TIME_WAVES,)),
        "t_embedder2.freqs": Blank((TIME_WAVES,)),
    }
    return {f"cfm.estimator.{name}": blank for name, blank in (skips | others).items()}


def _of_the_regulator(config: IndexTts2Config) -> dict[str, Blank]:
    regulator = config.s2mel.length_regulator
    return {
        "length_regulator.mask_token": Blank((1, regulator.channels)),
        "length_regulator.embedding.weight": Blank((regulator.content_codebook_size, regulator.channels)),
    }


def _of_the_codec(config: IndexTts2Config, wanted: Mapping[str, Shape]) -> dict[str, Blank]:
    """The half that is not built, which mirrors the other: the decoder, or in version 2.5 what listens."""
    built, other = ("decoder.", "encoder.") if config.half_rate else ("encoder.", "decoder.")
    found = {
        name.replace(built, other, 1): Blank(shape)
        for name, shape in wanted.items()
        if name.startswith(built)
    }
    if not config.half_rate:
        return found
    codec = config.semantic_codec
    return found | {
        "down.weight": Blank(wanted["up.weight"]),
        "down.bias": Blank(wanted["up.bias"]),
        "quantizer.quantizers.0.in_project.weight": Blank((codec.codebook_dim, codec.hidden_size, 1)),
        "quantizer.quantizers.0.in_project.bias": Blank((codec.codebook_dim,)),
    }


def _last_layers(config: IndexTts2Config, wanted: Mapping[str, Shape]) -> dict[str, Blank]:
    """w2v-BERT's layers that are not used, shaped as the first; and what it was trained with."""
    first = {
        name.removeprefix("encoder.layers.0."): shape
        for name, shape in wanted.items()
        if name.startswith("encoder.layers.0.")
    }
    rest = {
        f"encoder.layers.{layer}.{name}": Blank(shape)
        for layer in range(config.w2v_bert.num_hidden_layers)
        for name, shape in first.items()
        if f"encoder.layers.{layer}.{name}" not in wanted
    }
    return rest | {"masked_spec_embed": Blank((config.w2v_bert.hidden_size,))}
