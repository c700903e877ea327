"""Random numbers that behave: a network of them keeps its signals near 1, in float32 and in bfloat16.

Each tensor has a generator of its own, seeded by the checkpoint's seed and the tensor's name, so that neither
the order of writing nor other tensors change it. A matrix has a standard deviation of gain / sqrt(inputs).
Tables that the files hold but nobody trained are exact.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

import torch
from torch import Tensor

from tts.indextts2.bigvgan import resampling_taps
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.estimator import TIME_BASE
from tts.indextts2.layout import Part
from tts.indextts2.random_shapes import Blank, normed
from tts.indextts2.random_stop import with_an_end
from tts.indextts2.written import Told

_GAINS: Final[tuple[tuple[str, float], ...]] = (
    (r"mel_head\.weight", 2.5),
    (r"gpt\.h\.\d+\..*\.c_proj\.weight", 0.25),
    (r"(text|mel)_embedding\.weight|speed_emb\.weight", 0.7),
    (r"(text|mel)_pos_embedding\.emb\.weight|lang_embedding\.weight", 0.1),
    (r".*\.(pos_bias_u|pos_bias_v)", 0.1),
    (r"feat2", 0.2),
    (r"resblocks\..*\.convs2\..*\.weight", 0.3),
    (r"conv_post\.weight", 0.1),
    (r".*\.(alpha|beta)", 0.2),
)
"""What is not 1: names and their gain; the first that fits counts."""
_TABLE: Final = re.compile(
    r".*(embedding|embedder|codebook|speed_emb|emb)\.weight|.*latents|.*mask_token|feat[12]"
)
"""Rows that are looked up: their standard deviation is the gain, whatever their width."""
_INPUTS_FIRST: Final = re.compile(r"gpt\.h\..*\.c_(attn|proj|fc)\.weight")
"""Matrices that lie [in, out]."""
_SPREAD: Final = 0.02
"""Of biases and other vectors around their resting value."""
_RESTING: Final[tuple[tuple[str, float], ...]] = (
    (r".*convnext.*\.gamma", 0.3),
    (r".*(\.weight|\.gamma|running_var|stats\.var)", 1.0),
)
"""Of vectors, all of which are norms' weights, biases or statistics; else 0."""


def written(
    part: Part, blanks: Mapping[str, Blank], config: IndexTts2Config, seed: int, told: Told
) -> dict[str, Tensor]:
    """A part's tensors as its file holds them, by flat names; the same seed gives the same bits.

    Args:
        blanks: with weight norm folded.
        told: takes the bytes of each tensor when it is there.
    """
    found: dict[str, Tensor] = {}
    for name, blank in blanks.items():
        found[name] = _value(part, name, blank, seed)
        told(blank.size_bytes)
    if part == "gpt":
        with_an_end(found, config.gpt)
    if part == "bigvgan":
        found["conv_post.weight"] -= found["conv_post.weight"].mean(-1, keepdim=True)  # no direct current
    for name in [name for name in found if normed(part, name)]:
        weight = found.pop(name)
        found[f"{name}_v"] = weight
        found[f"{name}_g"] = weight.square().sum(tuple(range(1, weight.dim())), keepdim=True).sqrt()
    return found


def generator(seed: int, name: str) -> torch.Generator:
    """Random numbers for one thing by its name."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)


def _value(part: Part, name: str, blank: Blank, seed: int) -> Tensor:
    exact = next((make for pattern, make in _EXACT.items() if re.fullmatch(pattern, name)), None)
    if exact is not None:
        return exact(blank)
    noise = torch.empty(blank.shape).normal_(generator=generator(seed, f"{part} {name}"))
    if len(blank.shape) < 2 and not _TABLE.fullmatch(name):
        rest = next((value for pattern, value in _RESTING if re.fullmatch(pattern, name)), 0.0)
        return noise.mul_(_gain(name, _SPREAD)).add_(rest)
    return noise.mul_(_gain(name, 1.0) / math.sqrt(_inputs(name, blank.shape)))


def _gain(name: str, usual: float) -> float:
    return next((gain for pattern, gain in _GAINS if re.fullmatch(pattern, name)), usual)


def _inputs(name: str, shape: tuple[int, ...]) -> int:
    """How many numbers each output of a layer sums up."""
    if _TABLE.fullmatch(name):
        return 1
    if _INPUTS_FIRST.fullmatch(name):
        return shape[0]
    if re.fullmatch(r"ups\..*\.weight", name):
        return 2 * shape[0]  # transposed; a kernel is twice as long as its step
    return math.prod(shape[1:])


def _sinusoids(blank: Blank) -> Tensor:
    """(1, positions, width): sine and cosine interleaved (Vaswani et al. 2017)."""
    _, positions, width = blank.shape
    angles = torch.outer(torch.arange(positions).double(), _frequencies(width // 2))
    return torch.stack((angles.sin(), angles.cos()), dim=-1).reshape(1, positions, width).float()


def _frequencies(count: int) -> Tensor:
    return torch.exp(torch.arange(count).double() * (-math.log(TIME_BASE) / count))


_EXACT: Final[Mapping[str, Callable[[Blank], Tensor]]] = {
    r".*\.pos_enc\.pe": _sinusoids,
    r".*\.freqs": lambda blank: _frequencies(blank.shape[0]).float(),
    r".*\.input_pos": lambda blank: torch.arange(blank.shape[0]),
    r".*\.num_batches_tracked": lambda _: torch.zeros((), dtype=torch.int64),
    r".*\.filter": lambda blank: (
        resampling_taps(torch.device("cpu"), torch.float32).reshape(blank.shape).clone()
    ),
}
