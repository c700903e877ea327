"""Flow matching (Lipman et al. 2023): from noise to a mel, in equal Euler steps along estimated velocities.

Shapes: B sentences of equal length, T mel frames of which the first P are the reference's, C width of the
condition. Guidance (Ho and Salimans 2022) moves away from what the estimator says without text and voice;
both answers come from one batch. The solution is kept in float32, whatever the estimator's dtype.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor
from torch.nn import functional

from tts.indextts2.config import MEL_BANDS
from tts.indextts2.estimator import Estimator, Modulation

STEPS = 25
"""Upstream's."""
GUIDANCE = 0.7
"""Upstream's; 0 is without, at half the work."""


class Flow:
    """The solver, and the tables that depend on the number of steps alone."""

    def __init__(self, estimator: Estimator) -> None:
        self.estimator = estimator
        self._modulations: dict[int, Modulation] = {}

    def solve(
        self,
        noise: Tensor,
        *,
        condition: Tensor,
        prompt: Tensor,
        style: Tensor,
        steps: int = STEPS,
        guidance: float = GUIDANCE,
    ) -> Generator[Tensor, None, None]:
        """Walk from time 0 to 1, one Euler step between two yields; the last mel yielded is the solution.

        Args:
            noise: (B, 80, T) of standard deviation 1; it is not changed.
            condition: (B, T, C), from the length regulator: reference, then target.
            prompt: (B, 80, P), the reference's log-mel, P at most T.
            style: (B, 192), the speaker vector.
            guidance: 0 or more.

        Yields:
            (B, 80, T) float32, the mel so far; its first P frames are zero. A new tensor each time.
        """
        known = prompt.shape[2]
        modulation = self.modulation(steps)
        conditioned = self._conditioned(
            functional.pad(prompt, (0, noise.shape[2] - known)), style, condition, guidance
        )
        times = [float(time) for time in grid(steps)]
        x = _silenced(noise.float(), known)
        for step in range(steps):
            velocity = self._velocity(x, conditioned, modulation.at(step), guidance)
            x = _silenced(x.add(velocity, alpha=times[step + 1] - times[step]), known)
            yield x

    def modulation(self, steps: int) -> Modulation:
        """The estimator's tables for the starting times of all steps; made once for every number of steps."""
        if steps not in self._modulations:
            times = grid(steps)[:-1].to(self.estimator.conv1.weight.device)
            self._modulations[steps] = self.estimator.modulation(times)
        return self._modulations[steps]

    def _conditioned(self, prompt: Tensor, style: Tensor, condition: Tensor, guidance: float) -> Tensor:
        if guidance:
            prompt, style, condition = (
                torch.cat((known, torch.zeros_like(known))) for known in (prompt, style, condition)
            )
        return self.estimator.conditioned(prompt, style, condition)

    def _velocity(self, x: Tensor, conditioned: Tensor, modulation: Modulation, guidance: float) -> Tensor:
        """(B, 80, T) float32."""
        frames = x.to(conditioned.dtype)
        if not guidance:
            return self.estimator(frames, conditioned, modulation).float()
        both = self.estimator(torch.cat((frames, frames)), conditioned, modulation).float()
        guided, free = both.chunk(2)
        return torch.lerp(free, guided, 1 + guidance)


def grid(steps: int) -> Tensor:
    """Times 0 to 1 between equal steps, (steps + 1,) float32."""
    return torch.linspace(0, 1, steps + 1)


def drawn_noise(frames: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Tensor:
    """Noise for the solver, (1, 80, frames) float32, drawn where the generator lives.

    Drawn frame by frame: from a generator on the CPU, a longer draw begins with the shorter one of its seed.
    """
    drawn = torch.randn((frames, MEL_BANDS), generator=generator, device=generator.device)
    return drawn.T.unsqueeze(0).to(device)


def _silenced(x: Tensor, known: int) -> Tensor:
    """The first `known` frames zero, the others kept; a new tensor."""
    return functional.pad(x[:, :, known:], (known, 0))
