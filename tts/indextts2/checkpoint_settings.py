"""The text files of a checkpoint, read without trust: config.yaml, JSON beside the weights, the manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import yaml

from core.errors import ModelDamaged, ModelMissing

_LONGEST: Final = 256 << 10
"""Bytes; config.yaml and a manifest of ours have 3 kB. PyYAML is slow, and slower the deeper it gets."""
_DEEPEST: Final = 16
"""Collections within collections; config.yaml has 4."""


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML mapping of plain values: no tags, and no aliases, which grow without end.

    Raises:
        ModelMissing: the file cannot be read.
        ModelDamaged: it holds anything else.
    """
    return _mapping(file, _plain_yaml)


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object; raises as `read_yaml` does."""
    return _mapping(file, json.loads)


def _mapping(file: Path, parse: Callable[[str], object]) -> dict[str, Any]:
    try:
        tree = parse(_text(file))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise _damaged(file, f"cannot be read: {reason}") from error
    if not isinstance(tree, dict):
        raise _damaged(file, f"holds a {type(tree).__name__} and no settings by name")
    return cast("dict[str, Any]", tree)


def _plain_yaml(text: str) -> object:
    loader: Any = yaml.SafeLoader(text)
    try:
        depth = 0
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.AliasEvent):
                raise yaml.YAMLError("it refers to itself with an alias")
            opens, closes = (
                isinstance(event, yaml.CollectionStartEvent),
                isinstance(event, yaml.CollectionEndEvent),
            )
            depth += opens - closes
            if depth > _DEEPEST:
                raise yaml.YAMLError(f"it is nested more than {_DEEPEST} deep")
    finally:
        loader.dispose()
    return yaml.safe_load(text)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
    except OSError as error:
        raise ModelMissing(
            f"cannot read {file}: {error.strerror}", code="indextts2", hint="Check the file's permissions."
        ) from error
    if len(raw) > _LONGEST:
        raise _damaged(file, f"is longer than {_LONGEST >> 10} kB")
    return raw.decode("utf-8")


def _damaged(file: Path, fault: str) -> ModelDamaged:
    return ModelDamaged(
        f"{file} {fault}",
        code="indextts2-config",
        hint="Use the configuration files that came with the IndexTTS-2 checkpoint.",
    )
