"""Torch pickles read without running anything: first the archive, then what the pickle asks for, then torch.

A pickle is a program, and a checkpoint comes from the internet. Three gates, one behind the other: the file
must be a plain zip archive of stored members under one folder; its pickle may name nothing but tensors,
storages and dictionaries; and torch reads it with `weights_only`, mapped and not copied. A tensor may not be
larger than the bytes behind it.
"""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import torch
from torch import Tensor

from core.errors import ModelDamaged

_PROGRAM_BYTES: Final = 64 << 20
"""Of the pickle without its tensors; a released one has about 0.1 MB, an optimiser's a few."""
_CALLED: Final = frozenset(
    {
        "collections OrderedDict",
        "torch Size",
        "torch._utils _rebuild_tensor",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        "torch._utils _rebuild_parameter_with_state",
        "torch device",
        "torch.serialization _get_layout",
        "_codecs encode",
    }
)
"""Fewer than torch's own list, which would also make arrays of any size, nested and quantised tensors."""
_DTYPES: Final = frozenset(
    f"torch {kind}"
    for kind in (
        "float64",
        "float32",
        "float16",
        "bfloat16",
        "int64",
        "int32",
        "int16",
        "int8",
        "uint8",
        "bool",
    )
)
_STORAGES: Final = frozenset(
    f"torch {kind}Storage"
    for kind in ("Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
) | {"torch.storage UntypedStorage", "torch.storage TypedStorage"}
_ALLOWED: Final = _CALLED | _DTYPES | _STORAGES
_OTHER_WAYS: Final = frozenset(
    {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER"}
)
"""Ways to make objects that torch.save never takes."""
_AGAIN: Final = "Copy the file again and compare its size and sha256 with its publisher's."


def read_pickle(file: Path) -> object:
    """What a torch file holds: nested dictionaries of tensors, mapped from the file and not yet read.

    Raises:
        ModelDamaged: cut off, of an old or foreign format, or asking for anything but tensors; the code says
            which: indextts2-truncated, -format, -unsafe, -unreadable.
    """
    _look_through(file)
    try:
        return torch.load(file, map_location="cpu", mmap=True, weights_only=True)  # pyright: ignore[reportUnknownMemberType]
    except Exception as error:
        reason = str(error).partition("\n")[0][:200]
        raise damaged(file, f"cannot be read: {reason}", code="unreadable") from error


def entries(tree: object, file: Path) -> Mapping[str, object]:
    """A dictionary of what was read.

    Raises:
        ModelDamaged: it is none.
    """
    if not isinstance(tree, Mapping):
        raise damaged(file, f"holds a {type(tree).__name__} where tensors by name belong", code="nesting")
    return cast("Mapping[str, object]", tree)


def flat(tree: object, file: Path) -> dict[str, Tensor]:
    """The tensors of one dictionary; other entries are left out.

    Raises:
        ModelDamaged: it is no dictionary, or a tensor claims more values than the file has behind it.
    """
    return {
        str(name): plain(value, str(name), file)
        for name, value in entries(tree, file).items()
        if isinstance(value, Tensor)
    }


def plain(value: Tensor, name: str, file: Path) -> Tensor:
    """The tensor itself, if it is an ordinary one on the CPU."""
    ordinary = value.layout is torch.strided and value.device.type == "cpu" and not value.is_quantized
    if not ordinary:
        raise damaged(file, f"{name} is no ordinary tensor", code="unsafe")
    claimed, there = value.numel() * value.element_size(), value.untyped_storage().nbytes()
    if claimed > there:
        raise damaged(
            file, f"{name} claims {claimed} bytes, and {there} are behind it", code="unsafe", hint=_AGAIN
        )
    return value.detach()


def damaged(file: Path, fault: str, *, code: str, hint: str = _AGAIN) -> ModelDamaged:
    """The error of this room for a bad file."""
    return ModelDamaged(f"{file} {fault}", code=f"indextts2-{code}", hint=hint)


def _look_through(file: Path) -> None:
    if not zipfile.is_zipfile(file):
        raise _no_archive(file)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            program = _program(file, members)
            _check_members(file, members)
            written = archive.read(program)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise damaged(file, f"is a broken archive: {error}", code="truncated") from error
    _check_program(file, written)


def _no_archive(file: Path) -> ModelDamaged:
    with file.open("rb") as opened:
        head = opened.read(4)
    if head == b"PK\x03\x04":
        return damaged(file, f"is cut off after {file.stat().st_size} bytes", code="truncated")
    if head[:1] == b"\x80":
        return damaged(
            file,
            "is in PyTorch's format from before version 1.6, or another pickle",
            code="format",
            hint="Where you trust it, load it with torch.load(weights_only=True) and torch.save it anew.",
        )
    return damaged(file, f"is no torch file: it begins with {head!r}", code="format")


def _program(file: Path, members: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The archive's only pickle."""
    if any(member.filename.endswith("/constants.pkl") for member in members):
        raise damaged(file, "is a TorchScript archive: it holds code", code="unsafe")
    found = [member for member in members if member.filename.endswith("data.pkl")]
    if len(found) != 1 or found[0].filename.count("/") != 1:
        raise damaged(file, f"holds {len(found)} pickles in a folder of its own, not 1", code="format")
    if found[0].file_size > _PROGRAM_BYTES:
        raise damaged(file, f"has a pickle of {found[0].file_size} bytes", code="unsafe")
    return found[0]


def _check_members(file: Path, members: list[zipfile.ZipInfo]) -> None:
    roots = {member.filename.partition("/")[0] for member in members}
    size = file.stat().st_size
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise damaged(
                file, f"holds {member.filename!r} compressed, which torch never does", code="unsafe"
            )
        if member.header_offset + member.file_size > size:
            raise damaged(file, f"ends before its member {member.filename!r}", code="truncated")
        if ".." in member.filename.split("/") or member.filename.startswith("/") or "\\" in member.filename:
            raise damaged(file, f"holds the path {member.filename!r}", code="unsafe")
    if len(roots) != 1:
        raise damaged(file, f"holds {len(roots)} folders, not 1", code="unsafe")
    if len({member.filename for member in members}) != len(members):
        raise damaged(file, "holds two members of one name", code="unsafe")


def _check_program(file: Path, written: bytes) -> None:
    """What the pickle would import, found by reading its operations and not by running them."""
    try:
        for operation, argument, _ in pickletools.genops(written):
            if operation.name == "GLOBAL" and argument not in _ALLOWED:
                raise _unsafe(file, str(argument).replace(" ", "."))
            if operation.name in _OTHER_WAYS:
                raise _unsafe(file, f"an object by {operation.name}")
    except (ValueError, UnicodeDecodeError, OverflowError) as error:
        raise damaged(file, f"holds a broken pickle: {error}", code="truncated") from error


def _unsafe(file: Path, wanted: str) -> ModelDamaged:
    return damaged(
        file,
        f"asks for {wanted}: it is more than a file of tensors, and nothing of it was run",
        code="unsafe",
        hint="Do not open this file elsewhere. Get it from IndexTTS-2's publisher and compare its sha256.",
    )
