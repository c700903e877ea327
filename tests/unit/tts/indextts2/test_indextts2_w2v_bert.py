"""w2v-BERT: who hears whom, distances by hand, and the same numbers from fewer layers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import W2vBertConfig
from tts.indextts2.w2v_bert import W2vBert, normalised

pytestmark = pytest.mark.unit

CONFIG = W2vBertConfig(
    hidden_size=24,
    num_hidden_layers=3,
    num_attention_heads=3,
    intermediate_size=40,
    left_max_position_embeddings=5,
    right_max_position_embeddings=2,
    conv_depthwise_kernel_size=7,
)


def _network(layers: int | None = None) -> W2vBert:
    return with_noise(W2vBert(CONFIG, layers))


def _features(frames: int, batch: int = 1) -> Tensor:
    return torch.randn(batch, frames, 160, generator=torch.Generator().manual_seed(frames))


@pytest.mark.parametrize("frames", [1, 2, 13, 40])
def test_there_is_a_state_before_and_after_every_layer(frames: int):
    states = list(_network().states(_features(frames), torch.ones(1, frames)))
    assert [tuple(state.shape) for state in states] == [(1, frames, 24)] * 4


def test_masked_frames_influence_no_other_frame():
    network, features = _network(), _features(12)
    mask = torch.ones(1, 12, dtype=torch.int64)
    mask[:, [5, 11]] = 0
    louder = features.clone()
    louder[:, [5, 11]] = 100.0
    heard = network(features, mask)
    assert torch.equal(heard, network(louder, mask))
    assert not torch.allclose(heard, network(features, torch.ones(1, 12)))


def test_a_sequence_filled_up_to_a_longer_one_keeps_its_numbers():
    network, features = _network(), _features(14, batch=2)
    mask = torch.ones(2, 14, dtype=torch.bool)
    mask[1, 9:] = False
    together = network(features, mask)
    assert torch.allclose(together[1:, :9], network(features[1:, :9], mask[1:, :9]), atol=1e-5)
    assert torch.allclose(together[:1], network(features[:1], mask[:1]), atol=1e-5)


def test_masked_frames_are_nought_before_the_first_layer_and_numbers_behind_it():
    mask = torch.tensor([[1, 1, 1, 0]])
    states = list(_network().states(_features(4), mask))
    assert torch.equal(states[0][0, 3], torch.zeros(24))
    assert states[1][0, 3].abs().min() > 0


def test_without_attention_a_frame_hears_the_past_and_not_the_future():
    network, features, mask = _network(1), _features(20), torch.ones(1, 20)
    output = network.encoder.layers[0].self_attn.linear_out
    output.weight.zero_()
    output.bias.zero_()
    changed = features.clone()
    changed[:, 8] = changed[:, 3]
    difference = (network(features, mask) - network(changed, mask)).abs().amax((0, 2)) > 1e-6
    assert difference.nonzero().flatten().tolist() == list(range(8, 8 + 7))


def test_attention_is_content_and_clamped_distance_by_hand():
    attention = _network(1).encoder.layers[0].self_attn
    x = torch.randn(1, 11, 24, generator=torch.Generator().manual_seed(5))
    q, k, v = (
        linear(x)[0].view(11, 3, 8) for linear in (attention.linear_q, attention.linear_k, attention.linear_v)
    )
    rows = attention.distance_embedding.weight
    assert rows.shape == (8, 8)
    heard = torch.zeros(11, 3, 8)
    for head in range(3):
        for here in range(11):
            scores = torch.stack(
                [
                    q[here, head] @ (k[there, head] + rows[max(-5, min(2, there - here)) + 5]) / math.sqrt(8)
                    for there in range(11)
                ]
            )
            heard[here, head] = scores.softmax(0) @ v[:, head]
    want = attention.linear_out(heard.view(1, 11, 24))
    assert torch.allclose(attention(x, torch.ones(1, 11, dtype=torch.bool)), want, atol=1e-5)


def test_a_layer_adds_half_of_each_feed_forward_and_all_of_the_rest():
    layer = _network(1).encoder.layers[0]
    x, valid = (
        torch.randn(1, 6, 24, generator=torch.Generator().manual_seed(6)),
        torch.ones(1, 6, dtype=torch.bool),
    )
    y = x + layer.ffn1(layer.ffn1_layer_norm(x)) / 2
    y = y + layer.self_attn(layer.self_attn_layer_norm(y), valid)
    y = y + layer.conv_module(y, valid)
    y = y + layer.ffn2(layer.ffn2_layer_norm(y)) / 2
    assert torch.allclose(layer(x, valid), layer.final_layer_norm(y), atol=1e-6)


def test_the_convolution_skips_what_a_masked_frame_holds():
    convolution = _network(1).encoder.layers[0].conv_module
    x, valid = (
        torch.randn(1, 9, 24, generator=torch.Generator().manual_seed(7)),
        torch.ones(1, 9, dtype=torch.bool),
    )
    valid[0, 4] = False
    changed = x.clone()
    changed[0, 4] = x[0, 0]
    assert torch.equal(convolution(x, valid), convolution(changed, valid))


def test_fewer_layers_give_the_state_that_the_whole_network_has_there():
    whole, features, mask = _network(), _features(9), torch.ones(1, 9)
    part = W2vBert(CONFIG, 2)
    part.load_state_dict({name: whole.state_dict()[name] for name in part.state_dict()})
    assert torch.allclose(part(features, mask), list(whole.states(features, mask))[2], atol=1e-6)


def test_a_half_precision_network_gives_nearly_the_same():
    network, features, mask = _network(), _features(9), torch.ones(1, 9)
    want = network(features, mask)
    got = network.bfloat16()(features.bfloat16(), mask)
    assert got.dtype is torch.bfloat16
    assert torch.allclose(got.float(), want, atol=0.15)


def test_normalising_takes_the_variance_not_the_deviation():
    got = normalised(torch.tensor([[[5.0, 5.0]]]), torch.tensor([1.0, 5.0]), torch.tensor([4.0, 9.0]))
    assert got.tolist() == [[[2.0, 0.0]]]
