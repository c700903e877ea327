"""From one sample rate to another, by soxr at its HQ setting. All samples float32, shape (n,), mono.

The output is aligned with the input: sample k of it sounds k / rate seconds after the first, and the
stream gives as many samples as the one-shot call, however its input is cut.
"""

from __future__ import annotations

import numpy as np
import soxr

from core.audio import FRAME_BYTES, HEARING_RATE, INT16_SCALE, Samples, Waveform, to_pcm

NO_SAMPLES: Samples = np.zeros(0, dtype=np.float32)


def resample(waveform: Waveform, rate: int) -> Waveform:
    """The whole waveform at another rate."""
    if waveform.rate == rate or len(waveform.samples) == 0:
        return Waveform(waveform.samples, rate)
    samples = soxr.resample(np.ascontiguousarray(waveform.samples, np.float32), waveform.rate, rate)
    return Waveform(samples, rate)


class StreamResampler:
    """Sound in pieces in, sound in pieces out; the last of it comes from `finish`.

    Args:
        quick: hold back 10 to 13 ms instead of 37 to 42 (measured, 10 ms pieces, 22 to 48 kHz), for live
            sound; the output then lies a fraction of a millisecond beside the exact place
            (soxr's variable-rate filter).
    """

    def __init__(self, from_rate: int, to_rate: int, *, quick: bool = False) -> None:
        self.from_rate = from_rate
        self.to_rate = to_rate
        self._stream = None if from_rate == to_rate else soxr.ResampleStream(from_rate, to_rate, 1, vr=quick)

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


class FrameConverter:
    """A microphone's int16 blocks, of any rate and channel count, to whole frames of ours."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._resampler = StreamResampler(rate, HEARING_RATE, quick=True)
        self._rest = b""

    def frames(self, block: bytes) -> list[bytes]:
        """Each of `core.audio.FRAME_BYTES`; what is left over waits for the next block."""
        spread = np.frombuffer(block, "<i2").reshape(-1, self._channels)
        mono = spread.mean(axis=1, dtype=np.float32) / np.float32(INT16_SCALE)
        pcm = self._rest + to_pcm(Waveform(self._resampler.feed(mono), HEARING_RATE))
        whole = len(pcm) // FRAME_BYTES * FRAME_BYTES
        self._rest = pcm[whole:]
        return [pcm[start : start + FRAME_BYTES] for start in range(0, whole, FRAME_BYTES)]
