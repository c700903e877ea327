"""The section `gpt`: conditioning, prefix, and decoding in the ways that were recorded."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from tts.indextts2.beams import Hypothesis, searched
from tts.indextts2.conditioning import Conditioning
from tts.indextts2.emotion import merged
from tts.indextts2.gpt import Gpt
from tts.indextts2.parity.compared import Computed
from tts.indextts2.parity.golden import Golden
from tts.indextts2.prefix import LatentPrefix
from tts.indextts2.sampler import states
from tts.indextts2.sampling import Sampling, mel_positions, upstream
from tts.indextts2.scores import scored, used_at_start, warped

_OUT = "gpt/out/"
_ALPHA = re.compile(_OUT + r"emo/merged_alpha_(.+)")
_GREEDY = re.compile(_OUT + r"(greedy(_stop)?(?:_rp([\d.]+))?)/codes")
_BEAMS = re.compile(_OUT + r"beam(\d+)(?:_rp([\d.]+))?/codes")
_FEWER = 7
"""Frames that `spk_other_parity` leaves out."""
_BEAM_CODES = 12
"""Most codes of the recorded beam search."""
_REMOVED = -1e30
"""Recorded in place of -inf."""

Prompt = Callable[[str], Tensor]
"""The prefix (1, P, D) of an input text, by its name."""


def computed(golden: Golden) -> Iterator[Computed]:
    """All of the section: conditioning, and what the prefix made of it leads to."""
    conditioning = golden.network(lambda: Conditioning(golden.config.gpt), "gpt")
    prefix = golden.network(lambda: LatentPrefix(golden.config.gpt), "gpt")
    speaker, emotion = golden.get("gpt/in/spk_feat"), golden.get("gpt/in/emo_feat")
    latents = conditioning.speaker_latents(speaker)
    yield from _speaker(conditioning, speaker, latents)
    yield from _emotion(conditioning, emotion)
    base, other = conditioning.emotion_vector(speaker), conditioning.emotion_vector(emotion)
    alphas = {found[0]: float(found[1]) for found in _found(golden, _ALPHA)}
    for name, alpha in alphas.items():
        yield Computed(name, merged(base, other, alpha))
    vector = merged(base, other, _inner(alphas.values()))
    yield Computed(_OUT + "prefix/conds", prefix.conditions(latents, vector))
    yield from _decoding(golden, lambda text: prefix(latents, vector, golden.get(f"gpt/in/{text}")))


def _found(golden: Golden, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    return filter(None, map(pattern.fullmatch, golden.names("gpt")))


def _inner(alphas: Iterable[float]) -> float:
    """The alpha that all later tensors use: the one that is neither end."""
    return next((alpha for alpha in alphas if 0 < alpha < 1), 1.0)


def _speaker(conditioning: Conditioning, features: Tensor, latents: Tensor) -> Iterator[Computed]:
    encoded = conditioning.conditioning_encoder(features)
    yield Computed(_OUT + "spk/encoder", encoded)
    yield Computed(_OUT + "spk/encoder_mask", torch.ones(1, 1, encoded.shape[1], dtype=torch.uint8))
    yield Computed(_OUT + "spk/latents", latents)
    fewer = conditioning.speaker_latents(features[:, :-_FEWER])
    yield Computed(_OUT + "spk_other_parity/latents", fewer)


def _emotion(conditioning: Conditioning, features: Tensor) -> Iterator[Computed]:
    yield Computed(_OUT + "emo/encoder", conditioning.emo_conditioning_encoder(features))
    latent = conditioning.emotion_latent(features)
    yield Computed(_OUT + "emo/perceiver", latent)
    yield Computed(_OUT + "emo/emovec_layer", conditioning.emovec_layer(latent))
    yield Computed(_OUT + "emo/emovec", conditioning.emotion_vector(features))


def _decoding(golden: Golden, prompt: Prompt) -> Iterator[Computed]:
    gpt = golden.network(lambda: Gpt(golden.config.gpt), "gpt")
    prefix = prompt("text_long")
    yield Computed(_OUT + "prefix/embeds", prefix)
    first = gpt.state(gpt.prefill(prefix, gpt.cache(prefix.shape[1] + 1)))
    yield Computed(_OUT + "prefill/backbone_last", first.backbone)
    yield Computed(_OUT + "prefill/logits", first.logits)
    for found in _found(golden, _GREEDY):
        name, stops, penalty = found.groups()
        settings = upstream(beams=1, repetition_penalty=float(penalty or 1), greedy=True)
        codes = golden.get(found[0])
        text = prompt("text_stop") if stops else prefix
        yield from _greedy(gpt, text, codes, replace(settings, max_codes=codes.shape[1]), _OUT + name)
    yield from _searches(golden, gpt, prefix)
    yield from _sampling(golden, gpt, prefix)


def _greedy(gpt: Gpt, prefix: Tensor, recorded: Tensor, settings: Sampling, name: str) -> Iterator[Computed]:
    """Argmax decoding along the recorded codes; these keep the stop code, the latents leave it out.

    If the best code after every recorded history is the recorded one, free decoding is the same; and where a
    coarser dtype once chooses otherwise, the steps behind it can still be compared.
    """
    logits, scores = _walked(gpt, prefix, settings, recorded)
    yield Computed(f"{name}/codes", scores.argmax(-1))
    yield Computed(f"{name}/logits", logits)
    yield Computed(f"{name}/scores", scores)
    yield Computed(f"{name}/mel_positions", mel_positions(settings))
    spoken = recorded[:, recorded[0] != gpt.config.stop_mel_token]
    yield Computed(f"{name}/latent", gpt.latents(prefix, spoken))


def _sampling(golden: Golden, gpt: Gpt, prefix: Tensor) -> Iterator[Computed]:
    """A sampled walk again: its codes are given, logits and processed scores are computed."""
    name = _OUT + "sampling/forced_codes"
    if not golden.has(name):
        return
    forced = golden.get(name)
    settings = replace(upstream(beams=1), max_codes=forced.shape[1])
    logits, scores = _walked(gpt, prefix, settings, forced)
    processed = warped(scores[0], settings)[None]
    yield Computed(name, forced)
    yield Computed(_OUT + "sampling/logits", logits)
    yield Computed(_OUT + "sampling/scores", processed.masked_fill(processed == -math.inf, _REMOVED))


def _searches(golden: Golden, gpt: Gpt, prefix: Tensor) -> Iterator[Computed]:
    for found in _found(golden, _BEAMS):
        most = max(_BEAM_CODES, golden.recorded(found[0]).shape[1])
        settings = upstream(beams=int(found[1]), repetition_penalty=float(found[2] or 1), greedy=True)
        best = _result(gpt, prefix, replace(settings, max_codes=most))
        codes = [*best.codes, *([gpt.config.stop_mel_token] if best.stopped else [])]
        yield Computed(found[0], torch.tensor([codes]))


def _result(gpt: Gpt, prefix: Tensor, settings: Sampling) -> Hypothesis:
    search = searched(gpt, prefix, settings)
    while True:
        try:
            next(search)
        except StopIteration as end:
            return end.value


def _walked(gpt: Gpt, prefix: Tensor, settings: Sampling, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Logits and penalised scores, each (1, n, V), before each of the codes (1, n)."""
    used = used_at_start(gpt.config, 1, prefix.device)
    walk = states(gpt, prefix, settings)
    logits = [next(walk).logits]
    scores = [scored(logits[0], used, settings)]
    for code in torch.split(codes[0, :-1], 1):
        used = used.scatter(1, code[:, None], value=True)
        logits.append(walk.send(code).logits)
        scores.append(scored(logits[-1], used, settings))
    return torch.stack(logits, dim=1), torch.stack(scores, dim=1)
