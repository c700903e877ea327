"""The vocoder at work: kept buffers change nothing in what it says."""

from __future__ import annotations

import pytest
import torch

from tests.unit.tts.indextts2.noise import with_noise
from tests.unit.tts.indextts2.tape import Tape
from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.config import BigVganConfig
from tts.indextts2.vocoder import SHAPES, Vocoder

pytestmark = pytest.mark.unit


def network() -> BigVgan:
    return with_noise(
        BigVgan(
            BigVganConfig(
                upsample_rates=(4, 2),
                upsample_kernel_sizes=(8, 4),
                upsample_initial_channel=8,
                resblock_kernel_sizes=(3,),
                resblock_dilation_sizes=((1, 3),),
            )
        )
    )


def a_mel(frames: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, 80, frames, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("tape", [None, Tape()])
def test_it_says_what_the_network_says(tape: Tape | None):
    bare = network()
    vocoder = Vocoder(bare, tape)
    said = [(vocoder(mel), mel) for mel in (a_mel(frames, seed) for seed in range(3) for frames in (6, 9))]
    for sound, mel in said:
        assert sound.shape == (1, 1, 8 * mel.shape[2])
        assert torch.equal(sound, bare(mel))
    if tape is not None:
        assert (tape.recorded, tape.replayed) == (2, 4)


def test_many_lengths_do_not_pile_up():
    vocoder = Vocoder(network(), lambda work: work)
    for frames in range(4, 4 + SHAPES + 5):
        vocoder(a_mel(frames))
    assert vocoder.kept == SHAPES
