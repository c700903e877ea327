"""Outputs of a network's parts, as they come by during a call."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn


@contextmanager
def tapped(network: nn.Module, parts: Iterable[str]) -> Generator[dict[str, list[Tensor]], None, None]:
    """The outputs of the parts of these dotted names while the block runs, one for each call, in order."""
    caught: dict[str, list[Tensor]] = {part: [] for part in parts}

    def tap(part: str, stack: ExitStack) -> None:
        def hook(_module: nn.Module, _given: object, output: Tensor) -> None:
            caught[part].append(output.clone())

        stack.callback(network.get_submodule(part).register_forward_hook(hook).remove)

    with ExitStack() as stack:
        for part in caught:
            tap(part, stack)
        yield caught
