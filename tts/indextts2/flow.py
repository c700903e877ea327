"""Flow matching (Lipman et al. 2023): from noise to a mel, in equal Euler steps along estimated velocities.

Shapes: B sentences of equal length, T mel frames of which the first P are the reference's, C width of the
condition. Guidance (Ho and Salimans 2022) moves away from what the estimator says without text and voice;
both answers come from one batch. The solution is kept in float32, whatever the estimator's dtype.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from tts.indextts2.config import MEL_BANDS
from tts.indextts2.estimator import Estimator, Modulation
from tts.indextts2.replay import Record, Replay, Shelf

STEPS = 25
"""Upstream's."""
GUIDANCE = 0.7
"""Upstream's; 0 is without, at half the work."""
SHAPES = 16
"""Lengths of mels that a GPU keeps buffers and a recorded step for; streaming has fewer."""


class Flow:
    """The solver, with what outlives a solution: tables for each number of steps, buffers for each shape."""

    def __init__(self, estimator: Estimator, record: Record | None = None) -> None:
        """Keep nothing yet.

        Args:
            record: of `replay.recorder`; with None a step is run as it is, and no buffers are kept.
        """
        self.estimator = estimator
        self._record = record
        self._tables: dict[int, _Tables] = {}
        self._idle: Shelf[tuple[object, ...], _Solution] = Shelf(0 if record is None else SHAPES)

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
        conditioned = self._conditioned(
            functional.pad(prompt, (0, noise.shape[2] - known)), style, condition, guidance
        )
        kind = (*noise.shape, steps, guidance)
        solution = self._idle.take(kind, lambda: self._solution(conditioned, noise, steps, guidance))
        solution.begin(noise, conditioned, known)
        try:
            for _ in range(steps):
                yield solution.step()
        finally:
            self._idle.put(kind, solution)

    def modulation(self, steps: int) -> Modulation:
        """The estimator's tables for the starting times of all steps; made once for every number of steps."""
        return self._tables_of(steps).modulation

    @property
    def kept(self) -> int:
        """Shapes that there are buffers for, and nobody uses."""
        return len(self._idle)

    def _tables_of(self, steps: int) -> _Tables:
        if steps not in self._tables:
            times = grid(steps).to(self.estimator.conv1.weight.device)
            modulation = self.estimator.modulation(times[:-1])
            self._tables[steps] = _Tables(modulation, times.diff())
        return self._tables[steps]

    def _conditioned(self, prompt: Tensor, style: Tensor, condition: Tensor, guidance: float) -> Tensor:
        if guidance:
            prompt, style, condition = (
                torch.cat((known, torch.zeros_like(known))) for known in (prompt, style, condition)
            )
        return self.estimator.conditioned(prompt, style, condition)

    def _solution(self, conditioned: Tensor, noise: Tensor, steps: int, guidance: float) -> _Solution:
        tables = self._tables_of(steps)
        return _Solution(self.estimator, tables, guidance, conditioned, noise, self._record)


class _Tables(NamedTuple):
    """What follows from the number of steps."""

    modulation: Modulation
    lengths: Tensor
    """(steps,) float32: how long each step is."""


class _Solution:
    """The tensors of one shape that Euler steps read and write, and the step, which may be a replay."""

    @torch.inference_mode(mode=False)
    def __init__(
        self,
        estimator: Estimator,
        tables: _Tables,
        guidance: float,
        conditioned: Tensor,
        noise: Tensor,
        record: Record | None,
    ) -> None:
        self._estimator, self._tables, self._guidance = estimator, tables, guidance
        device = noise.device
        self._x = torch.zeros(noise.shape, device=device)
        self._sounding = torch.zeros(noise.shape[-1], device=device)
        self._conditioned = torch.zeros(conditioned.shape, dtype=conditioned.dtype, device=device)
        self._index = torch.zeros(1, dtype=torch.int64, device=device)
        self._advance = Replay(self._one_step, record)

    def begin(self, noise: Tensor, conditioned: Tensor, known: int) -> None:
        """See `Flow.solve`; `conditioned` has both branches, if there are two."""
        self._sounding.fill_(1)
        self._sounding[:known].zero_()
        torch.mul(noise.float(), self._sounding, out=self._x)
        self._conditioned.copy_(conditioned)
        self._index.zero_()

    def step(self) -> Tensor:
        """Go on by one; a new tensor (B, 80, T)."""
        self._advance()
        return self._x.clone()

    def _one_step(self) -> None:
        velocity = self._velocity(self._tables.modulation.at(self._index))
        self._x.addcmul_(velocity, self._tables.lengths.index_select(0, self._index))
        self._x.mul_(self._sounding)
        self._index.add_(1)

    def _velocity(self, modulation: Modulation) -> Tensor:
        """(B, 80, T) float32."""
        frames = self._x.to(self._conditioned.dtype)
        if not self._guidance:
            return self._estimator(frames, self._conditioned, modulation).float()
        both = self._estimator(torch.cat((frames, frames)), self._conditioned, modulation).float()
        guided, free = both.chunk(2)
        return torch.lerp(free, guided, 1 + self._guidance)


def grid(steps: int) -> Tensor:
    """Times 0 to 1 between equal steps, (steps + 1,) float32."""
    return torch.linspace(0, 1, steps + 1)


def drawn_noise(frames: int, generator: torch.Generator, device: torch.device | str = "cpu") -> Tensor:
    """Noise for the solver, (1, 80, frames) float32, drawn where the generator lives.

    Drawn frame by frame: from a generator on the CPU, a longer draw begins with the shorter one of its seed.
    """
    drawn = torch.randn((frames, MEL_BANDS), generator=generator, device=generator.device)
    return drawn.T.unsqueeze(0).to(device)
