"""A voice on its way into the networks: a voice file's tensors on the device, and the rows of its emotions.

Shapes: D model_dim, C channels of the flow's condition, T mel frames of the clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tts.indextts2.emotion import blend, merged, nearest_rows
from tts.indextts2.networks import Networks
from tts.indextts2.voice_file import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """All that the reference leads to; the GPT's part in the GPT's type, the rest in the flow's."""

    latents: Tensor
    """(1, 32, D); in version 2.5 the style (1, 192), which is all that its GPT is told of a speaker."""
    manner: Tensor
    """(1, D): the emotion vector of the clip itself, or moved towards an emotion clip's."""
    rows: Tensor
    """(8, D): the emotion matrix's row for each emotion that is closest to this speaker."""
    style: Tensor
    """(1, 192)."""
    prompt_condition: Tensor
    """(1, T, C)."""
    ref_mel: Tensor
    """(1, 80, T)."""

    def emotion(self, vector: Sequence[float]) -> Tensor:
        """(1, D): eight weights and the speaker's own manner, as `emotion.blend` has it."""
        return blend(vector, self.rows, self.manner) if any(vector) else self.manner


@torch.inference_mode()
def speaker_of(networks: Networks, tensors: Mapping[str, Tensor], *, manner: Tensor | None = None) -> Speaker:
    """Bring a reference's tensors to the networks.

    Args:
        tensors: latents (1, 32, D) except in version 2.5, emotion (1, D), style (1, 192), prompt_condition
            (1, T, C) and ref_mel (1, 80, T), on any device, of any float type.
        manner: (1, D) instead of `emotion`.
    """
    device, types = networks.device, networks.precisions
    style = tensors["style"].to(device, torch.float32)
    rows = networks.emotions[nearest_rows(style, networks.speakers, networks.groups)]
    own = tensors["emotion"] if manner is None else manner
    return Speaker(
        latents=tensors["style" if networks.config.half_rate else "latents"].to(device, types.gpt),
        manner=own.to(device, types.gpt),
        rows=rows,
        style=style.to(types.flow),
        prompt_condition=tensors["prompt_condition"].to(device, types.flow),
        ref_mel=tensors["ref_mel"].to(device, types.flow),
    )


def speaker_from_file(
    networks: Networks, voice: Voice, *, emotion_clip: str | None = None, alpha: float = 1.0
) -> Speaker:
    """The speaker of a voice file.

    Args:
        emotion_clip: one of the voice's own; `alpha` of the way towards it.
    """
    tensors = {name: torch.from_numpy(each).unsqueeze(0) for name, each in voice.own.items()}  # pyright: ignore[reportUnknownMemberType]
    manner = None
    if emotion_clip is not None:
        other = torch.from_numpy(voice.emotions[emotion_clip]).unsqueeze(0)  # pyright: ignore[reportUnknownMemberType]
        manner = merged(tensors["emotion"], other, alpha)
    return speaker_of(networks, tensors, manner=manner)
