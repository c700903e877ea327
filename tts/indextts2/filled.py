"""Networks filled with weights: strict about what is needed, silent about the rest.

A network is built on torch's meta device, so that no memory is spent on initial values, and every parameter
and buffer it names must be there in its shape. Weight-norm pairs are folded before. Checkpoint files hold
more than inference needs (heads of training, counters of batches, unused embeddings); that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from core.errors import ModelDamaged

Network = TypeVar("Network", bound=nn.Module)
_SHOWN = 12
"""Faulty tensors that a message names one by one."""


def filled(
    build: Callable[[], Network],
    tensors: Mapping[str, Tensor],
    *,
    source: str,
    prefix: str = "",
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Network:
    """Build a network and give it its weights, ready for inference.

    Args:
        build: makes the network; called on the meta device, so that it must compute no tables.
        tensors: official names to tensors of any float type; may be lazy.
        source: the file, for messages.
        prefix: what stands before the network's own names in `tensors`, with its dot.
        dtype: of every float parameter and buffer.

    Raises:
        ModelDamaged: tensors are missing, or of another shape; the message names them.
    """
    with torch.device("meta"):
        network = build()
    wanted = network.state_dict()
    found: dict[str, Tensor] = {}
    faults: list[str] = []
    for name, blank in wanted.items():
        tensor = _unfolded(tensors, prefix + name)
        if tensor is None:
            faults.append(f"{prefix}{name} {tuple(blank.shape)} is missing")
        elif tensor.shape != blank.shape:
            faults.append(f"{prefix}{name} is {tuple(tensor.shape)}, not {tuple(blank.shape)}")
        else:
            found[name] = tensor.to(device=device, dtype=dtype if tensor.is_floating_point() else None)
    if faults:
        raise _damaged(source, faults)
    network.load_state_dict(found, strict=True, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def fold(g: Tensor, v: Tensor) -> Tensor:
    """Weight norm: `v * g / |v|`, the norm over every axis but the first (Salimans and Kingma 2016)."""
    axes = tuple(range(1, v.dim()))
    whole = v.float()
    return whole * (g.float() / whole.square().sum(axes, keepdim=True).sqrt())


def _unfolded(tensors: Mapping[str, Tensor], name: str) -> Tensor | None:
    if name in tensors:
        return tensors[name]
    pair = (f"{name}_g", f"{name}_v")
    if all(half in tensors for half in pair):
        return fold(tensors[pair[0]], tensors[pair[1]])
    return None


def _damaged(source: str, faults: list[str]) -> ModelDamaged:
    more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return ModelDamaged(
        f"{source} does not fit: {'; '.join(faults[:_SHOWN])}{more}",
        code="indextts2-tensors",
        hint="Take the file and the config.yaml of one checkpoint; copy them again if in doubt.",
    )
