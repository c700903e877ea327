"""Loudness: how loud what passed was since somebody last asked. Pure.

Blocks are kept by reference until then: who lets sound pass pays for one `append`.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from core.audio import INT16_SCALE, Samples
from core.gauges import SILENCE

MOST_BLOCKS = 100
"""Kept at most: a second in blocks of 10 ms, of which the latest count."""


class Loudness:
    """Of int16 frames (bytes) or of float blocks; not of both. `take` on any thread, `level` on one."""

    def __init__(self) -> None:
        self._blocks: deque[bytes | Samples] = deque(maxlen=MOST_BLOCKS)

    def take(self, block: bytes | Samples) -> None:
        """Sound passes: int16 mono as bytes, or float32 in [-1, 1]."""
        self._blocks.append(block)

    def level(self) -> float | None:
        """dBFS, root mean square since the last call, `SILENCE` at least; None if nothing passed."""
        blocks: list[bytes | Samples] = []
        while self._blocks:
            blocks.append(self._blocks.popleft())
        if not blocks:
            return None
        sound = _joined(blocks)
        power = float(np.dot(sound, sound)) / len(sound) if len(sound) else 0.0
        return max(SILENCE, 10.0 * math.log10(power)) if power > 0.0 else SILENCE


def _joined(blocks: list[bytes | Samples]) -> Samples:
    pcm = [block for block in blocks if isinstance(block, bytes)]
    if pcm:
        return np.frombuffer(b"".join(pcm), "<i2").astype(np.float32) / np.float32(INT16_SCALE)
    return np.concatenate([block for block in blocks if not isinstance(block, bytes)])
