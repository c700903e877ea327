"""Several beams: against greedy choice, against looking at everything, and by seed."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.small_gpt import small_gpt, small_prefix
from tts.indextts2.beams import Hypothesis, searched
from tts.indextts2.gpt import Gpt, State
from tts.indextts2.sampler import sampled
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.scores import penalised, used_at_start

pytestmark = pytest.mark.unit

BEST = Sampling(beams=3, greedy=True, max_codes=8, repetition_penalty=2.0)


def _best(gpt: Gpt, settings: Sampling, seed: int = 0, prefix: Tensor | None = None) -> Hypothesis:
    prefix = small_prefix(gpt) if prefix is None else prefix
    search = searched(gpt, prefix, settings, seeded(seed, "cpu"))
    while True:
        try:
            next(search)
        except StopIteration as end:
            return end.value


def _score(gpt: Gpt, prefix: Tensor, codes: tuple[int, ...], penalty: float) -> float:
    """The sum of penalised log-probabilities, without a cache."""
    latents = gpt.latents(prefix, torch.tensor([codes]))[0]
    used = used_at_start(gpt.config, 1, torch.device("cpu"))
    whole = 0.0
    for latent, code in zip(latents, codes, strict=True):
        scores = penalised(gpt.mel_head(latent)[None].log_softmax(-1), used, penalty)
        whole += float(scores[0, code])
        used[0, code] = True
    return whole


@pytest.mark.parametrize("seed", range(6))
def test_one_beam_is_greedy_choice(seed: int):
    gpt = small_gpt(seed, stop=2.0)
    greedy = replace(BEST, beams=1)
    want = tuple(one.code for one in sampled(gpt, small_prefix(gpt), greedy))
    assert _best(gpt, greedy).codes == want


@pytest.mark.parametrize("seed", range(6))
def test_three_beams_find_no_worse_than_greedy_choice_does_here(seed: int):
    # Not a theorem: a search may drop greedy's way. With these weights it does not.
    gpt = small_gpt(seed, stop=-40.0)
    one, three = _best(gpt, replace(BEST, beams=1)), _best(gpt, BEST)
    assert three.score >= one.score - 1e-5
    assert len(three.codes) == len(one.codes) == 8


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("stop", [-40.0, 0.5])
def test_with_beams_for_everything_the_search_finds_the_best_of_all(seed: int, stop: float):
    gpt = small_gpt(seed, stop=stop, number_mel_codes=6, start_mel_token=4, stop_mel_token=5)
    prefix = small_prefix(gpt)
    got = _best(gpt, replace(BEST, beams=40, max_codes=3), prefix=prefix)
    said = range(5)
    ends = [(*codes, 5) for length in range(3) for codes in itertools.product(said, repeat=length)]
    cut = list(itertools.product(said, repeat=3))
    scores = {codes: _score(gpt, prefix, codes, 2.0) for codes in (*ends, *cut)}
    best = max(scores, key=lambda codes: scores[codes])
    assert (*got.codes, *([5] if got.stopped else [])) == best
    assert got.score == pytest.approx(scores[best], abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_the_score_is_the_plain_sum_over_its_codes(seed: int):
    gpt = small_gpt(seed, stop=-40.0)
    prefix = small_prefix(gpt)
    best = _best(gpt, replace(BEST, repetition_penalty=1.3), prefix=prefix)
    assert best.score == pytest.approx(_score(gpt, prefix, best.codes, 1.3), abs=1e-4)


def _plainly(gpt: Gpt, prefix: Tensor, beams: int, most: int) -> tuple[int, ...]:
    """Beam search again, without a cache, every score from scratch; the stop code is among the codes."""
    open_ones: list[tuple[int, ...]] = [()]
    finished: dict[tuple[int, ...], float] = {}
    for _ in range(most):
        ways = [(*codes, code) for codes in open_ones for code in range(18)]
        scores = {way: _score(gpt, prefix, way, 2.0) for way in ways}
        ranked = sorted(ways, key=lambda way: -scores[way])
        finished |= {way: scores[way] for way in ranked[:beams] if way[-1] == 17}
        open_ones = [way for way in ranked if way[-1] != 17][:beams]
    finished |= {way: _score(gpt, prefix, way, 2.0) for way in open_ones}
    return max(finished, key=lambda way: finished[way])


@pytest.mark.parametrize("beams", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_the_search_is_the_plain_one_with_its_stops(seed: int, beams: int):
    gpt = small_gpt(seed, stop=1.5)
    prefix = small_prefix(gpt)
    best = _best(gpt, replace(BEST, beams=beams, max_codes=3), prefix=prefix)
    assert (*best.codes, *([17] if best.stopped else [])) == _plainly(gpt, prefix, beams, 3)


def test_the_beams_do_not_all_say_the_same():
    gains = []
    for seed in range(6):
        gpt = small_gpt(seed, stop=-40.0)
        gains.append(_best(gpt, BEST).score - _best(gpt, replace(BEST, beams=1)).score)
    assert max(gains) > 0.1


def test_drawing_repeats_by_seed_and_differs_between_seeds():
    gpt = small_gpt(stop=-40.0)
    drawn = replace(BEST, greedy=False, temperature=1.5, top_p=1.0)
    first = _best(gpt, drawn, seed=4)
    assert first == _best(gpt, drawn, seed=4)
    assert len({_best(gpt, drawn, seed).codes for seed in range(6)}) > 2


def test_drawing_survives_a_first_step_with_fewer_choices_than_candidates():
    gpt = small_gpt(stop=-40.0)
    narrow = replace(BEST, greedy=False, top_k=2, top_p=0.01)
    best = _best(gpt, narrow, seed=4)
    assert len(best.codes) == 8
    assert best.score > -1e6


def test_a_stop_that_all_beams_agree_on_ends_the_search_early():
    gpt = small_gpt(stop=100.0)
    steps = list(searched(gpt, small_prefix(gpt), BEST))
    assert steps[-1] < 8
    best = _best(gpt, BEST)
    assert best.stopped
    assert best.codes == ()


def test_no_beam_goes_on_after_its_stop_code(monkeypatch: pytest.MonkeyPatch):
    gpt = small_gpt(stop=12.0)
    fed: list[int] = []
    real = gpt.decode

    def told(codes: Tensor, *rest: Any) -> State:
        fed.extend(codes.tolist())
        return real(codes, *rest)

    monkeypatch.setattr(gpt, "decode", told)
    assert _best(gpt, BEST).stopped
    assert fed
    assert 17 not in fed


def test_a_stop_code_is_never_among_the_codes():
    for seed in range(6):
        gpt = small_gpt(seed, stop=2.0)
        for greedy in (True, False):
            assert 17 not in _best(gpt, replace(BEST, greedy=greedy), seed).codes


def test_closing_a_search_stops_the_decoder(monkeypatch: pytest.MonkeyPatch):
    gpt = small_gpt(stop=-40.0)
    search = searched(gpt, small_prefix(gpt), BEST)
    assert [next(search), next(search)] == [1, 2]
    search.close()
    monkeypatch.setattr(gpt, "decode", lambda *_: pytest.fail("went on"))
    with pytest.raises(StopIteration):
        next(search)
