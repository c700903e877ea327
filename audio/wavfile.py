"""WAV files: read any, write 16-bit ones, whole or as they grow.

`WavSource`, `ScriptedSource` and `WavSink`, which play recordings in the place of a sound card, are in
audio/recorded.py and offered here too.
"""

from __future__ import annotations

import errno
import logging
import struct
from collections.abc import Generator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.recorded import ScriptedSource, WavSink, WavSource
from audio.riff import INTEGER, Decoded, decode
from core.audio import INT16_SCALE, Samples, Waveform
from core.errors import InputError, OutputError

__all__ = ["ScriptedSource", "WavSink", "WavSource", "WavWriter", "read_channels", "read_wav", "write_wav"]

_log = logging.getLogger(__name__)
HEADER_BYTES = 44
LONGEST = 0xFFFF_FFFF - HEADER_BYTES
"""Bytes of sound that a WAV header can count: 12 hours of stereo at 24 kHz."""


def read_wav(path: Path) -> Waveform:
    """The recording at its own rate, all channels mixed to one; as `read_channels` otherwise."""
    decoded = read_channels(path)
    return Waveform(decoded.samples.mean(axis=1, dtype=np.float32), decoded.rate)


def read_channels(path: Path) -> Decoded:
    """The recording at its own rate, each channel for itself.

    A file that ends early gives what it holds, and a warning in the log.

    Raises:
        InputError: it is missing, unreadable, no WAV file, or holds no sound.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", code="unreadable", hint="check the path"
        ) from error
    try:
        decoded = decode(content)
    except InputError as error:
        code = error.code.removeprefix(f"{InputError.default_code}.")
        raise InputError(f"{path} cannot be used: {error.message}", code=code, hint=error.hint) from error
    if decoded.missing:
        _log.warning("%s is cut short: %d bytes of sound are missing", path, decoded.missing)
    return decoded


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write 16-bit sound, shape (n,) or (n, channels); the file is there whole or not at all.

    Raises:
        OutputError: the disk is full or the place cannot be written.
    """
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    content = int16(samples).tobytes()
    whole = _header(channels, rate, len(content)) + content
    with _explained(path):
        if path.exists() and not path.is_file():  # a device or a pipe: it must not be replaced
            path.write_bytes(whole)
            return
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(whole)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def int16(samples: Samples) -> NDArray[np.int16]:
    """Float sound as 16-bit integers, clipped to [-1, 1]."""
    return np.rint(np.clip(samples * INT16_SCALE, -INT16_SCALE, INT16_SCALE - 1)).astype("<i2")


class WavWriter:
    """A file that grows by a second of sound at a time and is whole after each: a crash loses no more.

    Raises:
        OutputError: from any method: the disk is full or the place cannot be written. It is closed then.
    """

    def __init__(self, path: Path, rate: int, channels: int = 1) -> None:
        self._path = path
        self._rate = rate
        self._channels = channels
        self._pending = bytearray()
        self._saved = 0
        self._file: FileIO | None = None
        with _explained(path):
            self._file = path.open("wb", buffering=0)
        self._save()

    def append(self, block: NDArray[np.int16]) -> None:
        """Take shape (n,) or (n, channels). What exceeds the length a WAV file can have is dropped."""
        if self._file is None or self._saved + len(self._pending) + block.nbytes > LONGEST:
            return
        self._pending += block.astype("<i2", copy=False).tobytes()
        if len(self._pending) >= self._rate * self._channels * 2:
            self._save()

    def close(self) -> None:
        """May be called again."""
        if self._file is not None:
            self._save()
            self._file.close()
            self._file = None

    def _save(self) -> None:
        """Sound first, then the header that counts it."""
        file = self._file
        assert file is not None
        try:
            with _explained(self._path):
                _write_at(file, HEADER_BYTES + self._saved, self._pending)
                self._saved += len(self._pending)
                self._pending.clear()
                _write_at(file, 0, _header(self._channels, self._rate, self._saved))
        except OutputError:
            self._file = None
            file.close()
            raise


def _write_at(file: FileIO, position: int, content: bytes | bytearray) -> None:
    file.seek(position)
    written = 0
    while written < len(content):
        written += file.write(content[written:])


def _header(channels: int, rate: int, sound: int) -> bytes:
    block = 2 * channels
    form = struct.pack("<HHIIHH", INTEGER, channels, rate, rate * block, block, 16)
    return struct.pack("<4sI4s4sI16s4sI", b"RIFF", 36 + sound, b"WAVE", b"fmt ", 16, form, b"data", sound)


@contextmanager
def _explained(path: Path) -> Generator[None, None, None]:
    """OSError in, `OutputError` out."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"{path} cannot be written: the disk is full",
                code="disk-full",
                hint="make room and run it again",
            ) from error
        raise OutputError(
            f"{path} cannot be written: {error.strerror}", code="unwritable", hint="choose another place"
        ) from error
