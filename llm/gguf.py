"""Is this file a GGUF that llama.cpp can read? Looks at the first 24 bytes only.

Layout (GGUF specification): the magic "GGUF", then little-endian uint32 version, uint64 number of
tensors, uint64 number of metadata pairs. llama.cpp reads versions 2 and 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from core.errors import ModelDamaged, ModelMissing

_HEADER = struct.Struct("<4sIQQ")
_MAGIC = b"GGUF"
READABLE_VERSIONS = (2, 3)
_HINT = "Bring a GGUF file of version 3 and check its sha256 against its publisher's."


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufHeader:
    """What the first bytes of a GGUF file say."""

    version: int
    tensors: int
    metadata_pairs: int


def read_header(path: Path) -> GgufHeader:
    """Read and judge the header.

    Raises:
        ModelMissing: no such file.
        ModelDamaged: not a GGUF file, one of a version that cannot be read, or one cut off.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
    except FileNotFoundError as error:
        raise ModelMissing(
            f"no language model at {path}", code="gguf", hint="Set llm.model to a GGUF file that exists."
        ) from error
    except OSError as error:
        raise ModelMissing(
            f"cannot open {path}: {error.strerror}", code="gguf", hint="Check the path and its permissions."
        ) from error
    if head[:4] != _MAGIC:
        raise ModelDamaged(
            f"{path} is not a GGUF file: it begins with {head[:4]!r}", code="not-gguf", hint=_HINT
        )
    if len(head) < _HEADER.size:
        raise ModelDamaged(f"{path} is cut off after {len(head)} bytes", code="truncated", hint=_HINT)
    _, version, tensors, pairs = _HEADER.unpack(head)
    if version not in READABLE_VERSIONS:
        order = " (big-endian)" if version & 0xFFFF == 0 else ""
        raise ModelDamaged(
            f"{path} is a GGUF of version {version}{order}; llama.cpp reads 2 and 3",
            code="gguf-version",
            hint=_HINT,
        )
    return GgufHeader(version=version, tensors=tensors, metadata_pairs=pairs)
