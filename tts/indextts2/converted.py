"""An official checkpoint rewritten once: pickles to safetensors, weight norm folded, unread tensors left out.

Everything is checked before anything is written. Each part is one file, whole or not there; a second run
keeps the parts whose sources and results are as the manifest says, so that it goes on where the first one
stopped. The same source gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast

import torch
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor

from core.errors import ModelDamaged, OutputError
from tts.indextts2.checkpoint import CONVERTED_FORMAT, open_checkpoint, read_manifest
from tts.indextts2.checkpoint_networks import Shape, needed
from tts.indextts2.converted_digest import digest
from tts.indextts2.filled import fold
from tts.indextts2.layout import MANIFEST, PARTS, Part, sources
from tts.indextts2.written import Told, check_folder, check_space, new_file

Precision = Literal["fp32", "bf16", "fp16"]
DTYPES: Final[Mapping[Precision, torch.dtype]] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
_ALWAYS_WHOLE: Final[tuple[Part, ...]] = ("campplus", "matrices")
"""Stay in float32: they are small, and batch statistics do not bear rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What was done."""

    kept: tuple[Part, ...]
    """Parts that were there from an earlier run."""
    source_bytes: int
    result_bytes: int
    left_out_bytes: int
    """Of the source's tensors and other entries, what inference does not read."""


