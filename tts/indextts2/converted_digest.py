"""What identifies a file to the last bit."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from tts.indextts2.written import Told

_BLOCK: Final = 8 << 20
"""Bytes read at once."""


def digest(file: Path, told: Told) -> dict[str, Any]:
    """Size and sha256, as a manifest has them; `told` takes the bytes read."""
    found = hashlib.sha256()
    size = 0
    with file.open("rb", buffering=0) as opened:
        while block := opened.read(_BLOCK):
            found.update(block)
            size += len(block)
            told(len(block))
    return {"size_bytes": size, "sha256": found.hexdigest()}
