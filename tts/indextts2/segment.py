"""One text segment, stage by stage: codes with their latents, then a mel, then sound. Blocking.

Every stage that takes long is a generator that yields nothing but chances: closing it there is the cancel.

    D  model_dim     n  codes     T  mel frames of the segment     R  mel frames of the reference
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from tts.indextts2.beams import searched
from tts.indextts2.length_regulator import nearest_source, target_frames
from tts.indextts2.networks import Networks
from tts.indextts2.sampler import sampled
from tts.indextts2.sampling import Sampling
from tts.indextts2.speaker import Speaker

Result = TypeVar("Result")


class Codes(NamedTuple):
    """What the GPT has to say."""

    codes: Tensor
    """int64 (1, n), without the stop code; n may be 0."""
    latents: Tensor
    """(1, n, D)."""


def decoded(
    networks: Networks, prefix: Tensor, settings: Sampling, generator: torch.Generator | None = None
) -> Generator[None, None, Codes]:
    """Codes of a segment, one step of the GPT between two yields.

    Args:
        prefix: (1, P, D), of `Networks.prefix`.
        generator: see `sampler.sampled`.
    """
    if settings.beams > 1:
        search = searched(networks.gpt, prefix, settings, generator)
        best = yield from _silently(search)
        return _second_pass(networks, prefix, list(best.codes))
    codes: list[int] = []
    states: list[Tensor] = []
    for code, hidden in sampled(networks.gpt, prefix, settings, generator):
        codes.append(code)
        states.append(hidden)
        yield
    if settings.second_pass or not codes:
        return _second_pass(networks, prefix, codes)
    return Codes(torch.tensor([codes], device=prefix.device), torch.stack(states, dim=1))


@torch.inference_mode()
def condition(networks: Networks, spoken: Codes, *, duration: float = 1.0) -> Tensor:
    """The flow's condition of a segment, (1, T, C); T is `target_frames`, so n must be at least 1.

    Args:
        duration: longer than 1 speaks slower.
    """
    count = spoken.codes.shape[1]
    frames = target_frames(count, duration=duration, version=networks.config.version)
    said = networks.codebook.embed(spoken.codes) + networks.projection(
        spoken.latents.to(networks.precisions.flow)
    )
    return networks.regulator(said, nearest_source(count, frames, networks.device))


def mel(
    networks: Networks, speaker: Speaker, target: Tensor, noise: Tensor, *, steps: int, guidance: float
) -> Generator[None, None, Tensor]:
    """The log-mel (1, 80, T) of a condition (1, T, C), one step of the flow between two yields.

    Args:
        noise: (1, 80, R + T) float32.
    """
    solution = noise
    solver = networks.flow.solve(
        noise,
        condition=torch.cat((speaker.prompt_condition, target), dim=1),
        prompt=speaker.ref_mel,
        style=speaker.style,
        steps=steps,
        guidance=guidance,
    )
    while True:
        with torch.inference_mode():  # entered anew, since a generator must not leave it open where it rests
            step = next(solver, None)
        if step is None:
            return solution[:, :, speaker.ref_mel.shape[2] :]
        solution = step
        yield


@torch.inference_mode()
def sound(networks: Networks, spectrum: Tensor) -> Tensor:
    """Sound of a log-mel (1, 80, T): float32 (256 T,) in [-1, 1], at 22,050 Hz."""
    return networks.vocoder(spectrum.to(networks.precisions.vocoder))[0, 0].float()


@torch.inference_mode()
def _second_pass(networks: Networks, prefix: Tensor, codes: list[int]) -> Codes:
    ids = torch.tensor([codes], dtype=torch.int64, device=prefix.device)
    if not codes:
        return Codes(ids, prefix.new_zeros(1, 0, prefix.shape[-1]))
    return Codes(ids, networks.gpt.latents(prefix, ids))


def _silently(search: Generator[int, None, Result]) -> Generator[None, None, Result]:
    try:
        while True:
            try:
                next(search)
            except StopIteration as end:
                return end.value
            yield
    finally:
        search.close()
