"""One beam: what repeats, what stops it, and that nothing runs after it was closed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError, TtsError
from tests.unit.tts.indextts2.small_gpt import small_gpt, small_prefix
from tts.indextts2.gpt import Gpt
from tts.indextts2.sampler import choose, sampled
from tts.indextts2.sampling import Sampling, mel_positions, seeded, upstream

pytestmark = pytest.mark.unit

OPEN = Sampling(max_codes=20, top_p=1.0, repetition_penalty=1.0, temperature=1.5)


@pytest.fixture(scope="module")
def endless() -> Gpt:
    return small_gpt(stop=-40.0)


def _codes(gpt: Gpt, sampling: Sampling, seed: int = 0) -> list[int]:
    return [one.code for one in sampled(gpt, small_prefix(gpt), sampling, seeded(seed, "cpu"))]


def test_the_same_seed_says_the_same_and_another_seed_something_else(endless: Gpt):
    first = _codes(endless, OPEN, seed=7)
    assert len(first) == 20
    assert first == _codes(endless, OPEN, seed=7)
    assert len({tuple(_codes(endless, OPEN, seed)) for seed in range(5)}) == 5


def test_the_seed_is_all_the_chance_there_is(endless: Gpt):
    torch.manual_seed(1)
    first = _codes(endless, OPEN, seed=7)
    torch.manual_seed(2)
    assert first == _codes(endless, OPEN, seed=7)


def test_greedy_choice_is_the_best_code_each_time_and_asks_for_no_chance(endless: Gpt):
    prefix = small_prefix(endless)
    greedy = replace(OPEN, greedy=True)
    codes = [one.code for one in sampled(endless, prefix, greedy)]
    assert len(codes) == 20
    for index, code in enumerate(codes):
        known = torch.tensor([[*codes[:index], 0]])
        latent = endless.latents(prefix, known)[:, -1]
        assert int(endless.mel_head(latent).argmax()) == code


def test_the_hidden_state_that_comes_with_a_code_is_its_latent(endless: Gpt):
    prefix = small_prefix(endless)
    decoded = list(sampled(endless, prefix, OPEN, seeded(3, "cpu")))
    codes = torch.tensor([[one.code for one in decoded]])
    hidden = torch.stack([one.hidden for one in decoded], dim=1)
    assert torch.allclose(hidden, endless.latents(prefix, codes), atol=2e-5)


def test_the_stop_code_ends_it_and_is_not_said():
    gpt = small_gpt(stop=3.0)
    lengths = {len(_codes(gpt, replace(OPEN, max_codes=40), seed)) for seed in range(12)}
    assert len(lengths) > 3
    assert min(lengths) < 40
    for seed in range(12):
        assert gpt.config.stop_mel_token not in _codes(gpt, OPEN, seed)


def test_a_decoder_that_stops_at_once_says_nothing():
    assert _codes(small_gpt(stop=100.0), OPEN) == []


@pytest.mark.parametrize("most", [1, 2, 7])
def test_it_ends_after_as_many_codes_as_were_asked_for(endless: Gpt, most: int):
    assert len(_codes(endless, replace(OPEN, max_codes=most))) == most


def test_closing_it_stops_the_decoder(endless: Gpt, monkeypatch: pytest.MonkeyPatch):
    steps = itertools.count()
    real = endless.decode

    def counted(*args: object) -> object:
        next(steps)
        return real(*args)

    monkeypatch.setattr(endless, "decode", counted)
    codes = sampled(endless, small_prefix(endless), OPEN, seeded(0, "cpu"))
    for _ in range(4):
        next(codes)
    codes.close()
    assert next(steps) == 3  # the first code came of the prompt
    with pytest.raises(StopIteration):
        next(codes)


def test_a_code_is_given_before_the_next_is_thought_of(endless: Gpt, monkeypatch: pytest.MonkeyPatch):
    codes = sampled(endless, small_prefix(endless), OPEN, seeded(0, "cpu"))
    next(codes)
    monkeypatch.setattr(endless, "decode", lambda *_: pytest.fail("thought ahead"))
    with pytest.raises(pytest.fail.Exception):
        next(codes)


def test_a_high_penalty_says_nothing_twice_while_there_is_something_else(endless: Gpt):
    codes = _codes(endless, replace(OPEN, repetition_penalty=1e6, top_k=3, max_codes=12))
    assert len(set(codes)) == 12
    assert 1 not in codes  # the prefix counts as code 1


@settings(max_examples=15)
@given(seed=st.integers(0, 99), top_k=st.integers(2, 6))
def test_nothing_outside_the_best_k_is_ever_said(seed: int, top_k: int):
    gpt = small_gpt(stop=-40.0)
    prefix = small_prefix(gpt)
    few = replace(OPEN, top_k=top_k, max_codes=6)
    for one in sampled(gpt, prefix, few, seeded(seed, "cpu")):
        best = gpt.mel_head(one.hidden)[0].topk(top_k).indices.tolist()
        assert one.code in best


def test_draws_follow_the_probabilities():
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2, 1e-9]]))
    used = torch.zeros(1, 4, dtype=torch.bool)
    generator = seeded(5, "cpu")
    plain = Sampling(temperature=1.0, top_k=4, top_p=1.0, repetition_penalty=1.0)
    drawn = [int(choose(logits, used, plain, generator)) for _ in range(3000)]
    shares = [drawn.count(code) / 3000 for code in range(4)]
    assert shares == pytest.approx([0.5, 0.3, 0.2, 0.0], abs=0.03)


def test_positions_of_training_and_of_upstream():
    assert mel_positions(Sampling(max_codes=5)).tolist() == [0, 1, 2, 3, 4]
    assert mel_positions(replace(upstream(), max_codes=5)).tolist() == [0, 2, 3, 4, 5]


def test_a_second_pass_is_needed_for_beams_and_for_upstreams_positions_only():
    assert not Sampling().second_pass
    assert Sampling(beams=3).second_pass
    assert upstream(beams=1).second_pass


def test_more_codes_than_positions_are_refused(endless: Gpt):
    assert len(_codes(endless, replace(OPEN, max_codes=43))) == 43
    for sampling in (replace(OPEN, max_codes=44), replace(upstream(beams=1), max_codes=43)):
        with pytest.raises(TtsError, match="43 positions"):
            _codes(endless, sampling)


def test_several_beams_are_not_sampled_here(endless: Gpt):
    with pytest.raises(TtsError, match="one beam"):
        _codes(endless, Sampling(beams=3))


@pytest.mark.parametrize(
    "wrong",
    [
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"repetition_penalty": 0.5},
        {"beams": 0},
        {"max_codes": 0},
    ],
)
def test_settings_that_mean_nothing_are_refused_by_name(wrong: dict[str, float]):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Sampling(**wrong)
