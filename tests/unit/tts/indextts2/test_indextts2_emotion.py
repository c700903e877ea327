"""Emotion: rows by group and likeness, weights and what they leave of the speaker, strength and cap."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelDamaged
from tts.indextts2.emotion import MOST, blend, merged, nearest_rows, normalised, strengthened

pytestmark = pytest.mark.unit

vectors = st.lists(st.floats(0, 1.2), min_size=8, max_size=8)
GROUPS = (3, 17, 2, 8, 4, 5, 10, 24)


def _random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(vectors, st.booleans())
def test_a_normalised_vector_leaves_the_speaker_a_fifth_and_no_entry_grows(vector: list[float], bias: bool):
    got = normalised(vector, bias=bias)
    assert math.fsum(got) <= MOST + 1e-9
    assert all(0 <= after <= before for before, after in zip(vector, got, strict=True))


def test_a_small_vector_is_only_weighed():
    assert normalised((0, 0, 0, 0, 0, 0, 0.4, 0.2)) == pytest.approx((0, 0, 0, 0, 0, 0, 0.275, 0.1125))
    assert normalised((0, 0, 0, 0, 0, 0, 0.4, 0.2), bias=False) == (0, 0, 0, 0, 0, 0, 0.4, 0.2)


@given(vectors, st.floats(-2, 3))
def test_strength_is_held_to_zero_and_one_and_cuts_after_four_decimals(vector: list[float], strength: float):
    held = min(max(strength, 0.0), 1.0)
    for before, after in zip(vector, strengthened(vector, strength), strict=True):
        assert 0 <= before * held - after < 1.0001e-4 or after == pytest.approx(before * held, abs=1e-12)
        assert after == pytest.approx(round(after, 4), abs=1e-12)


def test_strength_cuts_as_upstream_does_even_where_a_float_falls_short():
    assert strengthened([0.35], 0.8) == (0.2799,)


def test_the_closest_row_is_taken_within_each_group_by_angle_not_by_length():
    style, speakers = _random(1, 192), _random(sum(GROUPS), 192, seed=1)
    wanted: list[int] = []
    first = 0
    for size in GROUPS:
        row = first + size - 1
        speakers[row] = 0.01 * style[0] + 0.0001 * speakers[row]
        wanted.append(row)
        first += size
    assert nearest_rows(style, speakers, GROUPS).tolist() == wanted
    speakers[wanted[3] - 1] = 50 * (style[0] + 3 * _random(192, seed=2))
    assert nearest_rows(style, speakers, GROUPS).tolist() == wanted


def test_groups_that_do_not_cover_the_matrix_are_refused():
    with pytest.raises(ModelDamaged, match="72"):
        nearest_rows(_random(1, 192), _random(72, 192), GROUPS)


def test_no_emotion_is_the_speaker_alone_and_a_full_one_is_its_row_alone():
    rows, base = _random(8, 16), _random(1, 16, seed=1)
    assert torch.equal(blend([0.0] * 8, rows, base), base)
    assert torch.allclose(blend([0, 0, 1, 0, 0, 0, 0, 0], rows, base)[0], rows[2], atol=1e-6)


def test_weights_beyond_one_subtract_the_speaker():
    rows, base = torch.zeros(8, 16), _random(1, 16)
    got = blend([0.5, 0.5, 0.5, 0, 0, 0, 0, 0], rows, base)
    assert torch.allclose(got, -0.5 * base, atol=1e-6)


@given(vectors)
def test_a_blend_of_rows_that_are_the_speaker_is_the_speaker(vector: list[float]):
    base = _random(1, 16)
    assert torch.allclose(blend(vector, base.expand(8, -1), base), base, atol=1e-4)


def test_merging_goes_from_the_speaker_to_the_other():
    base, other = _random(1, 16), _random(1, 16, seed=1)
    assert torch.equal(merged(base, other, 0.0), base)
    assert torch.allclose(merged(base, other, 1.0), other, atol=1e-6)
    assert torch.allclose(merged(base, other, 0.25), 0.75 * base + 0.25 * other, atol=1e-6)
