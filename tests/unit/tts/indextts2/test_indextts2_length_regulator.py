"""From codes to frames: lengths in exact arithmetic, the nearest code, a condition of any depth."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import GptConfig, LengthRegulatorConfig
from tts.indextts2.length_regulator import LatentProjection, LengthRegulator, nearest_source, target_frames

pytestmark = pytest.mark.unit

counts = st.integers(1, 2000)


def test_lengths_are_those_of_exact_arithmetic():
    assert [target_frames(n) for n in range(10_000)] == [int(Fraction(172, 100) * n) for n in range(10_000)]


def test_a_later_versions_codes_last_twice_as_long():
    assert [target_frames(n, version=2.5) for n in range(100)] == [target_frames(2 * n) for n in range(100)]


@given(counts, st.fractions(Fraction(1, 2), 2, max_denominator=8))
def test_a_duration_stretches_the_length(codes: int, duration: Fraction):
    wanted = int(Fraction(172, 100) * codes * duration)
    assert target_frames(codes, duration=float(duration)) in (wanted, wanted - 1)
    assert target_frames(codes, duration=0.5) <= target_frames(codes, duration=float(duration))


@given(counts, st.integers(1, 4000))
def test_the_nearest_code_is_the_one_that_torch_interpolates_from(codes: int, frames: int):
    numbered = torch.arange(codes, dtype=torch.float32)[None, None]
    wanted = functional.interpolate(numbered, size=frames, mode="nearest")[0, 0].long()
    assert torch.equal(nearest_source(codes, frames), wanted)


@given(counts, st.integers(1, 4000))
def test_rounding_moves_a_frame_by_one_code_at_most(codes: int, frames: int):
    exact = torch.arange(frames) * codes // frames
    late = exact - nearest_source(codes, frames)
    assert int(late.min()) >= 0
    assert int(late.max()) <= 1


def test_25_codes_are_43_frames_in_a_fixed_pattern():
    assert nearest_source(25, target_frames(25)).tolist() == [25 * j // 43 for j in range(43)]


@pytest.mark.parametrize("stages", [1, 2, 4])
def test_the_condition_is_made_of_the_codes_that_the_frames_show(stages: int):
    config = LengthRegulatorConfig(channels=6, in_channels=5, sampling_ratios=(1,) * stages)
    regulator = with_noise(LengthRegulator(config))
    features = torch.randn(2, 9, 5)
    source = nearest_source(9, 15)
    condition = regulator(features, source)
    assert condition.shape == (2, 15, 6)
    assert torch.allclose(condition, regulator(features[:, source], torch.arange(15)), atol=1e-6)
    assert not torch.allclose(condition, regulator(features, torch.zeros_like(source)), atol=1e-2)


@pytest.mark.parametrize("stages", [1, 4])
def test_the_names_are_the_checkpoints(stages: int):
    names = set(
        LengthRegulator(LengthRegulatorConfig(channels=6, sampling_ratios=(1,) * stages)).state_dict()
    )
    numbers = [n for stage in range(stages) for n in (3 * stage, 3 * stage + 1)] + [3 * stages]
    parts = ["content_in_proj", *(f"model.{n}" for n in numbers)]
    assert names == {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")}


def test_a_stage_normalises_over_channels_and_frames_together():
    regulator = with_noise(
        LengthRegulator(LengthRegulatorConfig(channels=6, in_channels=5, sampling_ratios=(1,)))
    )
    features = torch.randn(1, 9, 5)
    convolution, norm, mish, last = regulator.model
    x = convolution(regulator.content_in_proj(features).transpose(1, 2))
    x = (x - x.mean()) / (x.var(unbiased=False) + 1e-5).sqrt()
    x = mish(x * norm.weight[:, None] + norm.bias[:, None])
    assert torch.allclose(regulator(features, torch.arange(9)), last(x).transpose(1, 2), atol=1e-5)


def test_normalisation_makes_every_frame_depend_on_all():
    regulator = with_noise(LengthRegulator(LengthRegulatorConfig(channels=6, in_channels=5)))
    features = torch.randn(1, 40, 5)
    louder = features.clone()
    louder[:, -1] *= 30
    source = torch.arange(40)
    assert not torch.allclose(regulator(features, source)[:, 0], regulator(louder, source)[:, 0], atol=1e-4)


def test_three_linear_layers_fold_into_one():
    projection = with_noise(LatentProjection(GptConfig(model_dim=12)))
    assert set(projection.state_dict()) == {f"{i}.{kind}" for i in range(3) for kind in ("weight", "bias")}
    latent = torch.randn(1, 7, 12)
    folded = projection.folded()
    assert folded.weight.shape == (1024, 12)
    assert torch.allclose(folded(latent), projection(latent), atol=1e-5)
