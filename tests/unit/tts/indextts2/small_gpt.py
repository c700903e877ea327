"""A decoder small enough for a unit test, and a prefix for it."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import GptConfig
from tts.indextts2.gpt import Gpt


def small_config(**changes: int) -> GptConfig:
    sizes = {
        "model_dim": 24,
        "layers": 3,
        "heads": 4,
        "max_mel_tokens": 40,
        "max_text_tokens": 12,
        "number_text_tokens": 20,
        "number_mel_codes": 18,
        "start_mel_token": 16,
        "stop_mel_token": 17,
    }
    return GptConfig.model_validate(sizes | changes)


def small_gpt(seed: int = 0, *, stop: float | None = None, **changes: int) -> Gpt:
    """A decoder with random weights.

    Args:
        stop: the stop code's bias; low means that it never ends by itself.
    """
    config = small_config(**changes)
    gpt = with_noise(Gpt(config), seed)
    gpt.mel_head.weight.mul_(3)
    gpt.mel_head.bias[config.start_mel_token] = -40
    if stop is not None:
        gpt.mel_head.bias[config.stop_mel_token] = stop
    return gpt


def small_prefix(gpt: Gpt, length: int = 9, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, length, gpt.config.model_dim, generator=generator)
