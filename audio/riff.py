"""The inside of a WAV file: RIFF chunks to float32 samples. Pure: bytes in, numbers out.

Takes what microphones, telephones' exporters and editors write: 8-bit unsigned, 16, 24 and 32-bit
integers, 32 and 64-bit floats, plain or "extensible", any rate, any number of channels, and files whose
writer died or streamed before it could fill in the sizes. Standard: RIFF/WAVE (IBM and Microsoft 1991) and
WAVEFORMATEXTENSIBLE; "chunk" is that standard's word.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from core.audio import Samples
from core.errors import InputError

INTEGER, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
RATES = range(1_000, 768_001)
"""Hz that a recording may have; beyond, the header is damaged."""
CONVERT = "convert it first: ffmpeg -i IN -c:a pcm_s16le OUT.wav"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    samples: Samples
    """Shape (n, channels), in [-1, 1]."""
    rate: int
    missing: int
    """Bytes of sound that the header promises and the file has not; 0 in a whole file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    kind: int
    channels: int
    rate: int
    width: int
    """Bytes of one sample of one channel."""


def decode(content: bytes) -> Decoded:
    """All sound of a WAV file, as far as there is any.

    Raises:
        InputError: it is no WAV file, of a kind not known here, or holds no sound.
    """
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise InputError("it is not a WAV file", code="not-wav", hint=CONVERT)
    form: _Format | None = None
    position = 12
    while position + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, position)
        position += 8
        if name == b"fmt ":
            form = _format(content[position : position + size])
        elif name == b"data":
            if form is None:
                raise InputError("its sound comes before its format", code="wav-damaged", hint=CONVERT)
            return _sound(content[position : position + size] if size else content[position:], size, form)
        position += size + size % 2
    raise InputError("it ends before its sound begins", code="wav-damaged", hint="record or copy it again")


def _format(header: bytes) -> _Format:
    if len(header) < 16:
        raise InputError("its format is cut short", code="wav-damaged", hint="record or copy it again")
    kind, channels, rate, _, block = struct.unpack_from("<HHIIH", header)
    if kind == EXTENSIBLE and len(header) >= 26:
        (kind,) = struct.unpack_from("<H", header, 24)
    if channels == 0 or block == 0 or block % channels or rate not in RATES:
        raise InputError(
            f"its format makes no sense: {channels} channels of {rate} Hz in blocks of {block} bytes",
            code="wav-damaged",
            hint="record or copy it again",
        )
    form = _Format(kind=kind, channels=channels, rate=rate, width=block // channels)
    if (kind, form.width) not in _DECODERS:
        raise InputError(
            f"its sound is of kind {kind} with {8 * form.width} bits, which is not known here",
            code="wav-kind",
            hint=CONVERT,
        )
    return form


def _sound(content: bytes, promised: int, form: _Format) -> Decoded:
    block = form.channels * form.width
    whole = len(content) // block
    if whole == 0:
        raise InputError("it holds no sound", code="wav-empty", hint="record it again")
    flat = _DECODERS[form.kind, form.width](content[: whole * block])
    samples = np.clip(np.nan_to_num(flat, posinf=1.0, neginf=-1.0), -1.0, 1.0).astype(np.float32)
    streamed = promised in (0, 0xFFFF_FFFF)
    return Decoded(
        samples=samples.reshape(whole, form.channels),
        rate=form.rate,
        missing=0 if streamed else max(0, promised - len(content)),
    )


def _unsigned8(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return (np.frombuffer(content, np.uint8).astype(np.float64) - 128.0) / 128.0


def _signed16(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(content, "<i2").astype(np.float64) / 2.0**15


def _signed24(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Each three bytes become the upper three of a 32-bit integer, which keeps the sign."""
    wide = np.zeros((len(content) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
    return _signed32(wide.tobytes())


def _signed32(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(content, "<i4").astype(np.float64) / 2.0**31


def _float32(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(content, "<f4").astype(np.float64)


def _float64(content: bytes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.frombuffer(content, "<f8").astype(np.float64)


_DECODERS = {
    (INTEGER, 1): _unsigned8,
    (INTEGER, 2): _signed16,
    (INTEGER, 3): _signed24,
    (INTEGER, 4): _signed32,
    (FLOAT, 4): _float32,
    (FLOAT, 8): _float64,
}
