"""Where networks run, and how exactly they count: settings to torch's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch

from core.errors import ConfigError
from tts.indextts2.networks import Precisions
from tts.indextts2.settings import Precision, PrecisionSettings, StagePrecision

_TYPES: Mapping[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


def device_of(setting: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """The device that a setting means.

    Raises:
        ConfigError: it is cuda, and there is none that torch can use.
    """
    there = torch.cuda.is_available()
    if setting == "cuda" and not there:
        raise ConfigError(
            f"no CUDA device can be used by torch {torch.__version__}",
            code="cuda",
            hint="Set the device to cpu or auto, or install torch for this machine's GPU and driver.",
        )
    return torch.device("cuda" if setting != "cpu" and there else "cpu")


def dtype_of(precision: Precision) -> torch.dtype:
    """The type of a network's parameters."""
    return _TYPES[precision]


def precisions_of(settings: PrecisionSettings, device: torch.device) -> Precisions:
    """The stages' types; docs/reference/performance.md has the errors that `auto` rests on."""
    short = _short(device)
    return Precisions(
        gpt=_chosen(settings.gpt, short),
        flow=_chosen(settings.flow, short),
        vocoder=_chosen(settings.vocoder, torch.float32),
    )


def _chosen(setting: StagePrecision, auto: torch.dtype) -> torch.dtype:
    return auto if setting == "auto" else dtype_of(setting)


def _short(device: torch.device) -> torch.dtype:
    """16 bits where they are faster: bf16, whose range nothing leaves, from compute capability 8.0 on."""
    if device.type != "cuda":
        return torch.float32
    return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float16
