"""A golden set: recorded inputs, outputs, weights and configuration of small random models."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor, nn

from core.errors import InputError
from tts.indextts2.config import IndexTts2Config, read_config
from tts.indextts2.filled import filled

Network = TypeVar("Network", bound=nn.Module)


class Golden:
    """Reads lazily. Floats are handed out on `device` in `dtype`, integers on `device`."""

    def __init__(self, root: Path, *, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        """Open a set.

        Raises:
            InputError: the folder or its manifest is not there or cannot be read.
        """
        self.root = root
        self.device = torch.device(device)
        self.dtype = dtype
        self._files: dict[str, dict[str, Tensor]] = {}
        tree = self.json("manifest.json")
        manifest = cast("dict[str, Any]", tree) if isinstance(tree, dict) else {}
        entries = manifest.get("tensors")
        if not isinstance(entries, dict):
            raise self._unreadable("manifest.json", "it lists no tensors")
        self.entries = cast("dict[str, dict[str, Any]]", entries)
        """Manifest name `section/role/name` -> file, key, shape, dtype and tolerance."""
        self.notes: dict[str, Any] = {key: value for key, value in manifest.items() if key != "tensors"}

    def json(self, name: str) -> Any:
        """A JSON file of the set, by its path within it."""
        try:
            return json.loads((self.root / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise self._unreadable(name, error) from error

    @cached_property
    def config(self) -> IndexTts2Config:
        """All networks' configuration."""
        return read_config(
            self.json("config.json"),
            w2v_bert=self.json("w2v_bert_config.json"),
            preprocessor=self.json("preprocessor_config.json"),
            campplus=self.json("campplus_config.json"),
            bigvgan=self.json("bigvgan_config.json"),
            source=str(self.root / "config.json"),
        )

    def weights(self, name: str) -> dict[str, Tensor]:
        """One state dict by the name of its file, in official names (`models.` of s2mel is cut)."""
        whole = self._file(f"weights/{name}.safetensors")
        return {key.removeprefix("models.") if name == "s2mel" else key: t for key, t in whole.items()}

    def network(self, build: Callable[[], Network], name: str, prefix: str = "") -> Network:
        """A network with this set's weights, on the set's device in its dtype."""
        return filled(
            build,
            self.weights(name),
            source=f"weights/{name}.safetensors",
            prefix=prefix,
            device=self.device,
            dtype=self.dtype,
        )

    def names(self, section: str, role: str = "out") -> list[str]:
        """Manifest names of a section, in the manifest's order."""
        return [name for name in self.entries if name.startswith(f"{section}/{role}/")]

    def has(self, name: str) -> bool:
        return name in self.entries

    def get(self, name: str) -> Tensor:
        """The recorded tensor, moved and cast as this set is."""
        tensor = self.recorded(name).to(self.device)
        return tensor.to(self.dtype) if tensor.is_floating_point() else tensor

    def recorded(self, name: str) -> Tensor:
        """The recorded tensor as it lies in the file.

        Raises:
            InputError: the set has no such tensor.
        """
        entry = self.entries.get(name)
        if entry is None:
            raise InputError(f"the golden set {self.root} has no {name}", code="parity-tensor")
        return self._file(entry["file"])[entry["key"]]

    def _file(self, name: str) -> dict[str, Tensor]:
        if name not in self._files:
            try:
                self._files[name] = load_file(self.root / name)
            except Exception as error:
                raise self._unreadable(name, error) from error
        return self._files[name]

    def _unreadable(self, name: str, why: object) -> InputError:
        return InputError(
            f"{self.root / name} cannot be read: {why}",
            code="parity",
            hint="Name the folder of a golden set: manifest.json, config.json, weights/, golden/, text/.",
        )
