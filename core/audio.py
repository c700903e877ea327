"""Sound as the house speaks of it: frames from the microphone, waveforms everywhere else.

Shapes: n = samples. A `Waveform`'s samples are float32 (n,), mono, in [-1, 1]. An `AudioFrame` is 20 ms of
16 kHz sound kept as the int16 bytes that sound cards and voice detectors use, so that a silent
frame costs no conversion (docs/decisions/0001-frames-stay-int16.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:  # numpy is half of what importing the session costs, and only decoded sound needs it
    import numpy as np
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.float32]"
"""float32, shape (n,)."""

HEARING_RATE = 16_000
"""Hz. Whisper, pocketsphinx, webrtcvad and Silero all take 16 kHz mono."""
FRAME_SECONDS = 0.02
"""webrtcvad takes 10, 20 or 30 ms; 20 ms is the house's frame."""
FRAME_SAMPLES = round(HEARING_RATE * FRAME_SECONDS)
FRAME_BYTES = FRAME_SAMPLES * 2
INT16_SCALE = 32_768.0
SILENT_FRAME = bytes(FRAME_BYTES)


@dataclass(frozen=True, slots=True)
class Waveform:
    """Mono sound at `rate` Hz: float32 samples, shape (n,), in [-1, 1]."""

    sound: Samples | bytes
    """The samples, or int16 little-endian bytes, which become the samples when they are first asked for."""
    rate: int

    @property
    def samples(self) -> Samples:
        sound = self.sound
        if isinstance(sound, bytes):
            sound = _decoded(sound)
            object.__setattr__(self, "sound", sound)
        return sound

    @property
    def seconds(self) -> float:
        sound = self.sound
        return (len(sound) // 2 if isinstance(sound, bytes) else len(sound)) / self.rate


class AudioFrame(NamedTuple):
    """20 ms from the microphone. A tuple, because one is made 50 times a second for ever."""

    pcm: bytes
    """`FRAME_BYTES` bytes: int16 little-endian, mono, `HEARING_RATE`."""
    at: float
    """Seconds on the session clock at the frame's end, counted from samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """Somebody may have started to speak: an `Onset` follows soon, or it was nothing."""

    patience: float
    """Seconds after which it was nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """The user has started to speak."""

    started: float
    """Session seconds of the first voiced frame (before confirmation took its time)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What the user said between two endpoints, pre-roll included."""

    pcm: bytes
    """int16 little-endian mono at `HEARING_RATE`; decoded where it is heard, on the recogniser's lane."""
    started: float
    """Session seconds of the first voiced frame."""
    ended: float
    """Session seconds of the last voiced frame."""
    cut: bool = False
    """True when the utterance reached the maximum length and was closed while still voiced."""
    abandoned: bool = False
    """True when there was too little voice for speech: a cough, not to be recognised."""

    @property
    def waveform(self) -> Waveform:
        """The sound, decoded when its samples are asked for."""
        return Waveform(self.pcm, HEARING_RATE)

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / HEARING_RATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lull:
    """The user is silent and may have finished: an `Utterance` of this sound or a `Resumption` follows."""

    utterance: Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The user goes on speaking: the lull was none."""


Heard = Suspicion | Onset | Lull | Resumption | Utterance


def from_pcm(pcm: bytes, rate: int = HEARING_RATE) -> Waveform:
    """Decode int16 little-endian mono bytes."""
    return Waveform(_decoded(pcm), rate)


def to_pcm(waveform: Waveform) -> bytes:
    """Encode as int16 little-endian bytes, clipping what exceeds [-1, 1]; what is such already stays."""
    if isinstance(waveform.sound, bytes):
        return waveform.sound
    import numpy as np

    scaled = np.rint(waveform.samples * INT16_SCALE)
    return scaled.clip(-INT16_SCALE, INT16_SCALE - 1, out=scaled).astype("<i2").tobytes()


def _decoded(pcm: bytes) -> Samples:
    import numpy as np

    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    samples *= 1 / INT16_SCALE
    return samples
