"""One text segment as it comes: codes until a portion is full, its mel, its sound, and on. Blocking.

Between two yields lies one step of the GPT or of the flow, or one call of the vocoder; closing the generator
there is the cancel, and lets go of everything. On a GPU a portion becomes sound while the next one's codes
are decoded (`tts.indextts2.rendering`). Codes are those of the segment spoken as a whole, and so is the
noise: it belongs to the frame, not to the portion.

    n  codes so far     F  frames so far     R  mel frames of the reference     C  channels of the condition
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tts.indextts2.config import FEATURE_SIZE, HOP_SAMPLES, MEL_BANDS
from tts.indextts2.flow import drawn_noise
from tts.indextts2.length_regulator import Moments, fixed_source
from tts.indextts2.networks import Networks
from tts.indextts2.reading import Reading
from tts.indextts2.rendering import Rendering
from tts.indextts2.sampler import Decoded
from tts.indextts2.sampling import Sampling, seeded
from tts.indextts2.segment import Sound, features, gathered, mel, samples_of, sound, walked
from tts.indextts2.speaker import Speaker
from tts.indextts2.stream_join import Seam
from tts.indextts2.stream_plan import Plan, Portion


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a segment is streamed."""

    plan: Plan
    moments: Moments
    """What the length regulator starts from; see `LengthRegulator.so_far`."""
    steps: int
    """Of the flow."""
    first_steps: int
    """Of the flow in the first portion."""
    guidance: float
    seed: int
    """Of codes and noise."""


def streamed(
    networks: Networks, speaker: Speaker, prefix: Tensor, sampling: Sampling, manner: Manner
) -> Generator[Sound | None, None, int]:
    """A segment's sound as soon as there is some; returns the number of its codes.

    Args:
        prefix: (1, P, D), of `Networks.prefix`.
        sampling: of one beam whose states are the latents.
    """
    decoding = walked(networks, prefix, sampling, seeded(manner.seed, networks.device))
    codes: list[Decoded] = []
    growing = _Growing(networks, speaker, manner)
    portion: Portion | None = None
    try:
        while portion is None or not portion.last:
            goal = manner.plan.goal(portion)
            # one code more than the portion holds, to know whether it is the last
            ended = yield from _decoded(networks, decoding, codes, goal + 1, growing)
            yield from growing.rest()
            if not codes:
                break
            portion = manner.plan.portion(portion, min(goal, len(codes)), last=ended and len(codes) <= goal)
            growing.begin(codes, portion)
            if not networks.beside.apart:
                yield from growing.rest()
        yield from growing.rest()
    finally:
        decoding.close()
        growing.close()
    return len(codes)


def _decoded(
    networks: Networks,
    decoding: Generator[Decoded, None, None],
    codes: list[Decoded],
    count: int,
    growing: _Growing,
) -> Generator[Sound | None, None, bool]:
    """Decode until there are so many codes, while the portion before them is made; True if they ended before.

    The codes of the first portion go before other work on the GPU.
    """
    first = not codes
    while len(codes) < count:
        with networks.urgent(first):
            code = next(decoding, None)
        if code is None:
            return True
        codes.append(code)
        yield growing.go_on()
    return False