class Converter:
    """One conversion; checks on construction, writes on `run`."""

    def __init__(self, source: Path, target: Path, precision: Precision = "fp32") -> None:
        """Look at everything.

        Raises:
            ModelMissing: files are not there; all are named.
            ModelDamaged: tensors are missing or of another shape; all are named.
            OutputError: the target holds something else, is the source, or has too little room.
        """
        self._source = open_checkpoint(source)
        self._target = target
        self._precision: Precision = precision
        if self._source.converted:
            raise OutputError(
                f"{source} is converted already", code="indextts2-converted", hint="Use it as it is."
            )
        self._source.require("voices")
        earlier = read_manifest(target) if target.is_dir() else {}
        check_folder(
            target, ours=earlier.get("format") == CONVERTED_FORMAT, what="folder of converted weights"
        )
        self._earlier = earlier
        self._files = sources(converted=True, half_rate=self._source.config.half_rate)
        self._wanted = {part: needed(part, self._source.config) for part in PARTS}
        self._check()
        check_space(target, self.result_bytes - self._there())

    @property
    def source_bytes(self) -> int:
        return sum(file.stat().st_size for part in PARTS for file in self._source.files(part).values())

    @property
    def result_bytes(self) -> int:
        """Of the tensors that will be there."""
        return sum(
            torch.Size(shape).numel() * self._dtype(part).itemsize
            for part in PARTS
            for shape in self._wanted[part].values()
        )

    def run(self, told: Told) -> Conversion:
        """Convert.

        Args:
            told: takes bytes done; in the end `source_bytes` that were read and `result_bytes` written.

        Raises:
            OutputError: the target cannot be written.
            ModelDamaged: a number does not fit the precision.
        """
        parts: dict[str, Any] = dict(self._earlier.get("parts", {}))
        kept: list[Part] = []
        self._note(parts, complete=False)
        for key in (key for key, file in self._files.items() if file.part is None):
            self._copy(key)
        left_out = 0
        for part in PARTS:
            sources = self._source.files(part)
            seal = {key: digest(file, told) for key, file in sources.items()}
            if self._is_there(part, parts.get(part), seal):
                kept.append(part)
                told(self._size(part))
            else:
                parts[part] = self._write(part, seal, told)
                self._note(parts, complete=False)
            left_out += sum(entry["size_bytes"] for entry in seal.values()) - self._read_bytes(part)
        self._note(parts, complete=True)
        return Conversion(
            kept=tuple(kept),
            source_bytes=self.source_bytes,
            result_bytes=self.result_bytes,
            left_out_bytes=left_out,
        )

    def _check(self) -> None:
        """Every needed tensor, by name and shape."""
        faults = [
            f"{part}: {fault}"
            for part in PARTS
            for fault in _faults(self._wanted[part], self._source.tensors(part))
        ]
        if faults:
            raise ModelDamaged(
                f"{self._source.directory} does not fit its config.yaml, {len(faults)} tensors:\n  "
                + "\n  ".join(faults),
                code="indextts2-tensors",
                hint="Take the files of one version and the config.yaml beside them; copy them again.",
            )

    def _there(self) -> int:
        """Bytes that will be replaced or kept."""
        files = (self._target / self._files[part].name for part in PARTS)
        return sum(file.stat().st_size for file in files if file.is_file())

    def _dtype(self, part: Part) -> torch.dtype:
        return torch.float32 if part in _ALWAYS_WHOLE else DTYPES[self._precision]

    def _size(self, part: Part) -> int:
        return (
            sum(torch.Size(shape).numel() for shape in self._wanted[part].values())
            * self._dtype(part).itemsize
        )

    def _read_bytes(self, part: Part) -> int:
        """Bytes of the source's tensors that are used."""
        tensors = self._source.tensors(part)
        return sum(
            half.numel() * half.element_size()
            for name in self._wanted[part]
            for half in _halves(tensors, name)
        )

    def _is_there(self, part: Part, entry: object, seal: Mapping[str, Any]) -> bool:
        """Whether an earlier run wrote this part from the same files, and nobody changed it since."""
        file = self._target / self._files[part].name
        if not isinstance(entry, dict) or not file.is_file():
            return False
        told = cast("dict[str, object]", entry)
        same = told.get("sources") == seal and told.get("dtype") == _name(self._dtype(part))
        return same and told.get("result") == digest(file, lambda _: None)

    def _write(self, part: Part, seal: Mapping[str, Any], told: Told) -> dict[str, Any]:
        file = self._target / self._files[part].name
        dtype = self._dtype(part)
        tensors = self._source.tensors(part)
        found = {name: _cast(part, name, _halves(tensors, name), dtype) for name in self._wanted[part]}
        with new_file(file) as place:
            save_file(found, place, metadata={"format": "pt"})
        told(self._size(part))
        return {"sources": seal, "dtype": _name(dtype), "result": digest(file, lambda _: None)}

    def _copy(self, key: str) -> None:
        file = self._source.file(key)
        target = self._target / self._files[key].name
        if file is None:
            target.unlink(missing_ok=True)
            return
        with new_file(target) as place:
            place.write_bytes(file.read_bytes())

    def _note(self, parts: Mapping[str, Any], *, complete: bool) -> None:
        manifest = {
            "format": CONVERTED_FORMAT,
            "version": self._source.version,
            "random": self._source.random,
            "fingerprint": self._source.fingerprint,
            "complete": complete,
            "parts": {part: parts[part] for part in PARTS if part in parts},
        }
        with new_file(self._target / MANIFEST) as place:
            place.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _faults(wanted: Mapping[str, Shape], tensors: Mapping[str, Tensor]) -> list[str]:
    faults: list[str] = []
    for name, shape in wanted.items():
        halves = _halves(tensors, name)
        found = tuple(halves[-1].shape) if halves else None
        if found != shape:
            faults.append(
                f"{name} {shape} is missing" if found is None else f"{name} is {found}, not {shape}"
            )
    return faults


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _halves(tensors: Mapping[str, Tensor], name: str) -> tuple[Tensor, ...]:
    """The tensor; or length and direction, where it is under weight norm; or nothing."""
    if name in tensors:
        return (tensors[name],)
    pair = (f"{name}_g", f"{name}_v")
    return tuple(tensors[half] for half in pair) if all(half in tensors for half in pair) else ()


def _cast(part: Part, name: str, halves: tuple[Tensor, ...], dtype: torch.dtype) -> Tensor:
    whole = fold(*halves) if len(halves) == 2 else halves[0]
    if not whole.is_floating_point():
        return whole.contiguous()
    result = whole.to(dtype).contiguous()
    if not torch.isfinite(result).all():
        raise ModelDamaged(
            f"{part}: {name} holds numbers that are not finite as {dtype}",
            code="indextts2-range",
            hint="Convert with --dtype bf16 or fp32; if that fails, copy the file again.",
        )
    return result
