"""Penalty, temperature, top-k and top-p, each against a plain reading of its definition."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.unit.tts.indextts2.small_gpt import small_config
from tts.indextts2.sampling import Sampling, upstream
from tts.indextts2.scores import best_k, best_p, penalised, scored, used_at_start, warped

pytestmark = pytest.mark.unit

rows = st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=24)
distinct = st.lists(st.integers(-300, 300), min_size=2, max_size=24, unique=True).map(
    lambda values: [value / 10 for value in values]
)


def _kept(scores: Tensor) -> set[int]:
    return {index for index, score in enumerate(scores[0].tolist()) if score > -math.inf}


@given(distinct, st.integers(1, 30))
def test_top_k_keeps_the_k_best(row: list[float], k: int):
    want = set(sorted(range(len(row)), key=lambda index: -row[index])[:k])
    assert _kept(best_k(torch.tensor([row]), k)) == want


def test_top_k_keeps_what_equals_the_last():
    assert _kept(best_k(torch.tensor([[1.0, 3.0, 1.0, 0.0]]), 2)) == {0, 1, 2}


@given(distinct, st.floats(0.05, 0.99), st.integers(1, 3))
def test_top_p_keeps_the_fewest_that_hold_the_share(row: list[float], p: float, fewest: int):
    probabilities = torch.tensor(row).double().softmax(-1).tolist()
    want: set[int] = set()
    share = 0.0
    for index in sorted(range(len(row)), key=lambda index: -row[index]):
        if abs(share - p) < 1e-5:
            return  # decided by rounding
        if share >= p and len(want) >= fewest:
            break
        want.add(index)
        share += probabilities[index]
    assert _kept(best_p(torch.tensor([row]), p, fewest)) == want


@given(rows, st.floats(0.01, 1), st.integers(1, 24))
def test_neither_changes_a_score_that_stays_nor_removes_the_best(row: list[float], p: float, k: int):
    scores = torch.tensor([row])
    for cut in (best_k(scores, k), best_p(scores, p, 1)):
        stays = cut > -math.inf
        assert torch.equal(cut[stays], scores[stays])
        assert stays[0, scores[0].argmax()] or scores[0][stays[0]].max() == scores.max()


@given(rows, st.data())
def test_the_penalty_only_ever_lowers_and_only_what_was_used(row: list[float], data: st.DataObject):
    used = data.draw(st.lists(st.booleans(), min_size=len(row), max_size=len(row)))
    got = penalised(torch.tensor([row]), torch.tensor([used]), 10.0)[0].tolist()
    for before, after, hit in zip(row, got, used, strict=True):
        want = before if not hit else before / 10 if before > 0 else before * 10
        assert after == pytest.approx(want, rel=1e-6)
        assert after <= before


def test_the_prefix_counts_as_code_one_and_the_start_code_as_itself():
    used = used_at_start(small_config(), 2, torch.device("cpu"))
    assert used.shape == (2, 18)
    assert used.nonzero().tolist() == [[0, 1], [0, 16], [1, 1], [1, 16]]


def test_one_beam_on_raw_logits_is_not_what_log_probabilities_give():
    logits = torch.tensor([[4.0, 3.0, -2.0]])
    used = torch.tensor([[True, False, True]])
    raw = scored(logits, used, upstream(beams=1))
    assert torch.allclose(raw, torch.tensor([[0.4, 3.0, -20.0]]))
    likely = scored(logits, used, Sampling())
    whole = logits.log_softmax(-1)
    assert torch.allclose(likely, torch.tensor([[10 * whole[0, 0], whole[0, 1], 10 * whole[0, 2]]]))
    assert torch.equal(scored(logits, used, upstream(beams=3)), likely)
    assert torch.equal(scored(logits, used, Sampling(beams=3, penalty_on="logits")), likely)


def test_warping_is_temperature_then_top_k_then_top_p():
    scores = torch.tensor([[2.0, 1.9, 1.0, 0.0, -4.0]])
    got = warped(scores, Sampling(temperature=0.5, top_k=3, top_p=0.9))
    want = torch.tensor([[4.0, 3.8, -math.inf, -math.inf, -math.inf]])  # .50, .41, then .07 is not needed
    assert torch.allclose(got, want)
    assert _kept(warped(scores, Sampling(temperature=2.0, top_k=3, top_p=0.9))) == {0, 1, 2}


def test_log_probabilities_leave_two_and_raw_logits_may_leave_one():
    scores = torch.tensor([[50.0, 0.0, -1.0]])
    assert _kept(warped(scores, Sampling(top_k=1))) == {0, 1}
    assert _kept(warped(scores, upstream(beams=1))) == {0}
    assert _kept(warped(scores, upstream(beams=3))) == {0, 1}
