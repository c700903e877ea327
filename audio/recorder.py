"""The recorder: a conversation as a stereo file, the customer on the left, the agent on the right.

Fed by both sides with blocks and the session time at which each begins; writes as it goes, so a day's
session needs no memory. Runs on the loop.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio.resample import NO_SAMPLES, StreamResampler
from audio.wavfile import WavWriter, int16
from core.audio import HEARING_RATE, Samples, from_pcm

JITTER = 0.06
"""Seconds that a block may be early or late and still follow the one before: three frames, more than a
busy loop's lag; beyond that, sound was lost and silence takes its place."""
LAG = 2.0
"""Seconds that one side may be behind (its device is gone) before silence is written for it."""


class ConversationRecorder:
    """Two sides in, one file out.

    Args:
        rate: Hz of the file and of the agent's blocks; the customer's are brought to it.

    Raises:
        OutputError: from any method: the disk is full or the place cannot be written.
    """

    def __init__(self, path: Path, rate: int) -> None:
        self._rate = rate
        self._writer = WavWriter(path, rate, channels=2)
        self._left = _Side(HEARING_RATE, rate)
        self._right = _Side(rate, rate)

    def customer(self, pcm: bytes, at: float) -> None:
        """A microphone frame (`core.audio.FRAME_BYTES`) that began at session second `at`."""
        self._left.append(from_pcm(pcm).samples, at)
        self._write(self._left, self._right)

    def agent(self, samples: Samples, at: float) -> None:
        """A block for the loudspeaker that began to sound at session second `at`."""
        self._right.append(samples, at)
        self._write(self._right, self._left)

    def close(self) -> None:
        """Write what remains; may be called again."""
        for side in (self._left, self._right):
            side.finish()
        self._emit(max(self._left.ready, self._right.ready))
        self._writer.close()

    def _write(self, grown: _Side, other: _Side) -> None:
        self._emit(max(min(grown.ready, other.ready), grown.ready - round(LAG * self._rate)))

    def _emit(self, count: int) -> None:
        """Write so many samples of both sides, silence where one has none."""
        if count <= 0:
            return
        self._writer.append(int16(np.stack([self._left.take(count), self._right.take(count)], axis=1)))


class _Side:
    """One side's sound on the session's time line, waiting for the other's."""

    def __init__(self, rate: int, file_rate: int) -> None:
        self._rate = rate
        self._resampler = StreamResampler(rate, file_rate)
        self._end = 0  # where the next block belongs, in samples at `rate`
        self._blocks: list[Samples] = []
        self._written = 0
        self._made = 0

    @property
    def ready(self) -> int:
        """Samples at the file's rate; negative when silence was written that sound may still replace."""
        return self._made - self._written

    def append(self, samples: Samples, at: float) -> None:
        gap = round(at * self._rate) - self._end
        if abs(gap) <= JITTER * self._rate:
            gap = 0
        if gap > 0:
            self._feed(np.zeros(gap, np.float32))
        self._feed(samples[max(0, -gap) :])

    def finish(self) -> None:
        self._keep(self._resampler.finish())

    def take(self, count: int) -> Samples:
        """Exactly so many samples, silence where there are none; their place in time is then gone."""
        whole = np.concatenate([*self._blocks, np.zeros(count, np.float32)]) if self._blocks else NO_SAMPLES
        held = self._made - self._written
        self._written += count
        self._blocks = [whole[count:held]] if held > count else []
        return whole[:count] if len(whole) else np.zeros(count, np.float32)

    def _feed(self, samples: Samples) -> None:
        self._end += len(samples)
        self._keep(self._resampler.feed(samples))

    def _keep(self, samples: Samples) -> None:
        """Sound whose time was already written as silence is too late."""
        late = min(len(samples), max(0, self._written - self._made))
        self._made += len(samples)
        if late < len(samples):
            self._blocks.append(samples[late:])
