"""Where networks run, and how exactly they count: settings to torch's own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch

from core.errors import ConfigError
from tts.indextts2.settings import Precision

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
