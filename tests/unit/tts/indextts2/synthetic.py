"""Networks whose true answers are known, so that sound from portions can be held against them.

Code i is the i-th; the condition carries each frame's number and the code that it shows; the flow makes a mel
that is a smooth function of the frame's number; the vocoder plays the mel's first band, blurred over frames.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from tts.indextts2.beside import Beside
from tts.indextts2.config import FEATURE_SIZE, HOP_SAMPLES, MEL_BANDS
from tts.indextts2.flow import drawn_noise
from tts.indextts2.networks import Networks
from tts.indextts2.sampler import Decoded
from tts.indextts2.sampling import seeded
from tts.indextts2.speaker import Speaker
from tts.indextts2.urgent import Urgent

REFERENCE = 7
"""Frames of the reference."""
SEED = 3


def truth(frames: Tensor) -> Tensor:
    """The mel of frames by their numbers, (n,) to (1, 80, n); its first band is within [-0.9, 0.9]."""
    bands = torch.arange(MEL_BANDS)[:, None]
    return (0.9 * torch.sin(0.21 * frames + 0.4 * bands) * torch.cos(0.017 * frames))[None]


@dataclass
class Synthetic:
    """What `stream.streamed` needs, and what was asked of it."""

    context: int = 4
    """Frames that the vocoder hears on either side."""
    unsure: int = 0
    """Frames at the end of what the flow makes that come out wrong."""
    lengths: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Of each solution: frames of the target shown and made together, and steps."""
    open: int = 0
    """Solvers and decoders that were begun and not ended."""
    beside: Beside = field(default_factory=lambda: Beside(torch.device("cpu")))

    @property
    def networks(self) -> Networks:
        codec = SimpleNamespace(
            features_per_code=1,
            reach=0,
            features=lambda ids, latents: ids[..., None].float().expand(-1, -1, FEATURE_SIZE),
        )
        return cast(
            "Networks",
            SimpleNamespace(
                device=torch.device("cpu"),
                precisions=SimpleNamespace(flow=torch.float32, vocoder=torch.float32),
                codec=codec,
                regulator=SimpleNamespace(so_far=self._so_far),
                flow=SimpleNamespace(solve=self._solve),
                vocoder=self.vocoder,
                urgent=Urgent(torch.device("cpu")),
                beside=self.beside,
            ),
        )

    @property
    def speaker(self) -> Speaker:
        nothing = torch.zeros(0)
        return Speaker(
            latents=nothing,
            manner=nothing,
            rows=nothing,
            style=torch.zeros(1, 192),
            prompt_condition=torch.zeros(1, REFERENCE, 2),
            ref_mel=torch.full((1, MEL_BANDS, REFERENCE), 5.0),
        )

    def decoding(self, count: int) -> Generator[Decoded, None, None]:
        """Codes 0, 1, 2, ..."""
        self.open += 1
        try:
            for code in range(count):
                yield Decoded(code, torch.zeros(1, 1))
        finally:
            self.open -= 1

    def vocoder(self, mel: Tensor) -> Tensor:
        """(1, 80, T) to (1, 1, 256 T); silence beyond the ends, as in a convolution."""
        width = 2 * self.context + 1
        blurred = functional.avg_pool1d(mel[:, :1], width, stride=1, padding=self.context)
        return blurred.repeat_interleave(HOP_SAMPLES, dim=2)

    @staticmethod
    def _so_far(told: Tensor, source: Tensor, _: object) -> Tensor:
        assert int(source.max()) < told.shape[1], "a frame shows a code that is not there"
        return torch.stack((torch.arange(len(source)), told[0, source, 0]), dim=1)[None]

    def _solve(
        self,
        noise: Tensor,
        *,
        condition: Tensor,
        prompt: Tensor,
        style: Tensor,
        steps: int,
        guidance: float,
    ) -> Generator[Tensor, None, None]:
        known = prompt.shape[2]
        frames = condition[0, :, 0]
        assert noise.shape == (1, MEL_BANDS, len(frames))
        assert torch.equal(prompt[:, :, :REFERENCE], self.speaker.ref_mel)
        assert torch.allclose(prompt[:, :, REFERENCE:], truth(frames[REFERENCE:known]), atol=1e-6)
        assert torch.equal(noise[:, :, known:], _noise(int(frames[-1]) + 1)[:, :, int(frames[known]) :])
        self.lengths.append((len(frames) - REFERENCE, steps))
        self.open += 1
        try:
            made = truth(frames).clone()
            if self.unsure:
                made[:, :, -self.unsure :] += 0.5
            made[:, :, :known] = 0
            for _ in range(steps):
                yield made
        finally:
            self.open -= 1


def _noise(frames: int) -> Tensor:
    return drawn_noise(REFERENCE + frames, seeded(SEED, "cpu"))[:, :, REFERENCE:]
