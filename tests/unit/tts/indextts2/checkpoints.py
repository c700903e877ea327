"""Copies of a small checkpoint to spoil, for tests of what is done with bad files."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path


def copied(source: Path, target: Path, *, own: tuple[str, ...] = ()) -> Path:
    """The same folder of links; files named in `own` are real copies that may be changed."""
    for file in source.rglob("*"):
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            if str(file.relative_to(source)) in own:
                place.write_bytes(file.read_bytes())
            else:
                place.symlink_to(file)
    return target


def archive(program: bytes, members: Mapping[str, bytes] | None = None, root: str = "archive") -> bytes:
    """A torch file around a pickle, as torch.save lays it out."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as file:
        file.writestr(f"{root}/data.pkl", program)
        file.writestr(f"{root}/byteorder", b"little")
        for name, content in (members or {}).items():
            file.writestr(name, content)
        file.writestr(f"{root}/version", b"3\n")
    return written.getvalue()


class Calls:
    """Pickles as a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def program(thing: object, protocol: int = 2) -> bytes:
    return pickle.dumps({"model": {"mel_embedding.weight": thing}}, protocol=protocol)
