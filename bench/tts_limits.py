"""What a device can do at best, and how long IndexTTS2 takes at that: bytes and operations over their rates.

The two rates are measured, since data sheets promise more than a program gets. The work is counted from the
configuration. Each stage's floor is the larger of its two times; a stage cannot be faster, however it is
written, unless it does something else.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from tts.indextts2.budget import needs
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.networks import Precisions

COPIED_BYTES = {"cuda": 1 << 30, "cpu": 1 << 26}
SIDE = {"cuda": 8192, "cpu": 768}
"""Of the square matrices that are multiplied."""
TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Of one device."""

    bytes_per_second: float
    """Of a large copy, what is read and what is written counted."""
    flops: dict[str, float]
    """Of a large matrix product, by torch's name of the type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Of one utterance, spoken as a whole."""

    codes: int
    reference_frames: int
    frames: int
    steps: int


def measured(device: torch.device, types: set[torch.dtype]) -> Rates:
    """Measure both; a second or two."""
    kind = device.type
    source = torch.empty(COPIED_BYTES[kind], dtype=torch.uint8, device=device).random_(255)
    target = torch.empty_like(source)
    copied = usual(lambda: target.copy_(source), device)
    flops: dict[str, float] = {}
    side = SIDE[kind]
    for dtype in types:
        a, b = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
        flops[str(dtype)] = 2 * side**3 / usual(lambda a=a, b=b: torch.matmul(a, b), device)
    return Rates(bytes_per_second=2 * source.nbytes / copied, flops=flops)


def usual(work: Callable[[], object], device: torch.device) -> float:
    """Seconds, the median of some tries after two that do not count; on a processor its own."""
    stopwatch = time.perf_counter if device.type == "cuda" else time.process_time
    took: list[float] = []
    for _ in range(TRIES + 2):
        settle(device)
        begun = stopwatch()
        work()
        settle(device)
        took.append(stopwatch() - begun)
    return statistics.median(took[2:])


def settle(device: torch.device) -> None:
    """Wait until the device has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def floors(config: IndexTts2Config, precisions: Precisions, work: Work, rates: Rates) -> dict[str, float]:
    """Seconds that each stage takes at least: gpt, flow, vocoder."""
    weights = needs(config, precisions, "cpu").weights
    gpt, dit, wavenet = config.gpt, config.s2mel.dit, config.s2mel.wavenet
    decoder = gpt.layers * 12 * gpt.model_dim**2 + gpt.model_dim * gpt.number_mel_codes
    keys = 2 * gpt.layers * gpt.model_dim * work.codes / 2  # on average, without the prefix
    hidden, total = dit.hidden_dim, work.reference_frames + work.frames
    matrices = _estimator_products(hidden, dit.depth, wavenet.hidden_dim, wavenet.num_layers)
    evaluation = 2 * total * (2 * matrices + dit.depth * 4 * total * hidden)
    return {
        "gpt": work.codes
        * _larger((decoder + keys) * precisions.gpt.itemsize, 2 * decoder, rates, precisions.gpt),
        "flow": work.steps * _larger(weights["flow"], evaluation, rates, precisions.flow),
        "vocoder": _larger(
            weights["vocoder"], 2 * work.frames * _vocoder_products(config), rates, precisions.vocoder
        ),
    }


def _larger(size: float, operations: float, rates: Rates, dtype: torch.dtype) -> float:
    return max(size / rates.bytes_per_second, operations / rates.flops[str(dtype)])


def _estimator_products(hidden: int, depth: int, wide: int, layers: int) -> float:
    """Multiplications for one frame, those within attention apart: matrices, skips and convolutions."""
    inner = -(-8 * hidden // 3 // 256) * 256
    blocks = depth * (4 * hidden**2 + 3 * hidden * inner) + depth // 2 * 2 * hidden**2
    return blocks + layers * (5 * 2 * wide**2 + 2 * wide**2) + 4 * hidden * wide


def _vocoder_products(config: IndexTts2Config) -> float:
    """Multiplications for one frame: the transposed convolutions, and two for each dilation of each block."""
    vocoder, length, total = config.bigvgan, 1, 0
    wide = vocoder.upsample_initial_channel
    for rate, kernel in zip(vocoder.upsample_rates, vocoder.upsample_kernel_sizes, strict=True):
        total += length * wide * (wide // 2) * kernel
        length, wide = length * rate, wide // 2
        blocks = zip(vocoder.resblock_kernel_sizes, vocoder.resblock_dilation_sizes, strict=True)
        total += length * sum(2 * len(dilations) * size * wide**2 for size, dilations in blocks)
    return total
