"""From logits to what is drawn from: penalty, temperature, top-k, top-p. Pure tensor functions.

B  beams     V  codes with start and stop
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tts.indextts2.config import GptConfig
from tts.indextts2.sampling import Sampling

FIRST_USED = 1
"""What upstream's penalty takes the prefix for; the start code is the other used from the start."""


def used_at_start(config: GptConfig, beams: int, device: torch.device) -> Tensor:
    """Which codes the penalty takes for used before any was chosen: bool (B, V)."""
    used = torch.zeros(beams, config.number_mel_codes, dtype=torch.bool, device=device)
    used[:, [FIRST_USED, config.start_mel_token]] = True
    return used


def penalised(scores: Tensor, used: Tensor, penalty: float) -> Tensor:
    """Used codes lose: positive scores are divided by the penalty, negative ones multiplied. (B, V)."""
    lowered = torch.where(scores > 0, scores / penalty, scores * penalty)
    return torch.where(used, lowered, scores)


def best_k(scores: Tensor, k: int) -> Tensor:
    """The k best stay, and whatever equals the last of them; the rest is -inf. (B, V)."""
    k = min(k, scores.shape[-1])
    return scores.masked_fill(scores < scores.topk(k, dim=-1).values[:, -1:], -math.inf)


def best_p(scores: Tensor, p: float, fewest: int) -> Tensor:
    """The fewest best that hold the share `p` stay, at least `fewest`; the rest is -inf. (B, V)."""
    ordered, order = scores.sort(dim=-1)  # worst first: what lies below 1 - p goes
    gone = ordered.softmax(-1).cumsum(-1) <= 1 - p
    gone[:, -fewest:] = False
    return scores.masked_fill(torch.zeros_like(gone).scatter(1, order, gone), -math.inf)


def scored(logits: Tensor, used: Tensor, settings: Sampling) -> Tensor:
    """Logits (B, V) to penalised scores (B, V) in float32: what greedy choice looks at."""
    scores = logits.float()
    if settings.beams > 1 or settings.penalty_on == "log_probs":
        scores = scores.log_softmax(-1)
    return penalised(scores, used, settings.repetition_penalty)


def warped(scores: Tensor, settings: Sampling) -> Tensor:
    """Penalised scores (B, V) to those that a draw is made from, unnormalised, -inf where cut."""
    scores = best_k(scores / settings.temperature, max(settings.top_k, settings.fewest))
    return best_p(scores, settings.top_p, settings.fewest)


def drawn(scores: Tensor, chance: Tensor) -> Tensor:
    """One code, each as likely as the softmax of its score: int64 (B,). Nothing is asked of the host.

    A race of exponential clocks, whose rates are the probabilities: the first to ring wins. It is what
    `torch.multinomial` does, so that the same generator draws the same.

    Args:
        chance: (B, V) of the exponential distribution; written over.
    """
    return torch.div(scores.softmax(-1), chance, out=chance).argmax(-1)


def chosen(logits: Tensor, used: Tensor, settings: Sampling, chance: Tensor) -> Tensor:
    """The next code, int64 (B,).

    Args:
        used: bool (B, V), the codes that were used.
        chance: as for `drawn`; greedy choice does not look at it.
    """
    scores = scored(logits, used, settings)
    return scores.argmax(-1) if settings.greedy else drawn(warped(scores, settings), chance)
