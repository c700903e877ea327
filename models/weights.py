"""Are these weights whole? Looks at names, sizes and the first bytes; loads nothing.

Catches what people do: the wrong folder, another format, a copy that stopped early. Whether the numbers
inside are right only the engine can say.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

from core.errors import ModelDamaged, ModelMissing

HINT: Final = "`tingshuo models` tells what to put where."
_NEEDED: Final = ("model.bin", "tokenizer.json")
_VOCABULARIES: Final = ("vocabulary.json", "vocabulary.txt")
_TRANSFORMERS: Final = ("model.safetensors", "pytorch_model.bin")
_CT2_HEADER: Final = struct.Struct("<IH")
"""CTranslate2's model.bin: uint32 version, uint16 length of the kind's name with its zero, the name."""
_CT2_NEWEST: Final = 6
"""Newest version that CTranslate2 4 reads and writes (ctranslate2/specs/model_spec.py)."""
_WHISPER: Final = b"WhisperSpec\0"
_GGUF_HEADER: Final = struct.Struct("<4sIQQ")
"""GGUF specification: magic, uint32 version, uint64 number of tensors, uint64 number of metadata pairs."""
_GGUF_VERSIONS: Final = (2, 3)
"""What llama.cpp reads."""


def check_whisper_directory(path: Path) -> None:
    """Judge a folder of faster-whisper weights.

    Raises:
        ModelMissing: no such folder, or a file in it is absent.
        ModelDamaged: model.bin is not a Whisper model that CTranslate2 reads.
    """
    if not path.is_dir():
        fault = "is a file; name the folder it lies in" if path.exists() else "does not exist"
        raise ModelMissing(f"the folder of Whisper weights {path} {fault}", code="whisper", hint=HINT)
    missing = [name for name in _NEEDED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in _VOCABULARIES):
        missing.append(" or ".join(_VOCABULARIES))
    if missing:
        raise ModelMissing(f"{path} lacks {', '.join(missing)}", code="whisper", hint=_lacking_hint(path))
    file = path / "model.bin"
    head = _head(file, _CT2_HEADER.size + len(_WHISPER), code="whisper")
    if len(head) < _CT2_HEADER.size + len(_WHISPER):
        raise _damaged(file, f"is cut off after {len(head)} bytes", code="truncated")
    version, length = _CT2_HEADER.unpack_from(head)
    if not 1 <= version <= 0xFFFF:
        raise _damaged(
            file, f"is not a CTranslate2 model: it begins with {head[:4]!r}", code="not-ctranslate2"
        )
    if version > _CT2_NEWEST:
        raise _damaged(
            file, f"has CTranslate2 version {version}, newer than {_CT2_NEWEST}", code="ctranslate2-version"
        )
    if length != len(_WHISPER) or not head.endswith(_WHISPER):
        raise _damaged(file, "is a CTranslate2 model of another kind than Whisper", code="not-whisper")


def check_gguf(path: Path) -> None:
    """Judge a GGUF file.

    Raises:
        ModelMissing: no such file, or a folder.
        ModelDamaged: not GGUF, of a version that llama.cpp does not read, without tensors, or cut off.
    """
    if not path.is_file():
        fault = "is a folder; name the .gguf file in it" if path.is_dir() else "does not exist"
        raise ModelMissing(f"the language model {path} {fault}", code="gguf", hint=HINT)
    head = _head(path, _GGUF_HEADER.size, code="gguf")
    if head[:4] != b"GGUF":
        raise _damaged(path, f"is not a GGUF file: it begins with {head[:4]!r}", code="not-gguf")
    if len(head) < _GGUF_HEADER.size:
        raise _damaged(path, f"is cut off after {len(head)} bytes", code="truncated")
    _, version, tensors, _ = _GGUF_HEADER.unpack(head)
    if version not in _GGUF_VERSIONS:
        raise ModelDamaged(
            f"{path} is GGUF version {version}; llama.cpp reads 2 and 3",
            code="gguf-version",
            hint=f"Get the model in a current GGUF, or convert it anew from its original weights; {HINT}",
        )
    if tensors == 0:
        raise _damaged(path, "is a GGUF of a vocabulary alone: it has no weights", code="no-tensors")


def _head(file: Path, size: int, *, code: str) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(size)
    except OSError as error:
        raise ModelMissing(
            f"cannot read {file}: {error.strerror}", code=code, hint="Check the file's permissions."
        ) from error


def _lacking_hint(path: Path) -> str:
    if any((path / name).is_file() for name in _TRANSFORMERS):
        return (
            "These are weights for Transformers; convert them once: "
            "ct2-transformers-converter --model FOLDER --output_dir NEW --quantization int8 "
            "--copy_files tokenizer.json preprocessor_config.json"
        )
    return HINT


def _damaged(file: Path, fault: str, *, code: str) -> ModelDamaged:
    return ModelDamaged(
        f"{file} {fault}",
        code=code,
        hint=f"Copy the file again and compare its sha256 with its publisher's; {HINT}",
    )
