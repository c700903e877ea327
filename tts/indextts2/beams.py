"""Several beams: upstream's search, as beam search or beam sampling. Codes are known only at its end.

Every step scores all codes of all beams (log-softmax, penalty, and for sampling temperature, top-k and
top-p), adds what each beam has, and takes twice as many candidates as there are beams: the best, or drawn.
A stop code counts only among the first `beams` of them. The score of a hypothesis is its plain sum: length
does not matter.

    B  beams     P  prefix vectors     D  model_dim     V  codes with start and stop
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from tts.indextts2.gpt import Gpt
from tts.indextts2.sampler import positions_of
from tts.indextts2.sampling import Sampling
from tts.indextts2.scores import scored, used_at_start, warped

_LATE = -1e9
"""Score of all beams but the first before the first step, so that they do not all say the same (upstream)."""
_CANDIDATES = 2
"""Per beam: even if every beam stops, as many go on."""


class Hypothesis(NamedTuple):
    """One whole utterance."""

    codes: tuple[int, ...]
    """Without the stop code."""
    score: float
    """Sum of its processed scores; 0 is best."""
    stopped: bool
    """Whether the model stopped it; else `max_codes` did."""


class _Candidate(NamedTuple):
    parent: int
    code: int
    score: float


def searched(
    gpt: Gpt, prefix: Tensor, settings: Sampling, generator: torch.Generator | None = None
) -> Generator[int, None, Hypothesis]:
    """Search; yields the number of codes looked at after each, and returns the best hypothesis.

    Closing it between two steps is the cancel. `settings.greedy` chooses beam search, else beams are sampled.

    Args:
        prefix: (1, P, D).
        generator: on the prefix's device, for sampling; without it the draw does not repeat.

    Raises:
        TtsError: `max_codes` is more than the model has positions.
    """
    walk = _Walk(gpt, prefix, settings)
    hypotheses = _Hypotheses(beams=settings.beams)
    for step in range(settings.max_codes):
        drawn = _candidates(walk.scores(hypotheses.scores), settings, generator)
        kept = hypotheses.take(drawn, gpt.config.stop_mel_token)
        yield step + 1
        if hypotheses.decided or step + 1 == settings.max_codes:
            break
        walk.go_on(kept)
    return hypotheses.best()


@dataclass(slots=True)
class _Hypotheses:
    """Open and finished hypotheses. Host side; no tensors."""

    beams: int
    open: list[Hypothesis] = field(default_factory=list[Hypothesis])
    finished: list[Hypothesis] = field(default_factory=list[Hypothesis])

    def __post_init__(self) -> None:
        late = [_LATE] * (self.beams - 1)
        self.open = [Hypothesis((), score, stopped=False) for score in (0.0, *late)]

    @property
    def scores(self) -> list[float]:
        return [hypothesis.score for hypothesis in self.open]

    @property
    def decided(self) -> bool:
        """All beams have finished once, and no open one can beat the worst of that: scores only fall."""
        return len(self.finished) == self.beams and self.finished[-1].score >= max(self.scores)

    def take(self, candidates: list[_Candidate], stop: int) -> list[_Candidate]:
        """Finish and extend, best candidates first; what is extended comes back."""
        for candidate in candidates[: self.beams]:
            if candidate.code == stop:
                codes = self.open[candidate.parent].codes
                self.finished.append(Hypothesis(codes, candidate.score, stopped=True))
        self.finished.sort(key=lambda hypothesis: -hypothesis.score)
        del self.finished[self.beams :]
        kept = [candidate for candidate in candidates if candidate.code != stop][: self.beams]
        self.open = [
            Hypothesis((*self.open[parent].codes, code), score, stopped=False) for parent, code, score in kept
        ]
        return kept

    def best(self) -> Hypothesis:
        """Of all, open ones included: they were cut off, unless they could not win any more."""
        return max((*self.finished, *self.open), key=lambda hypothesis: hypothesis.score)


class _Walk:
    """The transformer's side of a search: the cache, what each beam used, and the next scores."""

    @torch.inference_mode()
    def __init__(self, gpt: Gpt, prefix: Tensor, settings: Sampling) -> None:
        self._gpt, self._settings = gpt, settings
        self._places = positions_of(gpt, settings, prefix.device)
        self._prompt = self._length = prefix.shape[1] + 1
        self._cache = gpt.cache(self._prompt + settings.max_codes - 1, settings.beams)
        self._used = used_at_start(gpt.config, settings.beams, prefix.device)
        first = gpt.state(gpt.prefill(prefix, self._cache)).logits
        self._logits = first.expand(settings.beams, -1)

    @torch.inference_mode()
    def scores(self, so_far: list[float]) -> Tensor:
        """Of every code after every beam, float32 (B, V), the beam's own score added; -inf where cut."""
        scores = scored(self._logits, self._used, self._settings)
        if not self._settings.greedy:
            scores = warped(scores, self._settings)
        return scores + torch.tensor(so_far, device=scores.device)[:, None]

    @torch.inference_mode()
    def go_on(self, kept: list[_Candidate]) -> None:
        """Feed the chosen codes, every beam after its parent."""
        device = self._used.device
        parents = torch.tensor([candidate.parent for candidate in kept], device=device)
        codes = torch.tensor([candidate.code for candidate in kept], device=device)
        self._cache.reorder(parents, self._prompt, self._length)
        self._used = self._used[parents].scatter(1, codes[:, None], value=True)
        step = self._length - self._prompt + 1
        self._length += 1
        span = self._cache.span(self._length)
        self._logits = self._gpt.decode(codes, self._places[step : step + 1], self._cache, span).logits


@torch.inference_mode()
def _candidates(scores: Tensor, settings: Sampling, generator: torch.Generator | None) -> list[_Candidate]:
    """Twice as many as beams, best first; drawn without replacement from all beams' codes."""
    width = scores.shape[-1]
    flat = scores.flatten()
    count = min(_CANDIDATES * settings.beams, flat.shape[0])
    if settings.greedy:
        values, places = flat.topk(count)
    else:
        drawn = torch.multinomial(flat.softmax(-1), count, generator=generator)
        values, order = flat[drawn].sort(descending=True)
        places = drawn[order]
    rows = torch.stack((places.double(), values.double()), dim=1)  # one copy to the host
    pairs: list[list[float]] = rows.tolist()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return [_Candidate(int(place) // width, int(place) % width, max(score, _LATE)) for place, score in pairs]
