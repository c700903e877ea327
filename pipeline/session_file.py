"""The session file: a tar archive that grows by a second of conversation at a time.

    session.json                what the session was built from
    00001/journal.jsonl         what reached the session, in order (pipeline/journal.py)
    00001/events.jsonl          what it said, as on the wire
    00001/microphone.wav  00001/loudspeaker.wav  00001/voice.wav
    00001/sum                   SHA-256 of all that and of the sum before it
    end                         the session was closed in order

Every part with its sum goes out in one write: whatever ends the process leaves whole parts behind, and any
tar reads them.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.errors import InputError, OutputError

FORMAT = 1
"""Raised when a file of this build cannot be read by the last one, or the other way round."""
BLOCK = tarfile.BLOCKSIZE
OWNER_ONLY = 0o600
LARGEST = 256 * 2**20
"""Bytes of one member: a second of sound and a knowledge base have far less."""
HEADER, SUM, END = "session.json", "sum", "end"

Part = Mapping[str, bytes]
"""Name of a member to what it holds."""


class SessionWriter:
    """A file that is there from the start, readable by its owner alone.

    Raises:
        OutputError: from any method: the disk is full or the place cannot be written. It is closed then.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self.path = path
        self._sum = b""
        self._parts = 0
        self._file = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            if path.is_file():
                os.fchmod(self._file, OWNER_ONLY)
        except OSError as error:
            raise self._failed(error) from error
        text = json.dumps({"format": FORMAT, **header}, ensure_ascii=False, separators=(",", ":"))
        self._write({HEADER: text.encode()}, "session.sum")

    def append(self, part: Part) -> None:
        """Write the next part."""
        if self._file < 0:
            return
        self._parts += 1
        folder = f"{self._parts:05}"
        self._write({f"{folder}/{name}": content for name, content in part.items()}, f"{folder}/{SUM}")

    def close(self) -> None:
        """Say that the session is complete; may be called again."""
        if self._file >= 0:
            self._write({END: b""}, None, after=bytes(2 * BLOCK))
            os.close(self._file)
            self._file = -1

    def _write(self, members: Part, sum_name: str | None, *, after: bytes = b"") -> None:
        content = b"".join(_member(name, content) for name, content in members.items())
        if sum_name is not None:
            self._sum = _chained(self._sum, content)
            content += _member(sum_name, self._sum)
        content += after
        try:
            while content:
                content = content[os.write(self._file, content) :]
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputError:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        return OutputError(
            f"cannot write {self.path}: {error.strerror}",
            code="session-file",
            hint="free some space or choose another place for the recording",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a session file holds, as far as it is whole."""

    header: Mapping[str, Any]
    parts: tuple[Part, ...]
    complete: bool
    """False: it ends before the session did."""


def read_parts(path: Path) -> Parts:
    """Everything up to where the file was cut, if it was.

    Raises:
        InputError: it cannot be read, is no session file, is of another version, holds nothing whole, or was
            changed.
    """
    try:
        with path.open("rb") as file:
            groups = _Groups(path, file)
            found = list(groups)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", code="unreadable", hint="check the path"
        ) from error
    if not found:
        raise cut_short(path)
    return Parts(header=_header(path, found[0]), parts=tuple(found[1:]), complete=groups.complete)


class _Groups:
    """The header's members, then each part's, sums checked."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self.complete = False

    def __iter__(self) -> Iterator[dict[str, bytes]]:
        sum_before, raw, members, number = b"", b"", {}, 0
        for name, content, bytes_read in self._members():
            if name == END and not members:
                self.complete = True
                return
            folder, _, base = name.rpartition("/")
            if name not in ("session.sum", f"{number:05}/{SUM}"):
                if name != HEADER and folder != f"{number:05}":
                    raise self._damaged(f"holds {name!r} where part {number} belongs")
                raw += bytes_read
                members[base] = content
                continue
            sum_before = _chained(sum_before, raw)
            if content != sum_before:
                raise self._damaged(f"part {number} does not have its sum")
            yield members
            raw, members, number = b"", {}, number + 1

    def _members(self) -> Iterator[tuple[str, bytes, bytes]]:
        """Name, content and raw bytes of each whole member; ends where the file is cut."""
        first = True
        while len(block := self._file.read(BLOCK)) == BLOCK:
            try:
                info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
            except (tarfile.HeaderError, ValueError) as error:
                raise (self._foreign() if first else self._damaged("has an unreadable part")) from error
            if first and info.name != HEADER:
                raise self._foreign()
            if not 0 <= info.size <= LARGEST:
                raise self._damaged("has a part of no possible size")
            first = False
            padded = self._file.read(-(-info.size // BLOCK) * BLOCK)
            if len(padded) < -(-info.size // BLOCK) * BLOCK:
                return
            yield info.name, padded[: info.size], block + padded
        if first and not HEADER.encode().startswith(block[: len(HEADER)]):
            raise self._foreign()

    def _foreign(self) -> InputError:
        return InputError(
            f"{self._path} is not a session file",
            code="session-kind",
            hint="`tingshuo run --record FILE` and `tingshuo talk --record` write session files",
        )

    def _damaged(self, what: str) -> InputError:
        return damaged(self._path, what)


def cut_short(path: Path) -> InputError:
    """The error of a file that ends before anything could be known."""
    return InputError(
        f"{path} is cut short: nothing in it is whole",
        code="session-cut-short",
        hint="the recording ended within its first second, or the copy is incomplete: copy it again",
    )


def damaged(path: Path, what: str) -> InputError:
    """The error of a file that is not as it was written."""
    return InputError(
        f"{path} was changed after it was written: it {what}",
        code="session-damaged",
        hint="take the original: what was recorded cannot be told from what was changed",
    )


def wav(pcm: bytes, rate: int) -> bytes:
    """A 16-bit mono WAV file; nothing for no sound."""
    if not pcm:
        return b""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return out.getvalue()


def pcm_of(content: bytes) -> bytes:
    """What `wav` was given.

    Raises:
        wave.Error, EOFError: it is no WAV file.
    """
    if not content:
        return b""
    with wave.open(io.BytesIO(content), "rb") as file:
        return file.readframes(file.getnframes())


def _member(name: str, content: bytes) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), OWNER_ONLY
    return info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-len(content) % BLOCK)


def _chained(before: bytes, content: bytes) -> bytes:
    return hashlib.sha256(before + content).hexdigest().encode()


def _header(path: Path, members: Mapping[str, bytes]) -> Mapping[str, Any]:
    try:
        header: object = json.loads(members[HEADER])
    except (KeyError, ValueError) as error:
        raise damaged(path, "has no readable header") from error
    if not isinstance(header, dict):
        raise damaged(path, "has no readable header")
    fields = cast("dict[str, Any]", header)
    if fields.get("format") != FORMAT:
        raise InputError(
            f"{path} has format {fields.get('format')}, of Tingshuo {fields.get('product', '?')}; "
            f"this version reads format {FORMAT}",
            code="session-version",
            hint="replay it with the version that wrote it",
        )
    return fields
