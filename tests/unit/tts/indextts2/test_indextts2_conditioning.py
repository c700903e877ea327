"""Conformer and perceiver: lengths, reach, and attention written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.conditioning import Conditioning
from tts.indextts2.config import ConditionConfig, GptConfig
from tts.indextts2.conformer import Conformer
from tts.indextts2.perceiver import Perceiver

pytestmark = pytest.mark.unit

SPEAKER = ConditionConfig(output_size=12, linear_units=20, attention_heads=3, num_blocks=2)
EMOTION = ConditionConfig(
    output_size=8, linear_units=16, attention_heads=2, num_blocks=1, perceiver_mult=0.05
)
CONFIG = GptConfig(model_dim=24, layers=1, heads=4, condition_module=SPEAKER, emo_condition_module=EMOTION)


def _features(frames: int, batch: int = 1) -> Tensor:
    return torch.randn(batch, frames, 1024, generator=torch.Generator().manual_seed(frames))


@pytest.fixture(scope="module")
def conformer() -> Conformer:
    return with_noise(Conformer(SPEAKER))


@pytest.fixture(scope="module")
def conditioning() -> Conditioning:
    return with_noise(Conditioning(CONFIG))


@pytest.mark.parametrize("frames", [3, 4, 5, 60, 61])
def test_the_conformer_gives_half_the_frames(conformer: Conformer, frames: int):
    assert conformer(_features(frames)).shape == (1, (frames - 1) // 2, 12)


@pytest.mark.parametrize("frames", [3, 40, 61])
def test_any_length_gives_thirty_two_latents_and_one_emotion(conditioning: Conditioning, frames: int):
    features = _features(frames)
    assert conditioning.speaker_latents(features).shape == (1, 32, 24)
    assert conditioning.emotion_latent(features).shape == (1, 1024)
    assert conditioning.emotion_vector(features).shape == (1, 24)


def test_references_side_by_side_do_not_mix(conditioning: Conditioning):
    features = _features(30, batch=2)
    both = conditioning.speaker_latents(features)
    assert torch.allclose(both[1:], conditioning.speaker_latents(features[1:]), atol=1e-5)


def test_every_frame_reaches_every_latent(conditioning: Conditioning):
    features = _features(41)
    other = features.clone()
    other[:, 35] += 1
    moved = (conditioning.speaker_latents(other) - conditioning.speaker_latents(features)).abs()
    assert (moved.amax(-1) > 1e-5).all()


def test_the_last_frame_of_an_even_number_is_not_looked_at(conformer: Conformer):
    features = _features(40)
    other = features.clone()
    other[:, -1] += 5
    assert torch.equal(conformer(features), conformer(other))


def test_attention_weighs_by_the_keys_own_position(conformer: Conformer):
    attention = conformer.encoders[0].self_attn
    x, positions = torch.randn(2, 1, 6, 12, generator=torch.Generator().manual_seed(1))
    heads: list[Tensor] = []
    for head in range(3):
        part = slice(4 * head, 4 * head + 4)
        q, k, v = (
            layer(x)[0, :, part] for layer in (attention.linear_q, attention.linear_k, attention.linear_v)
        )
        p = attention.linear_pos(positions)[0, :, part]
        scores = (q + attention.pos_bias_u[head]) @ k.T + (q + attention.pos_bias_v[head]) @ p.T
        heads.append((scores / math.sqrt(4)).softmax(-1) @ v)
    want = attention.linear_out(torch.cat(heads, dim=-1))
    assert torch.allclose(attention(x, positions)[0], want, atol=1e-5)


def test_positions_matter_and_are_not_added_to_the_frames(conformer: Conformer):
    features = _features(21)
    before = conformer(features)
    x, positions = conformer.embed(features)
    assert positions.shape == (1, 10, 12)
    conformer.embed.pos_enc.pe.mul_(-1)
    unchanged, _ = conformer.embed(features)
    after = conformer(features)
    conformer.embed.pos_enc.pe.mul_(-1)
    assert torch.equal(x, unchanged)
    assert not torch.allclose(before, after, atol=1e-3)


def test_a_perceivers_latents_do_not_depend_on_the_order_of_the_context():
    perceiver = with_noise(Perceiver(latents=4, size=16, context_size=6, heads=2, mult=2))
    context = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(perceiver(context), perceiver(context.flip(1)), atol=1e-5)
    lengths = (perceiver(context) / perceiver.norm.gamma).norm(dim=-1)
    assert torch.allclose(lengths, torch.full((1, 4), 4.0), atol=1e-5)


def test_a_perceivers_layer_asks_itself_and_the_context_and_gates_its_first_half():
    perceiver = with_noise(Perceiver(latents=4, size=16, context_size=6, heads=1, mult=2))
    context = torch.randn(1, 9, 6, generator=torch.Generator().manual_seed(1))
    known, x = perceiver.proj_context(context)[0], perceiver.latents
    for attend, feed in perceiver.layers:
        k, v = attend.to_kv(torch.cat((x, known))).chunk(2, dim=-1)
        x = x + attend.to_out((attend.to_q(x) @ k.T / 8).softmax(-1) @ v)
        value, gate = feed[0](x).chunk(2, dim=-1)
        x = x + feed[2](value * 0.5 * gate * (1 + torch.erf(gate / math.sqrt(2))))
    want = x / x.norm(dim=-1, keepdim=True) * 4 * perceiver.norm.gamma
    assert torch.allclose(perceiver(context)[0], want, atol=1e-5)


def test_the_front_flattens_channel_by_channel_and_scales_by_the_root_of_the_width(conformer: Conformer):
    features = _features(9)
    image = torch.relu(conformer.embed.conv[0](features[:, None]))
    frame = torch.cat([image[0, channel, 2] for channel in range(12)])
    want = conformer.embed.out[0](frame) * math.sqrt(12)
    assert torch.allclose(conformer.embed(features)[0][0, 2], want, atol=1e-4)


def test_a_convolution_reaches_seven_frames_to_either_side(conformer: Conformer):
    convolution = conformer.encoders[0].conv_module
    x = torch.randn(1, 30, 12, generator=torch.Generator().manual_seed(1))
    other = x.clone()
    other[:, 15] += 1
    moved = (convolution(other) - convolution(x))[0].abs().amax(-1).nonzero()[:, 0].tolist()
    assert moved == list(range(8, 23))


def test_the_feed_forwards_width_is_cut_and_not_rounded():
    wide = Perceiver(latents=1, size=1024, context_size=4, heads=1, mult=2)
    assert wide.state_dict()["layers.0.1.0.weight"].shape == (2 * 1365, 1024)
    assert wide.state_dict()["layers.1.1.2.weight"].shape == (1024, 1365)
