"""Decoding one beam without asking the host: cache, buffers and steps, kept from one utterance to the next.

A step feeds the code that was chosen last, and chooses the next one on the device. Everything it reads and
writes stays in place, so that on a GPU a step is one replay (`tts.indextts2.replay`), for each attended span
its own. The host follows by reading codes, and may read them late.

    P  prefix vectors     D  model_dim     V  codes with start and stop
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from tts.indextts2.cache import KeyValueCache
from tts.indextts2.gpt import Gpt, State
from tts.indextts2.reading import Reading
from tts.indextts2.replay import Record, Replay
from tts.indextts2.sampling import Sampling
from tts.indextts2.scores import chosen, used_at_start

USUAL_TOKENS = 1664
"""What a cache on a GPU begins with: 34 conditions, 120 text tokens between two marks, start, 1500 codes."""


class Chosen(NamedTuple):
    """One step's outcome."""

    code: Reading
    hidden: Tensor
    """(1, D): the state that it was chosen in."""


class Decoder:
    """One utterance at a time."""

    @torch.inference_mode(mode=False)
    def __init__(self, gpt: Gpt, record: Record | None = None) -> None:
        """Allocate all but the cache.

        Args:
            record: of `replay.recorder`; None runs every step as it is.
        """
        self._gpt, self._record = gpt, record
        weight, config = gpt.mel_head.weight, gpt.config
        device = weight.device
        self._code = torch.zeros(1, dtype=torch.int64, device=device)
        self._place = torch.zeros(1, dtype=torch.int64, device=device)
        self._used = torch.zeros(1, config.number_mel_codes, dtype=torch.bool, device=device)
        self._chance = torch.ones(1, config.number_mel_codes, device=device)
        self._hidden = torch.zeros(1, config.model_dim, dtype=weight.dtype, device=device)
        self._settings = Sampling()
        self._generator: torch.Generator | None = None
        self._cache: KeyValueCache | None = None
        self._filled = 0  # slots of the cache that hold tokens
        self._steps: dict[int, Replay] = {}
        self.ahead = int(record is not None)
        """Steps worth launching before a code is read, so that the device need not wait for the host."""

    @torch.inference_mode()
    def begin(self, prefix: Tensor, settings: Sampling, generator: torch.Generator | None) -> Chosen:
        """Start an utterance and choose its first code; at most `settings.max_codes - 1` steps may follow.

        Args:
            prefix: (1, P, D).
            generator: on the prefix's device; drawn from once for every code, greedy choice apart.
        """
        tokens = prefix.shape[1] + 1
        cache = self._room(tokens + settings.max_codes - 1)
        cache.clear(tokens, self._filled)
        self._filled = tokens
        self._agree(settings)
        self._generator = generator
        self._used.copy_(used_at_start(self._gpt.config, 1, prefix.device))
        self._place.fill_(1 + (settings.positions == "upstream"))
        self._roll()
        self._choose(self._gpt.state(self._gpt.prefill(prefix, cache)))
        return Chosen(Reading(self._code), self._hidden.clone())

    @torch.inference_mode()
    def step(self) -> Chosen:
        """Feed the code that was chosen last, whichever it is, and choose the next."""
        assert self._cache is not None, "it has not begun"
        self._filled += 1
        span = self._cache.span(self._filled)
        if span not in self._steps:
            self._steps[span] = Replay(partial(self._advance, self._cache, span), self._record)
        self._roll()
        self._steps[span]()
        return Chosen(Reading(self._code), self._hidden.clone())

    def _advance(self, cache: KeyValueCache, span: int) -> None:
        """The part of a step that is recorded."""
        state = self._gpt.decode(self._code, self._place, cache, span)
        self._place.add_(1)
        self._choose(state)

    def _choose(self, state: State) -> None:
        self._hidden.copy_(state.hidden)
        self._code.copy_(chosen(state.logits, self._used, self._settings, self._chance))
        self._used.scatter_(1, self._code[:, None], value=True)

    def _roll(self) -> None:
        """Chance for the next choice; not part of what is recorded, since the generator is the caller's."""
        if not self._settings.greedy:
            self._chance.exponential_(generator=self._generator)

    def _agree(self, settings: Sampling) -> None:
        """Steps are recorded with what settings say about choosing; other settings begin anew."""
        choosing = replace(settings, max_codes=1, positions="trained")
        if choosing != self._settings:
            self._steps.clear()
            self._settings = choosing

    @torch.inference_mode(mode=False)
    def _room(self, tokens: int) -> KeyValueCache:
        """The cache, or one at least twice as large if it is too small, so that this seldom happens."""
        if self._cache is None or self._cache.capacity < tokens:
            least = USUAL_TOKENS if self._record is not None else 0
            grown = 0 if self._cache is None else 2 * self._cache.capacity
            self._steps.clear()
            self._cache = None
            self._cache = self._gpt.cache(max(tokens, least, grown))
            self._filled = 0
        return self._cache


class Decoders:
    """Decoders at rest, each with its cache; as many as ever were in use at once."""

    def __init__(self, gpt: Gpt, record: Record | None = None) -> None:
        self.gpt = gpt
        self._record = record
        self._idle: list[Decoder] = []

    @contextmanager
    def one(self) -> Generator[Decoder, None, None]:
        """A decoder that nobody else uses within the block."""
        decoder = self._idle.pop() if self._idle else Decoder(self.gpt, self._record)
        try:
            yield decoder
        finally:
            self._idle.append(decoder)
