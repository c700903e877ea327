"""How codes are chosen: the settings of sampling, and what they mean for positions and penalties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Upstream's released values, but one beam, and both of its quirks off; see `upstream`."""

    temperature: float = 0.8
    """Above 0; below 1 prefers what is likely."""
    top_k: int = 30
    """Only so many of the likeliest codes may be drawn."""
    top_p: float = 0.8
    """Of those, the fewest that hold this share together; in (0, 1]."""
    repetition_penalty: float = 10.0
    """For codes that were used: log-probabilities are multiplied with it; at least 1, which is none."""
    greedy: bool = False
    """Always the best code: no temperature, no top-k, no top-p, no chance. The penalty stays."""
    beams: int = 1
    """1 streams. 3 is upstream's: a code is known only when the search has ended."""
    positions: Literal["trained", "upstream"] = "trained"
    """Of codes after the start: 1, 2, 3, ... as in training, where each state is the code's latent; or
    2, 3, 4, ... as upstream's cached decoding has them, where a second pass must compute the latents."""
    penalty_on: Literal["log_probs", "logits"] = "log_probs"
    """What one beam's penalty works on. Raw logits are upstream's, far harsher; its beams use log_probs."""
    max_codes: int = 1500
    """30 s at 50 codes per second."""

    def __post_init__(self) -> None:
        bounds = {
            "temperature": self.temperature > 0,
            "top_k": self.top_k >= 1,
            "top_p": 0 < self.top_p <= 1,
            "repetition_penalty": self.repetition_penalty >= 1,
            "beams": self.beams >= 1,
            "max_codes": self.max_codes >= 1,
        }
        for name, kept in bounds.items():
            if not kept:
                raise ConfigError(
                    f"sampling.{name} cannot be {getattr(self, name)}",
                    code="sampling",
                    hint="Leave it out for the released value.",
                )

    @property
    def second_pass(self) -> bool:
        """Whether latents must be computed after the codes: `Gpt.latents`."""
        return self.beams > 1 or self.positions == "upstream"

    @property
    def fewest(self) -> int:
        """Codes that top-p always leaves, as upstream: one for one beam on raw logits, else two."""
        return 1 if self.beams == 1 and self.penalty_on == "logits" else 2


def upstream(*, beams: int = 3, repetition_penalty: float = 10.0, greedy: bool = False) -> Sampling:
    """Everything as the original does it, quirks included, for comparison."""
    return Sampling(
        beams=beams,
        repetition_penalty=repetition_penalty,
        greedy=greedy,
        positions="upstream",
        penalty_on="logits" if beams == 1 else "log_probs",
    )


def mel_positions(settings: Sampling, device: torch.device | str = "cpu") -> Tensor:
    """Rows of the position table for the start code and each code fed back: int64 (max_codes,)."""
    places = torch.arange(settings.max_codes, device=device)
    return places + (places > 0) if settings.positions == "upstream" else places


def seeded(seed: int, device: torch.device | str) -> torch.Generator:
    """Chance that repeats: the same seed on the same kind of device draws the same codes."""
    generator = torch.Generator(device)
    generator.manual_seed(seed)
    return generator
