"""The fused activation where it is meant to run: on a GPU, and within a recorded vocoder."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.activation import LENGTHS, SLACK, TYPES, error, tried
from tts.indextts2.bigvgan import BigVgan, antialiased, tap_values
from tts.indextts2.config import BigVganConfig
from tts.indextts2.replay import recorder
from tts.indextts2.vocoder import Vocoder

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
]

GPU = torch.device("cuda", 0)
SMALL = BigVganConfig(upsample_initial_channel=128)
SHAPES = [(1, 768, 128), (1, 24, 8192), (3, 5, 1), (2, 7, 1001), *((1, 3, length) for length in LENGTHS)]


@pytest.mark.parametrize("dtype", TYPES)
def test_the_kernel_passes_its_trial_and_is_as_exact_in_the_vocoders_shapes(dtype: torch.dtype):
    kernel = tried(GPU, dtype, antialiased, tap_values())
    assert kernel is not None
    assert error(kernel, antialiased, GPU, dtype, SHAPES) <= torch.finfo(dtype).eps / 2 + 1e-6


@pytest.mark.parametrize("run", [8, 16, 32])
@pytest.mark.parametrize("lanes", [32, 64])
def test_how_the_work_is_divided_hardly_changes_anything(run: int, lanes: int):
    from tts.indextts2.activation_kernel import bent

    kernel = partial(bent, taps=tap_values(), run=run, lanes=lanes)
    assert error(kernel, antialiased, GPU, torch.float32, SHAPES) <= 1e-6


@torch.inference_mode()
def test_a_recorded_vocoder_says_what_the_plain_one_says():
    plain = with_noise(BigVgan(SMALL, activation="plain"))
    plain.conv_post.weight.mul_(0.01)
    usual = BigVgan(SMALL).requires_grad_(requires_grad=False)
    usual.load_state_dict(plain.state_dict())
    vocoder = Vocoder(usual.to(GPU), recorder(GPU))
    plain.to(GPU)
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        for seed in range(4):  # run, recorded, replayed
            mel = torch.randn(1, 80, 33, generator=torch.Generator().manual_seed(seed)).to(GPU)
            wanted = plain(mel)
            assert float((vocoder(mel) - wanted).abs().max()) <= 10 * SLACK * float(wanted.abs().max())
    finally:
        torch.backends.cudnn.allow_tf32 = before
