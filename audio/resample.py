"""From one sample rate to another, by soxr at its HQ setting. All samples float32, shape (n,), mono.

The output is aligned with the input: sample k of it sounds k / rate seconds after the first, and the
stream gives as many samples as the one-shot call, however its input is cut.
"""

from __future__ import annotations

import numpy as np
import soxr

from core.audio import Samples, Waveform

NO_SAMPLES: Samples = np.zeros(0, dtype=np.float32)


def resample(waveform: Waveform, rate: int) -> Waveform:
    """The whole waveform at another rate."""
    if waveform.rate == rate or len(waveform.samples) == 0:
        return Waveform(waveform.samples, rate)
    samples = soxr.resample(np.ascontiguousarray(waveform.samples, np.float32), waveform.rate, rate)
    return Waveform(samples, rate)


class StreamResampler:
    """Sound in pieces in, sound in pieces out; holds back a few milliseconds until `finish`."""

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self._stream = None if from_rate == to_rate else soxr.ResampleStream(from_rate, to_rate, 1)

    def feed(self, samples: Samples) -> Samples:
        if self._stream is None:
            return samples
        return self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32))

    def finish(self) -> Samples:
        """What was held back. The next `feed` begins anew."""
        if self._stream is None:
            return NO_SAMPLES
        rest = self._stream.resample_chunk(NO_SAMPLES, last=True)
        self._stream.clear()
        return rest

    def reset(self) -> None:
        """Forget what was held back."""
        if self._stream is not None:
            self._stream.clear()
