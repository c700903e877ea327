"""Small networks with random weights, for properties that hold whatever the weights are."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def with_noise(network: Network, seed: int = 0) -> Network:
    """Fill every parameter and buffer: matrices as wide as they keep their input's size, scales around 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5, generator=generator)
            elif tensor.dim() > 1:
                tensor.normal_(0.0, tensor[0].numel() ** -0.5, generator=generator)
            elif name.endswith(("weight", "gamma")):
                tensor.normal_(1.0, 0.3, generator=generator)
            else:
                tensor.normal_(0.0, 0.2, generator=generator)
    return network.eval().requires_grad_(requires_grad=False)
