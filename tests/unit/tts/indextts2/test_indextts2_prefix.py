"""The prefix: what stands where, in both versions."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from core.errors import TtsError
from tests.unit.tts.indextts2.noise import with_noise
from tests.unit.tts.indextts2.small_gpt import small_config
from tts.indextts2.prefix import LatentPrefix, StylePrefix, enclosed, framed

pytestmark = pytest.mark.unit

CONFIG = small_config()
TEXT = torch.tensor([[5, 9, 2]], dtype=torch.int32)


def _random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


LATENTS, EMOTION, STYLE = _random(1, 32, 24, seed=0), _random(1, 24, seed=1), _random(1, 192, seed=2)


def _words(builder: LatentPrefix | StylePrefix) -> Tensor:
    return builder.text_embedding.weight[[0, 5, 9, 2, 1]] + builder.text_pos_embedding.emb.weight[:5]


def test_version_two_is_latents_with_emotion_then_speed_one_then_speed_zero_then_text():
    builder = with_noise(LatentPrefix(CONFIG))
    got = builder(LATENTS, EMOTION, TEXT)[0]
    assert got.shape == (39, 24)
    assert torch.equal(got[:32], LATENTS[0] + EMOTION)
    assert torch.equal(got[32:34], builder.speed_emb.weight[[1, 0]])
    assert torch.equal(got[34:], _words(builder))


def test_version_two_and_a_half_is_style_with_emotion_then_two_zeros_then_text_in_a_language():
    builder = with_noise(StylePrefix(CONFIG))
    got = builder(STYLE, EMOTION, TEXT, torch.tensor([6]))[0]
    assert got.shape == (8, 24)
    assert torch.allclose(got[:1], builder.spk_emb_proj(STYLE) + EMOTION)
    assert not got[1:3].any()
    assert torch.allclose(got[3:], _words(builder) + builder.lang_embedding.weight[6])


def test_version_two_and_a_half_keeps_characters_whose_numbers_are_those_of_start_and_stop():
    builder = with_noise(StylePrefix(CONFIG))
    text = torch.tensor([[5, 0, 1, 2]])
    assert builder(STYLE, EMOTION, text, torch.tensor([0])).shape == (1, 3 + 6, 24)
    assert enclosed(text, 0, 1, 12).tolist() == [[0, 5, 0, 1, 2, 1]]


@given(st.lists(st.integers(0, 19), max_size=10))
def test_text_stands_between_one_start_and_one_stop_whatever_is_in_it(ids: list[int]):
    got = framed(torch.tensor([ids], dtype=torch.int32), 0, 1, 12)
    assert got.tolist() == [[0, *(one for one in ids if one > 1), 1]]
    assert got.dtype == torch.int64


def test_text_beyond_the_trained_positions_is_refused_with_both_numbers():
    builder = with_noise(LatentPrefix(CONFIG))
    most = torch.full((1, 12), 4)
    assert builder(LATENTS, EMOTION, most).shape[1] == 34 + 14
    with pytest.raises(TtsError, match="13 tokens, and the model takes 12"):
        builder(LATENTS, EMOTION, torch.full((1, 13), 4))


def test_names_and_shapes_are_the_checkpoints():
    shapes = {name: tuple(tensor.shape) for name, tensor in StylePrefix(CONFIG).state_dict().items()}
    assert shapes == {
        "spk_emb_proj.weight": (24, 192),
        "spk_emb_proj.bias": (24,),
        "lang_embedding.weight": (107, 24),
        "text_embedding.weight": (21, 24),
        "text_pos_embedding.emb.weight": (14, 24),
    }
