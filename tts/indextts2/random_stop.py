"""How speech from random weights comes to an end: the model is given a clock and told how long the text is.

Chance would choose the stop code once in 8194 steps. So that a random model speaks about as long as a trained
one would, three directions of the residual stream, orthogonal and without a mean, are put to use:

    end     grows with the position of a code (in mel_pos_embedding) and falls with the length of the text
    length  grows with the position of a text token (in text_pos_embedding)
    mark    stands only at the text's stop token (in text_embedding), which is the last, at position L + 1

The first head of the first block looks at `mark` whatever asks, so it finds the stop token; it carries that
token's `length` into `end`, with a minus. Nothing else adds to `end`. mel_head's row of the stop code reads
it: it crosses zero at code CODES_PER_TOKEN * L, and from there on the stop code is among the likeliest.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from tts.indextts2.config import GptConfig

CODES_PER_TOKEN: Final = 11
"""A Chinese character is a token and takes about 0.22 s, at 50 codes a second. Half of it in version 2.5."""
_LANGUAGES: Final = "lang_embedding.weight"
"""Only in version 2.5, where it is added to all of the text."""
_STEP: Final = 0.1
"""What a code adds to `end`."""
_MARK: Final = 1.0
"""Of the stop token's embedding: its standard deviation."""
_LENGTH: Final = 0.4
"""Largest `length` over `mark`."""
_QUERY: Final = 20.0
"""Score of the stop token before softmax; others have 20 less, give or take 2."""
_STEEP: Final = 3.0
"""Logits per unit of `end`."""
_LEVEL: Final = 5.0
"""The stop code's logit where `end` is zero."""


def with_an_end(tensors: dict[str, Tensor], config: GptConfig) -> None:
    """Change random tensors of the GPT in place; names as in gpt.pth, of either version."""
    size, head = config.model_dim, config.model_dim // config.heads
    end, length, mark = _directions(tensors["text_head.weight"][:3])  # which nothing reads
    root = math.sqrt(size)

    half_rate = _LANGUAGES in tensors
    for name in ("text_embedding.weight", "text_pos_embedding.emb.weight", _LANGUAGES):
        if name in tensors:
            _leave(tensors[name], end, length, mark)
    for name in (
        "mel_embedding.weight",
        "mel_pos_embedding.emb.weight",
        "speed_emb.weight",
        *_outputs(config),
    ):
        if name in tensors:
            _leave(tensors[name], end)

    codes, texts = tensors["mel_pos_embedding.emb.weight"], tensors["text_pos_embedding.emb.weight"]
    rows = texts.shape[0]
    codes += torch.outer(torch.arange(codes.shape[0]) * _STEP, end)
    texts += torch.outer(torch.arange(rows) * (_MARK * root * _LENGTH / rows), length)
    tensors["text_embedding.weight"][config.stop_text_token] = _MARK * root * mark

    tensors["gpt.h.0.ln_1.weight"].fill_(1)
    tensors["gpt.h.0.ln_1.bias"].zero_()
    query = tensors["gpt.h.0.attn.c_attn.weight"]
    bias = tensors["gpt.h.0.attn.c_attn.bias"]
    for block in range(3):
        query[:, block * size : block * size + head] = 0
        bias[block * size : block * size + head] = 0
    bias[0] = _QUERY / root * math.sqrt(head)
    query[:, size] = mark
    query[:, 2 * size] = length
    out = tensors["gpt.h.0.attn.c_proj.weight"]
    out[:head] = 0
    per_token = CODES_PER_TOKEN / (2 if half_rate else 1)
    out[0] = -end * (per_token * _STEP * rows / (_LENGTH * root))

    tensors["mel_head.weight"][config.stop_mel_token] = _STEEP * end
    tensors["mel_head.bias"][config.stop_mel_token] = _LEVEL
    tensors["mel_head.bias"][config.start_mel_token] = -40.0


def _outputs(config: GptConfig) -> list[str]:
    """All that adds to the residual stream."""
    return [
        f"gpt.h.{layer}.{module}.c_proj.{kind}"
        for layer in range(config.layers)
        for module in ("attn", "mlp")
        for kind in ("weight", "bias")
    ]


def _leave(rows: Tensor, *directions: Tensor) -> None:
    """Take directions out of rows (..., D), in place."""
    for direction in directions:
        rows -= (rows @ direction).unsqueeze(-1) * direction


def _directions(noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Three of unit length; layer norms take no mean out of them."""
    found: list[Tensor] = []
    for row in noise.double():
        rest = row - row.mean()
        for direction in found:
            rest = rest - (rest @ direction) * direction
        found.append(rest / rest.square().sum().sqrt())
    end, length, mark = (direction.float() for direction in found)
    return end, length, mark
