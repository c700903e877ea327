"""The vocoder at work: BigVGAN on buffers of one shape each, so that on a GPU a call is one replay.

B  batch     T  mel frames     C  mel bands
"""

from __future__ import annotations

import torch
from torch import Tensor

from tts.indextts2.bigvgan import BigVgan
from tts.indextts2.replay import Record, Replay, Shelf

SHAPES = 8
"""Lengths of mels that a GPU keeps buffers and a recorded call for; streaming has fewer."""


class Vocoder:
    """From a mel to sound."""

    def __init__(self, network: BigVgan, record: Record | None = None) -> None:
        """Keep nothing yet.

        Args:
            record: of `replay.recorder`; with None the network is called as it is.
        """
        self.network = network
        self._record = record
        self._idle: Shelf[torch.Size, _Call] = Shelf(SHAPES)

    def __call__(self, mel: Tensor) -> Tensor:
        """(B, C, T) in the network's type -> (B, 1, samples) of the same type, a new tensor."""
        if self._record is None:
            return self.network(mel)
        call = self._idle.take(mel.shape, lambda: _Call(self.network, mel, self._record))
        sound = call.run(mel)
        self._idle.put(mel.shape, call)
        return sound

    @property
    def kept(self) -> int:
        """Shapes that there are buffers for."""
        return len(self._idle)


class _Call:
    """The tensors of one shape."""

    @torch.inference_mode(mode=False)
    def __init__(self, network: BigVgan, mel: Tensor, record: Record | None) -> None:
        self._network = network
        self._mel = torch.zeros(mel.shape, dtype=mel.dtype, device=mel.device)
        samples = mel.shape[2] * network.hop
        self._sound = torch.zeros(mel.shape[0], 1, samples, dtype=mel.dtype, device=mel.device)
        self._work = Replay(self._call, record)

    def run(self, mel: Tensor) -> Tensor:
        self._mel.copy_(mel)
        self._work()
        return self._sound.clone()

    def _call(self) -> None:
        self._sound.copy_(self._network(self._mel))
