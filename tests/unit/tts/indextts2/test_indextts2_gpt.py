"""The decoder: with a cache as without one, and when a step's state is the second pass's latent."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.unit.tts.indextts2.small_gpt import small_gpt, small_prefix
from tts.indextts2.cache import SPAN, KeyValueCache
from tts.indextts2.gpt import Gpt
from tts.indextts2.sampler import states
from tts.indextts2.sampling import Sampling, upstream

pytestmark = pytest.mark.unit

CODES = torch.tensor([[3, 7, 7, 1, 15, 0, 4]])


def _hiddens(gpt: Gpt, prefix: Tensor, codes: Tensor, settings: Sampling) -> Tensor:
    walk = states(gpt, prefix, settings)
    hiddens = [next(walk).hidden]
    hiddens += [walk.send(code).hidden for code in codes[0, :-1].split(1)]
    return torch.stack(hiddens, dim=1)


@pytest.mark.parametrize("length", [1, 9, SPAN - 3, SPAN, SPAN + 40])
def test_at_trained_positions_every_step_had_the_second_passs_latent(length: int):
    gpt = small_gpt()
    prefix = small_prefix(gpt, length)
    decoded = _hiddens(gpt, prefix, CODES, Sampling(max_codes=7))
    assert torch.allclose(decoded, gpt.latents(prefix, CODES), atol=2e-5)


def test_at_upstreams_positions_only_the_first_step_had_it():
    gpt = small_gpt()
    prefix = small_prefix(gpt)
    decoded = _hiddens(gpt, prefix, CODES, replace(upstream(beams=1), max_codes=7))
    latents = gpt.latents(prefix, CODES)
    assert torch.allclose(decoded[:, 0], latents[:, 0], atol=2e-5)
    assert ((decoded - latents)[0, 1:].abs().amax(-1) > 1e-2).all()


def test_a_step_sees_what_a_whole_prompt_of_the_same_tokens_sees():
    gpt = small_gpt()
    prefix = small_prefix(gpt)
    cache = gpt.cache(20)
    gpt.prefill(prefix, cache)
    state = gpt.decode(CODES[:, 0], torch.tensor([2]), cache, cache.span(11))
    start = gpt.mel_embedding(torch.tensor([[16]])) + gpt.mel_pos_embedding(torch.tensor([0]))
    first = gpt.mel_embedding(CODES[:, :1]) + gpt.mel_pos_embedding(torch.tensor([2]))
    whole = torch.cat((prefix, start, first), dim=1)
    # The prompt's own start code follows `whole`, so the token before the last is ours.
    backbone = gpt.prefill(whole, gpt.cache(20))[:, -2]
    assert torch.allclose(state.backbone, backbone, atol=2e-5)


def test_the_head_stands_behind_two_norms():
    gpt = small_gpt()
    prefix = small_prefix(gpt)
    state = gpt.state(gpt.prefill(prefix, gpt.cache(20)))
    assert torch.allclose(state.hidden, gpt.final_norm(state.backbone))
    assert torch.allclose(state.logits, gpt.mel_head(gpt.final_norm(state.backbone)))
    assert not torch.allclose(state.logits, gpt.mel_head(state.backbone), atol=1e-2)


def test_a_longer_span_attends_to_nothing_more():
    gpt = small_gpt()
    prefix = small_prefix(gpt)
    logits: list[Tensor] = []
    for span in (16, SPAN, 2 * SPAN):
        cache = gpt.cache(2 * SPAN)
        gpt.prefill(prefix, cache)
        logits.append(gpt.decode(CODES[:, 0], torch.tensor([1]), cache, span).logits)
    assert torch.allclose(logits[0], logits[1], atol=1e-5)
    assert torch.allclose(logits[0], logits[2], atol=1e-5)


def test_beams_after_one_prompt_go_their_own_ways_and_follow_their_parents():
    gpt = small_gpt()
    prefix = small_prefix(gpt)
    together = gpt.cache(20, beams=3)
    gpt.prefill(prefix, together)
    gpt.decode(torch.tensor([5, 6, 7]), torch.tensor([1]), together, SPAN)
    together.reorder(torch.tensor([2, 0, 2]), 10, 11)
    got = gpt.decode(torch.tensor([1, 2, 3]), torch.tensor([2]), together, SPAN).logits
    for beam, codes in enumerate(([7, 1], [5, 2], [7, 3])):
        alone = gpt.cache(20)
        gpt.prefill(prefix, alone)
        gpt.decode(torch.tensor(codes[:1]), torch.tensor([1]), alone, SPAN)
        want = gpt.decode(torch.tensor(codes[1:]), torch.tensor([2]), alone, SPAN).logits
        assert torch.allclose(got[beam], want[0], atol=1e-5)


def test_the_feed_forwards_gelu_is_the_tanh_one_and_its_weights_lie_input_first():
    mlp = small_gpt().gpt.h[0].mlp
    x = torch.randn(1, 5, 24, generator=torch.Generator().manual_seed(3))
    inner = x @ mlp.c_fc.weight + mlp.c_fc.bias
    inner = 0.5 * inner * (1 + torch.tanh(math.sqrt(2 / math.pi) * (inner + 0.044715 * inner**3)))
    assert mlp.c_fc.weight.shape == (24, 96)
    assert torch.allclose(mlp(x), inner @ mlp.c_proj.weight + mlp.c_proj.bias, atol=1e-5)


def test_other_sizes_and_bfloat16_run_through():
    gpt = small_gpt(model_dim=40, layers=1, heads=5, number_mel_codes=33).bfloat16()
    prefix = small_prefix(gpt).bfloat16()
    assert gpt.cache(3).keys.dtype == torch.bfloat16
    decoded = _hiddens(gpt, prefix, CODES, Sampling(max_codes=7))
    assert decoded.shape == (1, 7, 40)
    assert torch.isfinite(decoded.float()).all()


def test_a_cache_has_whole_spans_and_counts_on_the_device():
    cache = KeyValueCache(
        layers=2,
        beams=1,
        heads=3,
        capacity=SPAN + 1,
        size=4,
        device=torch.device("cpu"),
        dtype=torch.float32,
    )
    assert cache.capacity == 2 * SPAN
    assert [cache.span(length) for length in (1, SPAN, SPAN + 1)] == [SPAN, SPAN, 2 * SPAN]
    cache.position.fill_(2)
    assert cache.mask(5).tolist() == [[True, True, True, False, False]]
