"""One beam: codes one by one, each with its state, as they are chosen. Closing the iterator is the cancel.

Runs on the thread that asks for the next code; between two codes lies one step of the transformer.

    P  prefix vectors     D  model_dim     V  codes with start and stop
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import NamedTuple

import torch
from torch import Tensor

from core.errors import TtsError
from tts.indextts2.decoder import Chosen, Decoders
from tts.indextts2.gpt import Gpt, State
from tts.indextts2.sampling import Sampling, mel_positions
from tts.indextts2.scores import chosen


class Decoded(NamedTuple):
    """One code of the utterance, 20 ms of sound."""

    code: int
    hidden: Tensor
    """(1, D): the state that predicted it, which is its latent at trained positions."""


def sampled(
    gpt: Gpt,
    prefix: Tensor,
    settings: Sampling,
    generator: torch.Generator | None = None,
    decoders: Decoders | None = None,
) -> Generator[Decoded, None, None]:
    """Codes until the stop code, which is not among them, or until `settings.max_codes`.

    Args:
        prefix: (1, P, D).
        generator: on the prefix's device; without it the draw does not repeat. Greedy choice needs none. On a
            GPU it may be drawn from once more than there are codes.
        decoders: of the same network, to go on with an earlier utterance's memory; without them it is new.

    Raises:
        TtsError: the settings ask for beams, or for more codes than the model has positions.
    """
    if settings.beams != 1:
        raise TtsError(f"one beam is sampled here, not {settings.beams}", code="beams")
    positions_of(gpt, settings, prefix.device)
    with (decoders or Decoders(gpt)).one() as decoder:
        launched: deque[Chosen] = deque()
        begun = 0
        while launched or begun < settings.max_codes:
            while begun < settings.max_codes and len(launched) <= decoder.ahead:
                launched.append(decoder.step() if begun else decoder.begin(prefix, settings, generator))
                begun += 1
            first = launched.popleft()
            code = int(first.code)
            if code == gpt.config.stop_mel_token:
                return
            yield Decoded(code, first.hidden)


@torch.inference_mode()
def states(gpt: Gpt, prefix: Tensor, settings: Sampling) -> Generator[State, Tensor, None]:
    """Walk along whatever codes are sent, int64 (1,) each; yields the state before each, `max_codes` in all.

    Nothing is kept for the next utterance, and nothing is chosen: `sampled` does both.

    Raises:
        TtsError: `max_codes` is more than the model has positions.
    """
    places = positions_of(gpt, settings, prefix.device)
    length = prefix.shape[1] + 1
    cache = gpt.cache(length + settings.max_codes - 1)
    code = yield gpt.state(gpt.prefill(prefix, cache))
    for step in range(1, settings.max_codes):
        length += 1
        code = yield gpt.decode(code, places[step : step + 1], cache, cache.span(length))


@torch.inference_mode()
def choose(
    logits: Tensor, used: Tensor, settings: Sampling, generator: torch.Generator | None = None
) -> Tensor:
    """The next code, int64 (1,), from logits (1, V) and the codes that were used, bool (1, V)."""
    chance = torch.empty(logits.shape, device=logits.device)
    if not settings.greedy:
        chance.exponential_(generator=generator)
    return chosen(logits, used, settings, chance)


def positions_of(gpt: Gpt, settings: Sampling, device: torch.device) -> Tensor:
    """`mel_positions`, if the model has them all.

    Raises:
        TtsError: it has not.
    """
    places = mel_positions(settings, device)
    rows = gpt.mel_pos_embedding.rows
    if settings.max_codes + (settings.positions == "upstream") > rows:
        raise TtsError(
            f"{settings.max_codes} codes were asked for, and the model has {rows} positions",
            code="too-many-codes",
            hint="Lower max_codes.",
        )
    return places
