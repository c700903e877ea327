"""The `gpu` extra: torch and what else the IndexTTS2 engine needs; asked for before any of it is imported."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from core.errors import ConfigError

_PACKAGES: Final = {
    "torch": "torch",
    "safetensors": "safetensors",
    "sentencepiece": "sentencepiece",
    "yaml": "pyyaml",
}
"""Modules and the packages that bring them: `gpu` in pyproject.toml."""


def require_gpu_extra() -> None:
    """Make sure that the engine can be imported.

    Raises:
        ConfigError: packages are not installed; they are named.
    """
    missing = [package for module, package in _PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise ConfigError(
            f"not installed: {', '.join(missing)}",
            code="gpu-extra",
            hint="In Tingshuo's folder: .venv/bin/pip install -c constraints.txt -e '.[gpu]'",
        )