class _Growing:
    """What is known of a segment, and the portion of it that is under way to sound, if one is."""

    def __init__(self, networks: Networks, speaker: Speaker, manner: Manner) -> None:
        device = networks.device
        self._networks, self._speaker, self._manner = networks, speaker, manner
        with networks.beside(urgent=True):  # memory belongs to the stream that asked for it
            self._features = torch.zeros(1, 0, FEATURE_SIZE, device=device, dtype=networks.precisions.flow)
            self._noise = _Noise(speaker.ref_mel.shape[2], seeded(manner.seed, "cpu"), device)
            self._mel = torch.zeros(1, MEL_BANDS, 0, device=device)
        self._seam = Seam()
        self._under_way: tuple[Portion, Rendering] | None = None

    def begin(self, codes: list[Decoded], portion: Portion) -> None:
        """Set out with the next portion, when there is none under way.

        Args:
            codes: all so far; they must stay until `close`.
        """
        steps = self._rendered(tuple(codes), portion)
        beside = self._networks.beside
        self._under_way = portion, Rendering(steps, beside, urgent=not portion.index)

    def go_on(self) -> Sound | None:
        """Launch what may be launched, without waiting; the portion's sound once it is there."""
        if self._under_way is None:
            return None
        portion, rendering = self._under_way
        rendering.go_on()
        return self._sound(portion, rendering)

    def rest(self) -> Generator[Sound | None, None, None]:
        """Wait for the portion under way, step by step; its sound is the last that comes."""
        while self._under_way is not None:
            portion, rendering = self._under_way
            rendering.wait()
            yield self._sound(portion, rendering)

    def close(self) -> None:
        """Let go of what is under way."""
        if self._under_way is not None:
            self._under_way[1].close()
            self._under_way = None
        self._networks.beside.join()

    def _sound(self, portion: Portion, rendering: Rendering) -> Sound | None:
        if not rendering.done:
            return None
        self._under_way = None
        wave = samples_of(rendering.sound())
        start, until = (HOP_SAMPLES * frame for frame in (portion.window, portion.sounds))
        return Sound(self._seam.joined(wave, start, until), last=portion.last)

    def _rendered(self, codes: Sequence[Decoded], portion: Portion) -> Generator[None, None, Reading]:
        """From codes to sound: that of the portion's window."""
        self.hear(codes)
        yield
        if portion.end > portion.kept:  # else what came is shorter than a frame
            yield from self._spectrum(portion)
        with torch.inference_mode():
            seen = self._mel[:, :, portion.window : portion.end]
            empty = seen.new_zeros(0)
            return Reading(sound(self._networks, seen, after=portion.after) if seen.shape[2] else empty)

    @torch.inference_mode()
    def hear(self, codes: Sequence[Decoded]) -> None:
        """Take in codes; what those taken in before gave is kept where the new ones do not change it."""
        codec = self._networks.codec
        known = self._features.shape[1] // codec.features_per_code
        if len(codes) == known:
            return
        settled = max(0, known - codec.reach)  # codes whose features no later code changes
        seen = max(0, settled - codec.reach)
        heard = features(self._networks, gathered(codes[seen:], self._networks.device))
        kept = self._features[:, : settled * codec.features_per_code]
        self._features = torch.cat((kept, heard[:, (settled - seen) * codec.features_per_code :]), dim=1)

    def _spectrum(self, portion: Portion) -> Generator[None, None, None]:
        """Make the portion's frames, and make those of its overlap anew."""
        manner, known = self._manner, self._mel[:, :, portion.tail : portion.kept]
        made = yield from mel(
            self._networks,
            self._speaker,
            self._condition(portion),
            self._noise.between(portion.kept, portion.end, beside=known.shape[2]),
            steps=manner.steps if portion.index else manner.first_steps,
            guidance=manner.guidance,
            known=known,
        )
        with torch.inference_mode():
            self._mel = torch.cat((self._mel[:, :, : portion.kept], made), dim=2)

    @torch.inference_mode()
    def _condition(self, portion: Portion) -> Tensor:
        """(1, frames from the tail to the end, C)."""
        per_code = self._networks.codec.features_per_code
        source = fixed_source(portion.end, self._manner.plan.ratio / per_code, self._networks.device)
        told = self._features[:, : portion.codes * per_code]
        return self._networks.regulator.so_far(told, source, self._manner.moments)[:, portion.tail :]


class _Noise:
    """One vector for every frame, the reference's first, in their order: those of the segment as a whole."""

    def __init__(self, reference: int, generator: torch.Generator, device: torch.device) -> None:
        self._reference = reference
        self._generator = generator
        self._drawn = drawn_noise(reference, generator, device)

    def between(self, first: int, end: int, *, beside: int) -> Tensor:
        """(1, 80, R + beside + end - first) float32: that of frames `first` to `end`, after zeros."""
        lacking = self._reference + end - self._drawn.shape[2]
        if lacking > 0:
            more = drawn_noise(lacking, self._generator, self._drawn.device)
            self._drawn = torch.cat((self._drawn, more), dim=2)
        own = self._drawn[:, :, self._reference + first : self._reference + end]
        return functional.pad(own, (self._reference + beside, 0))
