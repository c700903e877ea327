"""How speech from random weights comes to an end: the model is given a clock and told how long the text is.

Chance would choose the stop code once in 8194 steps. So that a random model speaks about as long as a trained
one would, three directions of the residual stream, orthogonal and without a mean, are put to use:

    end     grows with the position of a code (in mel_pos_embedding) and falls with the length of the text
    length  grows with the position of a text token (in text_pos_embedding)
    mark    stands only at the text's stop token (in text_embedding), which is the last, at position L + 1

The first head of the first block looks at `mark` whatever asks, so it finds the stop token; it carries that
token's `length` into `end`, with a minus. mel_head's row of the stop code reads `end`: it crosses zero, and
the stop code becomes the likeliest, where code p has p = CODES_PER_TOKEN * L, give or take what the other blocks add.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor

from tts.indextts2.config import GptConfig

CODES_PER_TOKEN: Final = 11
"""A Chinese character is a token and takes about 0.22 s, at 50 codes a second."""
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
_LEVEL: Final = 7.0
"""The stop code's logit where `end` is zero."""


def with_an_end(tensors: dict[str, Tensor], config: GptConfig) -> None:
    """Change random tensors of the GPT in place; names as in gpt.pth."""
    size, head = config.model_dim, config.model_dim // config.heads
    end, length, mark = _directions(tensors["mel_embedding.weight"][:3])
    root = math.sqrt(size)

    positions = tensors["mel_pos_embedding.emb.weight"]
    positions += torch.outer(torch.arange(positions.shape[0]) * _STEP, end)

    texts = tensors["text_pos_embedding.emb.weight"]
    rows = texts.shape[0]
    texts += torch.outer(torch.arange(rows) * (_MARK * root * _LENGTH / rows), length)
    tensors["text_embedding.weight"][config.stop_text_token] = _MARK * root * mark

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
    out[0] = -end * (CODES_PER_TOKEN * _STEP * rows / (_LENGTH * root))

    tensors["mel_head.weight"][config.stop_mel_token] = _STEEP * end
    tensors["mel_head.bias"][config.stop_mel_token] = _LEVEL
    tensors["mel_head.bias"][config.start_mel_token] = -40.0


def _directions(noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Three of unit length; layer norms take no mean out of them."""
    ones = torch.ones(1, noise.shape[1])
    basis = torch.linalg.qr(torch.cat((ones, noise)).double().T).Q.T.float()
    return basis[1], basis[2], basis[3]
