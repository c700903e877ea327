"""The decoder: recorded or not, ahead or not, first or hundredth utterance, it says the same codes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.unit.tts.indextts2.small_gpt import small_gpt, small_prefix
from tests.unit.tts.indextts2.tape import Tape
from tts.indextts2.cache import SPAN
from tts.indextts2.decoder import Decoders
from tts.indextts2.gpt import Gpt
from tts.indextts2.sampler import Decoded, choose, sampled, states
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.scores import drawn, used_at_start

pytestmark = pytest.mark.unit

OPEN = Sampling(max_codes=20, top_p=0.95, repetition_penalty=1.5, temperature=1.5)


@pytest.fixture(scope="module")
def endless() -> Gpt:
    return small_gpt(stop=-40.0, max_mel_tokens=300)


def plainly(gpt: Gpt, prefix: Tensor, sampling: Sampling, seed: int) -> list[tuple[int, Tensor]]:
    """Code after code with nothing kept, recorded or launched ahead."""
    used = used_at_start(gpt.config, 1, prefix.device)
    walk, chance = states(gpt, prefix, sampling), seeded(seed, "cpu")
    said: list[tuple[int, Tensor]] = []
    state = next(walk)
    while True:
        code = choose(state.logits, used, sampling, chance)
        if int(code) == gpt.config.stop_mel_token:
            return said
        said.append((int(code), state.hidden))
        used = used.scatter(1, code[:, None], value=True)
        try:
            state = walk.send(code)
        except StopIteration:
            return said


def codes(
    gpt: Gpt, sampling: Sampling, seed: int, decoders: Decoders | None = None, prefix: Tensor | None = None
) -> list[int]:
    prefix = small_prefix(gpt) if prefix is None else prefix
    return [one.code for one in sampled(gpt, prefix, sampling, seeded(seed, "cpu"), decoders)]


def same(got: list[Decoded], wanted: list[tuple[int, Tensor]]) -> bool:
    return [one.code for one in got] == [code for code, _ in wanted] and all(
        torch.equal(one.hidden, hidden) for one, (_, hidden) in zip(got, wanted, strict=True)
    )


@pytest.mark.parametrize("tape", [None, Tape()])
@pytest.mark.parametrize(
    "changes", [{}, {"greedy": True}, {"positions": "upstream"}, {"penalty_on": "logits"}]
)
def test_codes_and_states_are_those_of_a_plain_walk(
    endless: Gpt, tape: Tape | None, changes: dict[str, object]
):
    sampling = replace(OPEN, **changes)
    decoders = Decoders(endless, tape)
    for seed in range(3):
        prefix = small_prefix(endless, length=5 + 3 * seed, seed=seed)
        got = list(sampled(endless, prefix, sampling, seeded(seed, "cpu"), decoders))
        assert len(got) == 20
        assert same(got, plainly(endless, prefix, sampling, seed))


def test_a_recorded_utterance_over_several_spans_says_the_same(endless: Gpt):
    tape = Tape()
    long = replace(OPEN, max_codes=2 * SPAN + 9)
    prefix = small_prefix(endless, length=SPAN - 20)
    decoders = Decoders(endless, tape)
    wanted = plainly(endless, prefix, long, 4)
    for _ in range(2):
        got = list(sampled(endless, prefix, long, seeded(4, "cpu"), decoders))
        assert same(got, wanted)
    assert tape.recorded == 3  # a graph for each span, kept for the second utterance
    assert tape.replayed > 2 * 2 * SPAN - 5


def test_a_recorded_decoder_runs_one_step_ahead_of_the_reader(endless: Gpt, monkeypatch: pytest.MonkeyPatch):
    fed = list[int]()
    real = endless.decode

    def counted(*args: object) -> object:
        fed.append(0)
        return real(*args)

    monkeypatch.setattr(endless, "decode", counted)
    walk = sampled(
        endless, small_prefix(endless), OPEN, seeded(0, "cpu"), Decoders(endless, lambda work: work)
    )
    for index in range(4):
        next(walk)
        assert len(fed) == index + 1
    walk.close()
    assert len(fed) == 4


def test_a_stop_code_that_comes_while_running_ahead_ends_at_the_same_code():
    gpt = small_gpt(stop=3.0)
    sampling = replace(OPEN, max_codes=40)
    decoders = Decoders(gpt, Tape())
    lengths = set[int]()
    for seed in range(12):
        wanted = [code for code, _ in plainly(gpt, small_prefix(gpt), sampling, seed)]
        assert codes(gpt, sampling, seed, decoders) == wanted
        lengths.add(len(wanted))
    assert len(lengths) > 3


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 60), st.booleans(), st.integers(0, 9)), max_size=6)
)
def test_no_utterance_hears_of_the_one_before(told: list[tuple[int, int, bool, int]]):
    gpt = small_gpt(stop=0.0, max_mel_tokens=80)
    kept = Decoders(gpt)
    for length, most, greedy, seed in told:
        sampling = replace(OPEN, max_codes=most, greedy=greedy)
        prefix = small_prefix(gpt, length=length, seed=seed)
        assert codes(gpt, sampling, seed, kept, prefix) == codes(gpt, sampling, seed, prefix=prefix)


def test_a_broken_utterance_does_not_spoil_the_next(endless: Gpt):
    decoders = Decoders(endless)
    broken = torch.full_like(small_prefix(endless, length=30), float("nan"))
    greedy = replace(OPEN, greedy=True)
    list(sampled(endless, broken, greedy, None, decoders))
    assert codes(endless, OPEN, 1, decoders) == codes(endless, OPEN, 1)


def test_two_utterances_at_once_do_not_share_a_memory(endless: Gpt):
    decoders = Decoders(endless, Tape())
    seeds = (1, 2, 3)
    walks = [sampled(endless, small_prefix(endless), OPEN, seeded(seed, "cpu"), decoders) for seed in seeds]
    said = list(zip(*([one.code for one in step] for step in zip(*walks, strict=True)), strict=True))
    for seed, got in zip(seeds, said, strict=True):
        assert list(got) == codes(endless, OPEN, seed)


def test_the_memory_is_kept_and_grows_only_when_it_must(endless: Gpt, monkeypatch: pytest.MonkeyPatch):
    asked = list[int]()
    real = endless.cache

    def counted(capacity: int) -> object:
        asked.append(capacity)
        return real(capacity)

    monkeypatch.setattr(endless, "cache", counted)
    decoders = Decoders(endless)
    for most in (20, 100, 20, 110, 150, 200, 20):
        codes(endless, replace(OPEN, max_codes=most), 0, decoders)
    assert len(asked) == 2
    for _ in range(3):
        next(sampled(endless, small_prefix(endless), OPEN, None, decoders))
    assert len(asked) == 2  # closed walks give their decoder back


def test_a_draw_is_what_torchs_own_would_be():
    logits = torch.randn(64, 200, generator=seeded(1, "cpu"))
    for row in logits.split(1):
        wanted = torch.multinomial(row.softmax(-1), 1, generator=seeded(5, "cpu"))[:, 0]
        chance = torch.empty_like(row).exponential_(generator=seeded(5, "cpu"))
        assert torch.equal(drawn(row, chance), wanted)
