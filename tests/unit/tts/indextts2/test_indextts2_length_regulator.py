"""From codes to frames: lengths in exact arithmetic, the nearest code, a condition of any depth, and one that grows."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.config import GptConfig, LengthRegulatorConfig
from tts.indextts2.length_regulator import (
    EDGE_FRAMES,
    LatentProjection,
    LengthRegulator,
    Moments,
    fixed_source,
    frames_per_code,
    nearest_source,
    target_frames,
)

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


RATIOS = st.floats(0.5, 2.0).map(lambda duration: (duration, frames_per_code(duration=duration)))


@given(counts, RATIOS)
def test_a_growing_segment_is_as_long_as_one_that_is_there_or_a_frame_beside_it(codes: int, given_ratio):
    duration, ratio = given_ratio
    assert abs(int(codes * ratio) - target_frames(codes, duration=duration)) <= 1
    assert int(codes * frames_per_code()) == target_frames(codes)
    assert int(codes * frames_per_code(version=2.5)) == target_frames(codes, version=2.5)


@given(counts, st.integers(0, 300), RATIOS)
def test_frames_of_a_growing_segment_show_the_same_codes_whatever_follows(codes: int, more: int, given_ratio):
    ratio = given_ratio[1]
    short, long = (fixed_source(int(n * ratio), ratio) for n in (codes, codes + more))
    assert torch.equal(long[: len(short)], short)
    assert all(code < codes for code in short[-1:].tolist())


def test_at_rate_1_frame_j_shows_code_25_j_over_43():
    assert fixed_source(3000, frames_per_code()).tolist() == [25 * j // 43 for j in range(3000)]


def _grown(stages: int = 4) -> tuple[LengthRegulator, torch.Tensor]:
    config = LengthRegulatorConfig(channels=12, in_channels=5, sampling_ratios=(1,) * stages)
    features = (
        torch.randn(1, 120, 5, generator=torch.Generator().manual_seed(3))
        * torch.linspace(0.5, 2, 120)[:, None]
    )
    return with_noise(LengthRegulator(config)), features


def _so_far(regulator: LengthRegulator, features: torch.Tensor, before: Moments) -> torch.Tensor:
    ratio = frames_per_code()
    return regulator.so_far(features, fixed_source(int(features.shape[1] * ratio), ratio), before)


@pytest.mark.parametrize("weight", [0, 1, 172])
def test_frames_that_were_made_stay_but_for_four_at_the_edge(weight: int):
    regulator, features = _grown()
    before = regulator.moments(features[:, :60], fixed_source(103, frames_per_code()))._replace(frames=weight)
    whole = _so_far(regulator, features, before)
    for codes in (10, 15, 25, 50, 75, 100):
        part = _so_far(regulator, features[:, :codes], before)
        settled = part.shape[1] - EDGE_FRAMES
        assert torch.allclose(part[:, :settled], whole[:, :settled], atol=1e-5)
        assert not torch.allclose(part[:, settled:], whole[:, settled : part.shape[1]], atol=1e-2)


def test_statistics_of_each_portion_alone_would_jump():
    """What `so_far` is for: the original's normalisation, applied to what is there, moves every frame."""
    regulator, features = _grown()
    ratio = frames_per_code()
    before = regulator.moments(features, fixed_source(206, ratio))

    def changed(condition) -> float:
        """Of 25 codes' frames, by how much 25 codes more move them, relative to their own size."""
        first, second = (condition(features[:, :n])[:, : 43 - EDGE_FRAMES] for n in (25, 50))
        return float((second - first).square().mean().sqrt() / first.std())

    def jumping(told: torch.Tensor) -> torch.Tensor:
        return regulator(told, fixed_source(int(told.shape[1] * ratio), ratio))

    assert changed(lambda told: _so_far(regulator, told, before)) < 1e-5
    assert changed(jumping) > 0.1


def test_the_last_frame_of_one_stage_is_normalised_as_the_whole_is():
    regulator, features = _grown(stages=1)
    source = torch.arange(120)
    before = Moments(torch.zeros(1), torch.ones(1), 0)
    exact, growing = regulator(features, source), regulator.so_far(features, source, before)
    assert torch.allclose(exact[:, -1], growing[:, -1], atol=1e-5)
    assert not torch.allclose(exact[:, 0], growing[:, 0], atol=1e-2)


def test_with_a_long_past_of_the_same_kind_every_frame_is_normalised_as_the_whole_is():
    regulator, features = _grown()
    source = torch.arange(120)
    past = regulator.moments(features, source)._replace(frames=1_000_000)
    assert torch.allclose(regulator(features, source), regulator.so_far(features, source, past), atol=1e-3)


def test_in_sixteen_bits_the_statistics_are_kept_in_thirty_two():
    regulator, features = _grown()
    before = Moments(torch.zeros(4), torch.ones(4), 10)
    exact = _so_far(regulator, features, before)
    coarse = _so_far(regulator.to(torch.bfloat16), features.to(torch.bfloat16), before)
    assert coarse.dtype == torch.bfloat16
    assert float((coarse.float() - exact).abs().max()) < 0.1 * float(exact.abs().max())
