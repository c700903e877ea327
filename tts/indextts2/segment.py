"""One text segment, stage by stage: codes with their latents, then a mel, then sound. Blocking.

Every stage that takes long is a generator that yields nothing but chances: closing it there is the cancel.
`whole` is all of them, one after the other; `tts.indextts2.stream` takes them in turns.

    D  model_dim     n  codes     T  mel frames of the segment     R  mel frames of the reference
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from core.audio import Samples
from core.errors import TtsError
from tts.indextts2.beams import searched
from tts.indextts2.flow import drawn_noise
from tts.indextts2.length_regulator import Moments, nearest_source, target_frames
from tts.indextts2.networks import Networks
from tts.indextts2.sampler import Decoded, sampled
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.speaker import Speaker

FAILED = (
    "Try device = cpu, or precision fp32; if it fails again, check the checkpoint: tingshuo models convert."
)
Result = TypeVar("Result")


class Sound(NamedTuple):
    """A piece of a segment's sound; it follows the one before without a gap."""

    samples: Samples
    """At 22,050 Hz, in [-1, 1]."""
    last: bool


class Codes(NamedTuple):
    """What the GPT has to say."""

    codes: Tensor
    """int64 (1, n), without the stop code; n may be 0."""
    latents: Tensor
    """(1, n, D); (1, n, 0) where they had to be computed and the codec takes none."""


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
    walk, codes = walked(networks, prefix, settings, generator), list[Decoded]()
    try:
        for code in walk:
            codes.append(code)
            yield
    finally:
        walk.close()
    if settings.second_pass or not codes:
        return _second_pass(networks, prefix, [code.code for code in codes])
    return gathered(codes, prefix.device)


def walked(
    networks: Networks, prefix: Tensor, settings: Sampling, generator: torch.Generator | None = None
) -> Generator[Decoded, None, None]:
    """Codes of one beam as they are chosen; see `sampler.sampled`."""
    return sampled(networks.gpt, prefix, settings, generator, networks.decoders)


def gathered(codes: Sequence[Decoded], device: torch.device) -> Codes:
    """Codes, at least one, side by side."""
    ids = torch.tensor([[code.code for code in codes]], device=device)
    return Codes(ids, torch.stack([code.hidden for code in codes], dim=1))


def whole(
    networks: Networks,
    speaker: Speaker,
    prefix: Tensor,
    sampling: Sampling,
    *,
    duration: float,
    steps: int,
    guidance: float,
    seed: int,
) -> Generator[Sound | None, None, int]:
    """A segment in one piece, as the original speaks; returns the number of its codes.

    Args:
        prefix: see `decoded`.
        duration: see `condition`.
        steps: of the flow.
        guidance: see `Flow.solve`.
        seed: of codes and noise.
    """
    spoken = yield from decoded(networks, prefix, sampling, seeded(seed, networks.device))
    if spoken.codes.shape[1]:
        target = condition(networks, spoken, duration=duration)
        yield
        frames = speaker.ref_mel.shape[2] + target.shape[1]
        noise = drawn_noise(frames, seeded(seed, "cpu"), networks.device)
        spectrum = yield from mel(networks, speaker, target, noise, steps=steps, guidance=guidance)
        yield Sound(samples_of(sound(networks, spectrum)), last=True)
    return spoken.codes.shape[1]


@torch.inference_mode()
def features(networks: Networks, spoken: Codes) -> Tensor:
    """What the length regulator is told of codes, (1, F, 1024) in the flow's type; n must be at least 1.

    F is n, or in version 2.5 twice that.
    """
    return networks.codec.features(spoken.codes, spoken.latents)


@torch.inference_mode()
def condition(networks: Networks, spoken: Codes, *, duration: float = 1.0) -> Tensor:
    """The flow's condition of a segment, (1, T, C); T is `target_frames`, so n must be at least 1.

    Args:
        duration: longer than 1 speaks slower.
    """
    frames = target_frames(spoken.codes.shape[1], duration=duration, version=networks.config.version)
    told = features(networks, spoken)
    return networks.regulator(told, nearest_source(told.shape[1], frames, networks.device))


@torch.inference_mode()
def moments(networks: Networks, spoken: Codes) -> Moments:
    """What the length regulator normalises a segment by that is there as a whole; n must be at least 1."""
    frames = target_frames(spoken.codes.shape[1], version=networks.config.version)
    told = features(networks, spoken)
    return networks.regulator.moments(told, nearest_source(told.shape[1], frames, networks.device))


def mel(
    networks: Networks,
    speaker: Speaker,
    target: Tensor,
    noise: Tensor,
    *,
    steps: int,
    guidance: float,
    known: Tensor | None = None,
) -> Generator[None, None, Tensor]:
    """The log-mel (1, 80, T) of a condition (1, T, C), one step of the flow between two yields.

    Args:
        noise: (1, 80, R + T) float32.
        known: (1, 80, K), the first K frames, made before; they prompt the flow like the reference, and the
            result is only what follows them, (1, 80, T - K). Their noise does not matter.
    """
    prompt = speaker.ref_mel
    if known is not None:
        prompt = torch.cat((prompt, known.to(prompt.dtype)), dim=2)
    solution = noise
    solver = networks.flow.solve(
        noise,
        condition=torch.cat((speaker.prompt_condition, target), dim=1),
        prompt=prompt,
        style=speaker.style,
        steps=steps,
        guidance=guidance,
    )
    try:
        while True:
            with torch.inference_mode():  # entered anew: a generator must not leave it open where it rests
                step = next(solver, None)
            if step is None:
                return solution[:, :, prompt.shape[2] :]
            solution = step
            yield
    finally:
        solver.close()


@torch.inference_mode()
def sound(networks: Networks, spectrum: Tensor, *, after: int = 0) -> Tensor:
    """Sound of a log-mel (1, 80, T): float32 (256 T,) in [-1, 1], at 22,050 Hz.

    Args:
        after: the last frame is taken to last for so many frames more, which do not sound.
    """
    lasting = functional.pad(spectrum, (0, after), mode="replicate") if after else spectrum
    wave = networks.vocoder(lasting.to(networks.precisions.vocoder))[0, 0].float()
    return wave[: len(wave) // lasting.shape[2] * spectrum.shape[2]]


def samples_of(wave: Tensor) -> Samples:
    """Sound (n,) on the device to samples.

    Raises:
        TtsError: it holds what is no number.
    """
    samples: Samples = wave.cpu().numpy().copy()  # pyright: ignore[reportUnknownMemberType]
    if not np.isfinite(samples).all():
        raise TtsError("the networks gave sound that is no number", code="networks", hint=FAILED)
    return samples


@torch.inference_mode()
def _second_pass(networks: Networks, prefix: Tensor, codes: list[int]) -> Codes:
    ids = torch.tensor([codes], dtype=torch.int64, device=prefix.device)
    if not codes or not networks.codec.takes_latents:
        return Codes(ids, prefix.new_zeros(1, len(codes), 0))
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
