"""Which weights are used: the operator's where configured, else the small ones that are shipped.

In: settings and the folder of the demo models. Out: a `Found` for each engine, checked, so that missing or
damaged weights are reported before anything is loaded. `python -m models.registry` seals the shipped weights:
it writes their sha256 into manifest.toml, which `ModelStore.verify` compares.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from core.errors import ModelDamaged, ModelMissing, VoiceError
from models.config import ModelsConfig
from models.weights import check_gguf, check_whisper_directory

DEMO: Final = Path(__file__).parent / "demo"
"""The shipped models and the example knowledge base."""
DEMO_KNOWLEDGE: Final = DEMO / "knowledge"
_MANIFEST: Final = "manifest.toml"
"""Beside the demo folder; its paths are relative to its own folder."""
_SEALED: Final = ("whisper/*", "llm/*.gguf")
_INCOMPLETE: Final = (
    "The installation is incomplete: copy or install Tingshuo again, or name weights of your own in [models]."
)
_HEADER: Final = """\
# The shipped demo weights, sealed: size in bytes and sha256 of each file, relative to this folder.
# Written by `python -m models.registry`; compared by `tingshuo models --verify` and at every start.
"""

_ADVICE: Final[Mapping[str, str]] = {
    "models.whisper": "a folder with a CTranslate2 conversion of Whisper, for example of Whisper small",
    "models.gguf": "any chat model in GGUF whose file holds its chat template",
}
Kind = Literal["whisper", "sphinx", "llama"]
Purpose = Literal["hearing", "hearing in demo", "thinking"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Weights for one engine."""

    kind: Kind
    path: Path | None
    """A folder (whisper) or a file (llama); None for pocketsphinx, whose model comes inside its package."""
    demo: bool
    """A shipped stand-in that shows the machine at work, not a model to serve customers with."""
    description: str
    """For a person, without its size."""
    size_bytes: int
    """0 for pocketsphinx."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the overview: found, or the problem instead."""

    purpose: Purpose
    setting: str
    """The key that brings other weights."""
    configured: str
    """Its value; empty when unset."""
    found: Found | None
    problem: VoiceError | None
    advice: str
    """What to put where for better weights; empty when the operator's own are in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seal:
    size_bytes: int
    sha256: str


class ModelStore:
    """Finds the weights for each engine.

    Args:
        config: what the operator wants.
        demo: folder of the shipped models; its parent holds manifest.toml.
    """

    def __init__(self, config: ModelsConfig, *, demo: Path = DEMO) -> None:
        self._config = config
        self._demo = demo

    def recognizer(self, *, prefer_demo: bool = False) -> Found:
        """Find who recognises speech; a configured folder that is bad is an error, never replaced by another.

        Args:
            prefer_demo: with "auto" and no folder configured, take the shipped Whisper and not pocketsphinx.

        Raises:
            ModelMissing: no such weights.
            ModelDamaged: they cannot be read.
        """
        config = self._config
        if config.recognizer == "sphinx":
            return _sphinx()
        if config.whisper is not None:
            path = config.whisper.expanduser()
            check_whisper_directory(path)
            return _whisper(path, f"Whisper from {path.name}", demo=False)
        if config.recognizer == "auto" and not prefer_demo:
            return _sphinx()
        path = self._demo / "whisper"
        if not path.is_dir():
            raise ModelMissing(f"no demo Whisper in {path}", code="whisper", hint=_INCOMPLETE)
        check_whisper_directory(path)
        return _whisper(path, "demo Whisper (synthetic voices only)", demo=True)

    def language_model(self) -> Found:
        """Find the language model: the configured file, else the first shipped one by name.

        Raises:
            ModelMissing: no such file.
            ModelDamaged: it cannot be read.
        """
        if self._config.gguf is not None:
            path = self._config.gguf.expanduser()
            check_gguf(path)
            return _llama(path, f"language model {path.stem}", demo=False)
        shipped = sorted((self._demo / "llm").glob("*.gguf"))
        if not shipped:
            raise ModelMissing(
                f"no demo language model in {self._demo / 'llm'}", code="gguf", hint=_INCOMPLETE
            )
        check_gguf(shipped[0])
        return _llama(shipped[0], f"demo language model {shipped[0].stem}", demo=True)

    def verify(self, found: Found) -> None:
        """Compare shipped weights with their seals; others have none, so only their form is checked.

        Raises:
            ModelMissing: a sealed file is absent, or nothing is sealed.
            ModelDamaged: a file differs from its seal.
        """
        if found.path is None:
            return
        if not found.demo:
            (check_gguf if found.kind == "llama" else check_whisper_directory)(found.path)
            return
        manifest = self._demo.parent / _MANIFEST
        seals = {manifest.parent / name: seal for name, seal in _read_manifest(manifest).items()}
        sealed = {file: seal for file, seal in seals.items() if file.is_relative_to(found.path)}
        if not sealed:
            raise ModelMissing(f"{manifest} lists nothing of {found.path}", code="manifest", hint=_INCOMPLETE)
        for file, seal in sealed.items():
            _compare(file, seal)

    def overview(self) -> tuple[Row, ...]:
        """Tell what is configured and found for each purpose; problems are reported, not raised."""
        config = self._config
        hearing = self._row("hearing", self.recognizer)
        thinking = self._row("thinking", self.language_model)
        if config.recognizer == "auto" and config.whisper is None:
            return (
                hearing,
                self._row("hearing in demo", lambda: self.recognizer(prefer_demo=True)),
                thinking,
            )
        return hearing, thinking

    def _row(self, purpose: Purpose, find: Callable[[], Found]) -> Row:
        setting = "models.gguf" if purpose == "thinking" else "models.whisper"
        configured = self._config.gguf if purpose == "thinking" else self._config.whisper
        found, problem = _attempt(find)
        own = found is not None and not found.demo and found.kind != "sphinx"
        return Row(
            purpose=purpose,
            setting=setting,
            configured="" if configured is None else str(configured),
            found=found,
            problem=problem,
            advice="" if own else _ADVICE[setting],
        )


def write_manifest(demo: Path = DEMO) -> tuple[str, ...]:
    """Seal the shipped weights that are there and give their names; where none are, the manifest is empty."""
    root = demo.parent
    files = sorted(file for pattern in _SEALED for file in demo.glob(pattern) if file.suffix != ".md")
    names = tuple(file.relative_to(root).as_posix() for file in files)
    lines = [
        f'"{name}" = {{ size_bytes = {file.stat().st_size}, sha256 = "{_sha256(file)}" }}\n'
        for name, file in zip(names, files, strict=True)
    ]
    (root / _MANIFEST).write_text(_HEADER + "".join(lines), encoding="utf-8")
    return names


def _attempt(find: Callable[[], Found]) -> tuple[Found | None, VoiceError | None]:
    try:
        return find(), None
    except (ModelMissing, ModelDamaged) as error:
        return None, error


def _sphinx() -> Found:
    return Found(
        kind="sphinx",
        path=None,
        demo=False,
        description="pocketsphinx (knows the knowledge base's sentences)",
        size_bytes=0,
    )


def _whisper(path: Path, description: str, *, demo: bool) -> Found:
    size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return Found(kind="whisper", path=path, demo=demo, description=description, size_bytes=size)


def _llama(path: Path, description: str, *, demo: bool) -> Found:
    return Found(kind="llama", path=path, demo=demo, description=description, size_bytes=path.stat().st_size)


def _read_manifest(file: Path) -> dict[str, _Seal]:
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
        return {
            name: _Seal(size_bytes=int(seal["size_bytes"]), sha256=str(seal["sha256"]))
            for name, seal in tree.items()
        }
    except OSError as error:
        raise ModelMissing(
            f"cannot read {file}: {error.strerror}", code="manifest", hint=_INCOMPLETE
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ModelDamaged(
            f"{file} is not a list of seals: {error}", code="manifest", hint=_INCOMPLETE
        ) from error


def _compare(file: Path, seal: _Seal) -> None:
    if not file.is_file():
        raise ModelMissing(f"the shipped file {file} is gone", code="shipped", hint=_INCOMPLETE)
    size = file.stat().st_size
    if size != seal.size_bytes:
        raise ModelDamaged(
            f"the shipped file {file} has {size} bytes, not {seal.size_bytes}",
            code="shipped",
            hint=_INCOMPLETE,
        )
    if _sha256(file) != seal.sha256:
        raise ModelDamaged(
            f"the shipped file {file} differs from its sha256", code="shipped", hint=_INCOMPLETE
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    sys.stdout.writelines(f"{name}\n" for name in write_manifest())
