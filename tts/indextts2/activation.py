"""Which way the vocoder's activation takes: one fused kernel where that can run, or the plain operations.

The kernel (`tts.indextts2.activation_kernel`) is for GPUs, and needs triton, which torch's CUDA builds bring.
Before it is used on a device with a type it has to compile there and to agree with the plain path in float64
on a few short signals. That costs seconds, once in the lifetime of triton's cache on disk, and happens at the
first call: ahead of any recording, since a `Replay` first runs what it is to record. Without a GPU nothing is
imported.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import torch
from torch import Tensor

Way = Literal["auto", "fused", "plain"]
"""auto: fused on a GPU where it passed its trial, else plain. fused: always, for benches and tests."""
Activation = Callable[[Tensor, Tensor, Tensor], Tensor]
"""x (B, C, L), and alpha and beta (C,) as logarithms -> (B, C, L)."""
TYPES = (torch.float32, torch.bfloat16, torch.float16)
"""What the kernel reads and writes; within, all is float32."""
LENGTHS = (3, 20, 64)
"""Samples of the trials: one for each variant of the kernel, the first shorter than the filter."""
SLACK = 1e-5
"""Error that is allowed beside the type's own spacing, as a share of the largest value."""
_log = logging.getLogger(__name__)
_known: dict[tuple[torch.device, torch.dtype], Activation | None] = {}


def fused(x: Tensor, way: Way, plain: Activation, taps: Sequence[float]) -> Activation | None:
    """The kernel for signals like x, which have to be contiguous; None if the plain path is to be taken.

    Raises:
        ImportError: it is to be fused always, and triton is not there.
    """
    if way == "fused":
        return _kernel(taps)
    if way == "plain" or not x.is_cuda or x.requires_grad or x.dtype not in TYPES:
        return None
    place = (x.device, x.dtype)
    if place not in _known:
        if torch.cuda.is_current_stream_capturing():
            return None
        _known[place] = tried(*place, plain, taps)
    return _known[place]


def tried(
    device: torch.device, dtype: torch.dtype, plain: Activation, taps: Sequence[float]
) -> Activation | None:
    """The kernel if it works on a device, else None; either way one line in the log."""
    name = f"{str(dtype).removeprefix('torch.')} on {device}"
    limit = torch.finfo(dtype).eps + SLACK
    try:
        kernel = _kernel(taps)
        found = error(kernel, plain, device, dtype)
    except Exception as problem:  # noqa: BLE001 - whatever fails, the plain path works
        _log.warning("The vocoder's activation is not fused in %s: %r", name, problem)
        return None
    if not found <= limit:
        _log.warning(
            "The vocoder's activation is not fused in %s: its error is %.1e, allowed are %.1e",
            name,
            found,
            limit,
        )
        return None
    _log.info("The vocoder's activation is fused in %s; error %.1e", name, found)
    return kernel


@torch.inference_mode()
def error(
    way: Activation,
    plain: Activation,
    device: torch.device,
    dtype: torch.dtype,
    shapes: Sequence[tuple[int, int, int]] = tuple((2, 3, length) for length in LENGTHS),
) -> float:
    """Largest distance from the plain path in float64, as a share of the largest value there; NaN if one is.

    Args:
        shapes: (B, C, L) of signals of noise.
    """
    generator = torch.Generator().manual_seed(0)
    worst: list[Tensor] = []
    for batch, channels, length in shapes:
        scales = ((batch, channels, length), 2.0), ((channels,), 0.5), ((channels,), 0.5)
        given = [(torch.randn(shape, generator=generator) * scale).to(dtype) for shape, scale in scales]
        exact = plain(*(tensor.double() for tensor in given))
        made = way(*(tensor.to(device) for tensor in given)).double().cpu()
        worst.append((made - exact).abs().max() / exact.abs().max())
    return float(torch.stack(worst).max())


def _kernel(taps: Sequence[float]) -> Activation:
    from tts.indextts2.activation_kernel import bent

    return partial(bent, taps=taps)
