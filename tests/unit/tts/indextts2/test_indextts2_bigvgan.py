"""The vocoder: as many samples as its rates say, an activation without images, a bounded output."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.bigvgan import TAPS, BigVgan, resampling_taps
from tts.indextts2.config import BigVganConfig
from tts.indextts2.filled import filled

pytestmark = pytest.mark.unit

SMALL = BigVganConfig(upsample_initial_channel=64)
OTHER = BigVganConfig(
    upsample_rates=(5, 3),
    upsample_kernel_sizes=(11, 7),
    upsample_initial_channel=8,
    resblock_kernel_sizes=(3, 5),
    resblock_dilation_sizes=((1, 2), (1, 3)),
)


def vocoder(config: BigVganConfig = SMALL) -> BigVgan:
    network = with_noise(BigVgan(config))
    network.conv_post.weight.mul_(0.01)  # ordinary noise stays within full scale
    return network


def mel(frames: int, loud: float = 1.0) -> Tensor:
    return torch.randn(1, 80, frames, generator=torch.Generator().manual_seed(frames)) * loud


@pytest.mark.parametrize("frames", [1, 2, 7, 43])
def test_a_frame_is_256_samples_however_many_there_are(frames: int):
    assert vocoder()(mel(frames)).shape == (1, 1, 256 * frames)


def test_other_stages_and_kernels_are_built_as_their_configuration_says():
    network = vocoder(OTHER)
    assert network(mel(6)).shape == (1, 1, 15 * 6)
    assert len(network.resblocks) == 4
    assert "conv_post.bias" not in network.state_dict()


def test_loud_sound_is_cut_at_full_scale():
    sound = vocoder()(mel(5, loud=1000))
    assert float(sound.max()) == 1.0
    assert float(sound.min()) == -1.0


def test_quiet_sound_is_left_as_it_is():
    network, whole = vocoder(), list[Tensor]()
    network.conv_post.register_forward_hook(lambda _part, _given, sound: whole.append(sound.clone()))
    sound = network(mel(5))
    assert 0 < float(sound.abs().max()) < 1
    assert torch.equal(sound, whole[0])


def test_weight_norm_pairs_give_the_same_as_folded_weights():
    whole = vocoder().state_dict()
    pairs: dict[str, Tensor] = {}
    for name, tensor in whole.items():
        if name.endswith("weight"):
            length = tensor.square().sum((1, 2), keepdim=True).sqrt()
            pairs |= {f"{name}_g": length, f"{name}_v": 3 * tensor}
        else:
            pairs[name] = tensor
    refilled = filled(lambda: BigVgan(SMALL), pairs, source="random")
    assert torch.allclose(refilled(mel(4)), vocoder()(mel(4)), atol=1e-5)


def test_filters_in_the_file_are_ignored():
    tensors = vocoder().state_dict()
    extra = {"activation_post.upsample.filter": torch.zeros(1, 1, 12)}
    network = filled(lambda: BigVgan(SMALL), tensors | extra, source="random")
    assert torch.equal(network(mel(3)), vocoder()(mel(3)))
    assert not [name for name in tensors if "filter" in name]


def test_the_filter_is_the_published_one():
    taps = resampling_taps(torch.device("cpu"), torch.float64)
    half = [0.0020, 0.0094, -0.0255, -0.0577, 0.1286, 0.4432]
    assert len(taps) == TAPS
    assert taps.tolist() == pytest.approx(half + half[::-1], abs=5e-5)
    assert float(taps.sum()) == pytest.approx(1, abs=1e-12)
    assert torch.allclose(taps, taps.flip(0), atol=1e-12)


@pytest.mark.parametrize("level", [-2.0, 0.0, 0.3, 5.0])
def test_a_constant_stays_constant_and_is_bent_by_the_formula(level: float):
    activation = vocoder().activation_post
    act = activation.act
    out = activation(torch.full((1, 1, 50), level))
    wanted = level + math.sin(level * math.exp(act.alpha)) ** 2 / (math.exp(act.beta) + 1e-9)
    assert torch.allclose(out, torch.full_like(out, wanted), atol=1e-5)


def test_an_overtone_beyond_the_band_hardly_folds_back():
    activation = vocoder().activation_post
    activation.act.alpha.zero_()
    activation.act.beta.zero_()
    high = torch.sin(2 * math.pi * 0.35 * torch.arange(1000))[None, None]  # its octave folds back to 0.3
    folded_back = torch.exp(-2j * math.pi * 0.3 * torch.arange(1000))
    plain, filtered = (
        abs(complex((function(high)[0, 0] * folded_back)[100:900].mean()))
        for function in (activation.act, activation)
    )
    assert plain > 0.1
    assert filtered < plain / 3


def test_a_frame_is_heard_some_way_off_and_no_further():
    network = vocoder()
    usual = mel(121)
    moved = usual.clone()
    moved[:, :, 60] += 1
    change = (network(moved) - network(usual)).abs().reshape(121, 256).amax(1)
    heard = change.nonzero().flatten()
    assert 60 - 38 <= int(heard.min()) < 60 < int(heard.max()) <= 60 + 38


def test_half_precision_goes_all_the_way_through():
    coarse = vocoder().to(torch.bfloat16)(mel(5).to(torch.bfloat16))
    assert coarse.dtype == torch.bfloat16
    exact = vocoder()(mel(5))
    assert float((coarse - exact).abs().mean()) < 0.1 * float(exact.abs().mean())
