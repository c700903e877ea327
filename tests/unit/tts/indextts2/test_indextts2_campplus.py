"""CAMPPlus: a style from any length, gates by segments, statistics over time."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.campplus import CampPlus
from tts.indextts2.config import CampPlusConfig

pytestmark = pytest.mark.unit

CONFIG = CampPlusConfig(growth_rate=4, bn_size=2, init_channels=12)


@pytest.fixture(scope="module")
def network() -> CampPlus:
    return with_noise(CampPlus(CONFIG))


def _fbank(frames: int, batch: int = 1) -> Tensor:
    return torch.randn(batch, frames, 80, generator=torch.Generator().manual_seed(frames))


@pytest.mark.parametrize("frames", [3, 4, 77, 199, 200, 201, 402])
def test_any_length_of_three_frames_or_more_gives_a_style(network: CampPlus, frames: int):
    style = network(_fbank(frames))
    assert style.shape == (1, 192)
    assert torch.isfinite(style).all()


def test_voices_side_by_side_do_not_mix(network: CampPlus):
    fbank = _fbank(60, batch=3)
    assert torch.allclose(network(fbank)[1:2], network(fbank[1:2]), atol=1e-5)


def test_the_front_keeps_the_frames_and_the_next_layer_halves_them(network: CampPlus):
    for frames, halved in ((77, 39), (78, 39), (79, 40)):
        image = network.head(_fbank(frames))
        assert image.shape == (1, 320, frames)
        assert network.xvector[0](image).shape == (1, 12, halved)


def test_every_layer_adds_its_growth_and_every_transition_halves(network: CampPlus):
    x, channels = network.head(_fbank(30)), {}
    for name, part in network.xvector.named_children():
        x = part(x)
        channels[name] = x.shape[1]
    blocks = {name: channels[name] for name in channels if name.startswith(("block", "transit"))}
    assert blocks == {
        "block1": 60,
        "transit1": 30,
        "block2": 126,
        "transit2": 63,
        "block3": 127,
        "transit3": 63,
    }


@pytest.mark.parametrize("frames", [1, 99, 100, 101, 166, 250])
def test_a_gate_belongs_to_a_segment_of_a_hundred_frames_the_last_may_be_shorter(
    network: CampPlus, frames: int
):
    layer = network.xvector.block2.tdnnd3.cam_layer
    x = torch.randn(1, 8, frames, generator=torch.Generator().manual_seed(frames))
    local = layer.linear_local(x)
    want = torch.zeros_like(local)
    for start in range(0, frames, 100):
        context = x.mean(-1) + x[..., start : start + 100].mean(-1)
        hidden = functional.relu(context @ layer.linear1.weight[..., 0].T + layer.linear1.bias)
        gate = torch.sigmoid(hidden @ layer.linear2.weight[..., 0].T + layer.linear2.bias)
        want[..., start : start + 100] = local[..., start : start + 100] * gate.unsqueeze(-1)
    assert torch.allclose(layer(x), want, atol=1e-6)


def test_the_statistics_are_the_mean_and_the_unbiased_deviation(network: CampPlus):
    x = torch.tensor([[[1.0, 2.0, 3.0, 6.0]]])
    assert network.xvector.stats(x)[0].tolist() == pytest.approx([3.0, (14 / 3) ** 0.5])


def test_the_last_norm_takes_its_statistics_from_training_not_from_the_clip(network: CampPlus):
    norm = network.xvector.dense.nonlinear["batchnorm"]
    assert set(norm.state_dict()) == {"running_mean", "running_var"}
    x = torch.ones(1, 192)
    want = (x - norm.running_mean) / (norm.running_var + 1e-5).sqrt()
    assert torch.allclose(norm(x), want, atol=1e-6)
