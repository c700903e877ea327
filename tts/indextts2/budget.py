"""Whether speaking fits into memory, known before anything is loaded: counted from the configuration.

Parameters are counted on networks without memory, the GPT's memory from its shape. What the networks' work
takes follows from their shapes, by factors that a test holds against what really lives at once. What CUDA
itself takes is a guess, and named so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import nn

from core.errors import ConfigError
from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.codec_half_rate import HalfRateCodec
from tts.indextts2.config import HOP_SAMPLES, SAMPLE_RATE, IndexTts2Config
from tts.indextts2.decoder import USUAL_TOKENS
from tts.indextts2.estimator import Estimator
from tts.indextts2.gpt import Gpt
from tts.indextts2.length_regulator import FRAMES_PER_100_CODES, LatentProjection, LengthRegulator
from tts.indextts2.networks import Precisions
from tts.indextts2.prefix import LatentPrefix, StylePrefix
from tts.indextts2.semantic_codec import Codebook
from tts.indextts2.settings import IndexTts2Settings

GB: Final = 1_000_000_000
CUDA_BYTES: Final = 700_000_000
"""A guess: the driver's context 0.4 GB, cuBLAS, cuDNN and recorded graphs 0.3 GB."""
REFERENCE_SECONDS: Final = 15.0
"""The longest reference there is; a clip of 5 s needs less."""
LONGEST_CODES: Final = 1500
"""30 s, spoken as a whole; streaming needs less."""
_VOCODER_LIVE: Final = 13
"""Tensors of a stage's size that live at once in a residual block, its two neighbours included."""
_FLOW_LIVE: Final = 4
"""Tensors of the hidden width that live at once beside those that are kept for the second half."""
_ROTATION_BYTES: Final = 40
"""Per hidden channel: what turning queries and keys takes, in float32 whatever the network's type."""
_PREFILL_LIVE: Final = 14
"""Tensors of the GPT's width that live at once while it reads its prefix."""
_MEMORY_FILE: Final = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Bytes on the device that computes."""

    weights: Mapping[str, int]
    """By stage: gpt, flow, vocoder."""
    cache: int
    """The GPT's keys and values for the longest utterance."""
    work: int
    """The largest of the three stages' own: prefix, flow and vocoder run one after the other, and a step of
    the GPT beside them takes next to nothing."""
    overhead: int
    """Of CUDA."""

    @property
    def total(self) -> int:
        return sum(self.weights.values()) + self.cache + self.work + self.overhead


def needs(
    config: IndexTts2Config,
    precisions: Precisions,
    device: torch.device | str,
    *,
    reference_seconds: float = REFERENCE_SECONDS,
    codes: int = LONGEST_CODES,
) -> Needs:
    """What speaking takes.

    Args:
        reference_seconds: of the voice's clip.
        codes: of 20 ms, most that the flow and the vocoder get at once; a code of version 2.5 is two.
    """
    weights = {
        "gpt": _gpt_parameters(config) * precisions.gpt.itemsize,
        "flow": _flow_parameters(config) * precisions.flow.itemsize,
        "vocoder": _parameters(lambda: BigVgan(config.bigvgan)) * precisions.vocoder.itemsize,
    }
    new = math.ceil(codes * FRAMES_PER_100_CODES / 100)
    known = math.ceil(reference_seconds * SAMPLE_RATE / HOP_SAMPLES)
    work = max(
        _PREFILL_LIVE * USUAL_TOKENS * config.gpt.model_dim * precisions.gpt.itemsize,
        2 * (known + new) * flow_bytes(config, precisions.flow),
        new * vocoder_bytes(config, precisions.vocoder),
    )
    return Needs(
        weights=weights,
        cache=2 * config.gpt.layers * config.gpt.model_dim * USUAL_TOKENS * precisions.gpt.itemsize,
        work=work,
        overhead=CUDA_BYTES if torch.device(device).type == "cuda" else 0,
    )


def most_codes(settings: IndexTts2Settings) -> int:
    """Codes that the flow and the vocoder get at once: of a portion and what it goes on from, or of all."""
    stream = settings.stream
    if settings.compat == "upstream" or stream.mode != "continuation":
        return LONGEST_CODES
    before = (stream.tail + stream.overlap) * 100 / FRAMES_PER_100_CODES
    return min(LONGEST_CODES, max(stream.growth) + math.ceil(before))


def flow_bytes(config: IndexTts2Config, dtype: torch.dtype) -> int:
    """What one evaluation of the flow's estimator takes for each mel frame and branch."""
    dit = config.s2mel.dit
    return dit.hidden_dim * ((dit.depth // 2 + _FLOW_LIVE) * dtype.itemsize + _ROTATION_BYTES)


def vocoder_bytes(config: IndexTts2Config, dtype: torch.dtype) -> int:
    """What the vocoder takes for each mel frame."""
    rates = config.bigvgan.upsample_rates
    stages = [
        config.bigvgan.upsample_initial_channel // 2**stage * math.prod(rates[:stage])
        for stage in range(1, len(rates) + 1)
    ]
    return _VOCODER_LIVE * max(stages) * dtype.itemsize


def free_bytes(device: torch.device) -> int | None:
    """What nobody uses on the device; None where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        lines = _MEMORY_FILE.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def check_fits(need: Needs, device: torch.device, *, budget: float | None, free: int | None) -> None:
    """Refuse what does not fit, with the numbers.

    Args:
        budget: gigabytes that were declared for this engine, or None.
        free: of `free_bytes`.

    Raises:
        ConfigError: it needs more than it may take, or than there is.
    """
    place = "GPU" if device.type == "cuda" else "machine"
    if budget is not None and need.total > budget * GB:
        raise _too_much(need, f"tts.indextts2.memory allows {budget:.1f} GB", _BUDGET_HINT)
    if free is not None and need.total > free:
        raise _too_much(need, f"the {place} has {free / GB:.1f} GB free", _FREE_HINT)


_SMALLER: Final = "set tts.indextts2.precision to bf16, or take the embedded voice (tts.engine = espeak)."
_BUDGET_HINT: Final = f"Raise tts.indextts2.memory, {_SMALLER}"
_FREE_HINT: Final = f"End what else uses that memory, {_SMALLER}"


def _too_much(need: Needs, against: str, hint: str) -> ConfigError:
    stages = ", ".join(f"{stage} {size / GB:.2f}" for stage, size in need.weights.items())
    return ConfigError(
        f"IndexTTS2 needs {need.total / GB:.1f} GB and {against}: {stages}, "
        f"cache {need.cache / GB:.2f}, work {need.work / GB:.2f}, CUDA {need.overhead / GB:.2f}",
        code="indextts2-memory",
        hint=hint,
    )


def _gpt_parameters(config: IndexTts2Config) -> int:
    prefix = StylePrefix if config.half_rate else LatentPrefix
    return _parameters(lambda: prefix(config.gpt), lambda: Gpt(config.gpt))


def _flow_parameters(config: IndexTts2Config) -> int:
    codec: tuple[Callable[[], nn.Module], ...] = (
        (lambda: HalfRateCodec(config.semantic_codec),)
        if config.half_rate
        else (lambda: Codebook(config.semantic_codec), lambda: LatentProjection(config.gpt))
    )
    return _parameters(
        *codec,
        lambda: LengthRegulator(config.s2mel.length_regulator),
        lambda: Estimator(config.s2mel),
    )


def _parameters(*builds: Callable[[], nn.Module]) -> int:
    with torch.device("meta"):
        return sum(tensor.numel() for build in builds for tensor in build().state_dict().values())
