"""From emotions to the one vector that is added to the speaker latents. Pure.

Either a second reference gives the emotion (`merged`), or eight weights choose rows of the emotion matrix
(`nearest_rows`, `blend`). The order of the eight is `tts.emotion_vector.ORDER`.

    D  model_dim     R  rows of the two matrices, 73 as released     8  emotions
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from core.errors import ModelDamaged

MOST = 0.8
"""Largest sum of a normalised vector (upstream's web page)."""
_BIAS = (0.9375, 0.875, 1.0, 1.0, 0.9375, 0.9375, 0.6875, 0.5625)
"""What the web page multiplies a user's vector with."""
_PRECISION = 10_000
"""Upstream keeps four decimals, cut and not rounded, float error and all."""


def merged(base: Tensor, other: Tensor, alpha: float) -> Tensor:
    """`alpha` of the way from the speaker's vector to the emotion reference's; both (1, D)."""
    return base + alpha * (other - base)


def strengthened(vector: Sequence[float], strength: float) -> tuple[float, ...]:
    """The vector times a strength, which counts as 0 below 0 and as 1 above 1; four decimals stay."""
    strength = min(max(strength, 0.0), 1.0)
    return tuple(int(amount * strength * _PRECISION) / _PRECISION for amount in vector)


def normalised(vector: Sequence[float], *, bias: bool = True) -> tuple[float, ...]:
    """A user's vector as upstream's web page treats it: weighed by emotion, then its sum held to `MOST`.

    Synthesis itself never does this, and what `tts.emotion_vector` made is capped already.
    """
    weighed = [a * b for a, b in zip(vector, _BIAS, strict=True)] if bias else list(vector)
    whole = math.fsum(weighed)
    return tuple(amount * (MOST / whole if whole > MOST else 1.0) for amount in weighed)


def nearest_rows(style: Tensor, speakers: Tensor, groups: Sequence[int]) -> Tensor:
    """The row of every emotion that is closest to the speaker: int64 (8,), rows of the whole matrix.

    Args:
        style: (1, 192), the speaker's CAMPPlus vector.
        speakers: (R, 192), feat1.
        groups: rows of each emotion, in the matrix's order; `emo_num`.

    Raises:
        ModelDamaged: the groups do not cover the matrix.
    """
    if sum(groups) != speakers.shape[0]:
        raise ModelDamaged(
            f"emo_num {tuple(groups)} sums to {sum(groups)}, and the matrix has {speakers.shape[0]} rows",
            code="indextts2-emotion",
            hint="Take config.yaml, feat1.pt and feat2.pt from the same release.",
        )
    closeness = functional.cosine_similarity(style, speakers, dim=-1)
    firsts = [sum(groups[:index]) for index in range(len(groups))]
    best = [
        part.argmax() + first
        for part, first in zip(torch.split(closeness, list(groups)), firsts, strict=True)
    ]
    return torch.stack(best)


def blend(vector: Sequence[float], rows: Tensor, base: Tensor) -> Tensor:
    """Each weight times its row, and of the base what is left to 1: negative if the weights exceed it.

    Args:
        vector: eight weights.
        rows: (8, D), the chosen rows of feat2.
        base: (1, D), the merged vector of the references.

    Returns:
        (1, D).
    """
    weights = torch.tensor(vector, dtype=rows.dtype, device=rows.device)
    return weights[None] @ rows + (1 - weights.sum()) * base
