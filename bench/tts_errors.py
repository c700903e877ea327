"""What 16 bits cost each stage of IndexTTS2: the same inputs through the same weights, beside float32.

    python -m bench.tts_errors DIR            an official, converted or random directory

An error is |16 bit - 32 bit| / |32 bit|, lengths of vectors over all numbers. Inputs are drawn at random with
the size that real ones have. Each stage hears the same, so that errors do not add up.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from tts.indextts2.checkpoint import open_checkpoint
from tts.indextts2.config import MEL_BANDS, STYLE_SIZE
from tts.indextts2.networks import Networks, Precisions, load_networks

TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
PREFIX, CODES = 54, 40
MEL_MEAN, MEL_DEVIATION = -5.0, 2.0
"""Of log-mels of speech, roughly."""
VOCODED = 24
"""Frames of sound."""
Outputs = Mapping[str, Tensor]


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description="What 16 bits cost each stage of IndexTTS2.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=10, help="of the flow")
    parser.add_argument("--frames", type=int, default=86, help="of the reference, and of what follows it")
    given = parser.parse_args()
    found = errors(given.checkpoint, device=given.device, steps=given.steps, frames=given.frames)
    print(f"| relative error | {' | '.join(found)} |\n|---|{'---|' * len(found)}")
    for name in next(iter(found.values())):
        cells = (f"{each[name]:.1e} ({20 * math.log10(each[name]):.0f} dB)" for each in found.values())
        print(f"| {name} | {' | '.join(cells)} |")


def errors(checkpoint: Path, *, device: str, steps: int, frames: int) -> dict[str, dict[str, float]]:
    """By type, then by stage."""
    opened = open_checkpoint(checkpoint)

    def heard(dtype: torch.dtype) -> Outputs:
        precisions = Precisions(gpt=dtype, flow=dtype, vocoder=dtype)
        networks = load_networks(opened.config, opened.tensors, device=device, precisions=precisions)
        return _outputs(networks, dtype, steps, frames)

    exact = heard(torch.float32)
    return {
        name: {stage: _relative(value, exact[stage]) for stage, value in heard(dtype).items()}
        for name, dtype in TYPES.items()
    }


@torch.inference_mode()
def _outputs(networks: Networks, dtype: torch.dtype, steps: int, frames: int) -> Outputs:
    config, device = networks.config, networks.device
    chance = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=chance).to(device)

    prefix = 0.5 * drawn(1, PREFIX, config.gpt.model_dim)
    codes = torch.randint(config.gpt.start_mel_token, (1, CODES), generator=chance).to(device)
    noise, style = drawn(1, MEL_BANDS, 2 * frames), drawn(1, STYLE_SIZE)
    condition = drawn(1, 2 * frames, config.s2mel.length_regulator.channels)
    reference = MEL_MEAN + MEL_DEVIATION * drawn(1, MEL_BANDS, frames)
    spoken = MEL_MEAN + MEL_DEVIATION * drawn(1, MEL_BANDS, VOCODED)
    latents = networks.gpt.latents(prefix.to(dtype), codes)
    *_, mel = networks.flow.solve(
        noise,
        condition=condition.to(dtype),
        prompt=reference.to(dtype),
        style=style.to(dtype),
        steps=steps,
    )
    outputs = {
        "GPT, states": latents,
        "GPT, logits": networks.gpt.mel_head(latents),
        "flow, mel": mel[:, :, frames:],
        "vocoder, sound": networks.vocoder(spoken.to(dtype)),
    }
    return {stage: output.double() for stage, output in outputs.items()}


def _relative(got: Tensor, wanted: Tensor) -> float:
    return math.sqrt(float((got - wanted).square().sum() / wanted.square().sum()))


if __name__ == "__main__":
    main()
