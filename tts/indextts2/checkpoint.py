"""A checkpoint directory, opened: its configuration, its text model, and the tensors of each part.

Either the official directory as it was downloaded, or the one that `tingshuo models convert indextts2` made
of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from core.errors import ModelDamaged, ModelMissing
from tts.indextts2.checkpoint_settings import read_json, read_yaml
from tts.indextts2.checkpoint_tensors import read_part
from tts.indextts2.config import HALF_RATE_VERSION, IndexTts2Config, read_config
from tts.indextts2.layout import GUIDE, MANIFEST, Layout, Part, Purpose, lacking, sources

VERSIONS: Final = (2.0, HALF_RATE_VERSION)
"""Those that are built here."""
CONVERTED_FORMAT: Final = "tingshuo-indextts2-converted/1"
RANDOM_FORMAT: Final = "tingshuo-indextts2-random/1"
_SAMPLED: Final = 256
"""Values at either end of a tensor that the fingerprint reads: a page of the file each."""
_IDENTIFYING: Final[tuple[Part, ...]] = ("gpt", "s2mel")
"""A prepared voice fits where these two are the same."""


class Checkpoint:
    """One directory; see `open_checkpoint`."""

    def __init__(self, layout: Layout, manifest: Mapping[str, Any], *, half_rate: bool = False) -> None:
        self._layout = layout
        self._half_rate = half_rate
        self.manifest = manifest
        """Of a directory of our own making; else empty."""

    @property
    def directory(self) -> Path:
        return self._layout.root

    @property
    def converted(self) -> bool:
        """Made by `tingshuo models convert`."""
        return self.manifest.get("format") == CONVERTED_FORMAT

    @property
    def random(self) -> bool:
        """Weights that were never trained; they make sound and no speech."""
        return self.manifest.get("random") is True

    @cached_property
    def config(self) -> IndexTts2Config:
        """All networks' shapes; what CAMPPlus has no file for is read from its tensors, if they are there.

        Raises:
            ModelDamaged: a structure or version that is not built here.
        """
        file = self._layout.need("config")
        config = read_config(
            read_yaml(file),
            w2v_bert=self._settings("w2v_bert_config"),
            preprocessor=self._settings("preprocessor_config"),
            campplus=self._campplus(),
            bigvgan=self._settings("bigvgan_config"),
            source=str(file),
        )
        if config.version not in VERSIONS:
            built = " and ".join(f"{version:.1f}" for version in VERSIONS)
            raise ModelDamaged(
                f"{file} is of IndexTTS version {config.version:.1f}; this engine builds {built}",
                code="indextts2-version",
                hint="Get the files of IndexTeam/IndexTTS-2, or of IndexTeam/IndexTTS-2.5.",
            )
        return config

    @property
    def version(self) -> str:
        """As in config.yaml, for example "2.0"."""
        return f"{self.config.version:.1f}"

    @property
    def bpe(self) -> Path:
        """The text vocabulary: a SentencePiece model, or in version 2.5 a file of ranks.

        Raises:
            ModelMissing: it is not there.
        """
        return self._layout.need("bpe")

    def tensors(self, part: Part) -> Mapping[str, Tensor]:
        """A part's tensors by flat official names, each read when it is taken.

        gpt as in gpt.pth; s2mel as `cfm.estimator...`, `length_regulator...`, `gpt_layer...`; matrices as
        feat1, feat2, wav2vec2bert_stats.mean and .var. In an official directory weight norm is not folded.

        Raises:
            ModelMissing: its files are not there.
            ModelDamaged: a file is cut off, of another part or version, or more than tensors.
        """
        return read_part(part, self._layout.files(part), half_rate=self._half_rate)

    def missing(self, purpose: Purpose) -> tuple[str, ...]:
        """Names of every file that a purpose needs and that is not there."""
        return self._layout.missing(purpose)

    def require(self, purpose: Purpose) -> None:
        """Make sure that nothing is missing.

        Raises:
            ModelMissing: something is; the message names all of it.
        """
        missing = self.missing(purpose)
        if missing:
            raise lacking(self.directory, missing)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell these weights from others, the same before and after converting.

        From names, shapes and both ends of every tensor of gpt and s2mel: half a second, not a full digest.
        That a file is whole to the last bit is what the manifest's sha256 are for.
        """
        told = self.manifest.get("fingerprint")
        if self.converted and isinstance(told, str):
            return told
        digest = hashlib.sha256()
        for part in _IDENTIFYING:
            tensors = self.tensors(part)
            for name in sorted(tensors):
                digest.update(_sample(part, name, tensors[name]))
        return digest.hexdigest()[:16]

    def file(self, key: str) -> Path | None:
        """A file by its key in `layout.sources`, or None where it is not there."""
        return self._layout.find(key)

    def files(self, part: Part) -> Mapping[str, Path]:
        """The files of a part.

        Raises:
            ModelMissing: some are not there.
        """
        return self._layout.files(part)

    def _settings(self, key: str) -> dict[str, Any] | None:
        file = self._layout.find(key)
        return None if file is None else read_json(file)

    def _campplus(self) -> dict[str, Any] | None:
        """The released model has no configuration file, so its widths are read from four tensors.

        Where they cannot be read, the released values count: who asks for the tensors is told what is wrong.
        """
        try:
            tensors = self.tensors("campplus")
            growth = tensors["xvector.block1.tdnnd1.cam_layer.linear_local.weight"].shape[0]
            return {
                "growth_rate": growth,
                "bn_size": tensors["xvector.block1.tdnnd1.linear1.weight"].shape[0] // growth,
                "init_channels": tensors["xvector.tdnn.linear.weight"].shape[0],
                "embedding_size": tensors["xvector.dense.linear.weight"].shape[0],
            }
        except (ModelMissing, ModelDamaged, LookupError, ZeroDivisionError):
            return None


def open_checkpoint(directory: Path) -> Checkpoint:
    """Open an official or a converted directory; tensors are read later, part by part.

    Raises:
        ModelMissing: no such directory, or files that speaking needs are not there; all of them are named.
        ModelDamaged: config.yaml cannot be used.
    """
    if not directory.is_dir():
        fault = "is a file; name the folder it lies in" if directory.exists() else "does not exist"
        raise ModelMissing(f"the IndexTTS-2 folder {directory} {fault}", code="indextts2", hint=GUIDE)
    manifest = read_manifest(directory)
    converted = manifest.get("format") == CONVERTED_FORMAT
    file = directory / "config.yaml"
    main = read_yaml(file) if file.is_file() else {}
    half_rate = _half_rate(main)
    layout = Layout(directory, sources(converted=converted, half_rate=half_rate))
    layout.rename(main)
    checkpoint = Checkpoint(layout, manifest, half_rate=half_rate)
    checkpoint.require("speech")
    return checkpoint


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest, if it is one of ours; else nothing.

    Raises:
        ModelDamaged: there is one, and it is no JSON.
    """
    file = directory / MANIFEST
    found = read_json(file) if file.is_file() else {}
    return found if found.get("format") in (CONVERTED_FORMAT, RANDOM_FORMAT) else {}


def _half_rate(main: Mapping[str, Any]) -> bool:
    """Whether a config.yaml that nobody checked yet says so."""
    version = main.get("version")
    return isinstance(version, int | float) and version >= HALF_RATE_VERSION


def _sample(part: Part, name: str, tensor: Tensor) -> bytes:
    values = tensor.reshape(-1)
    ends = torch.cat((values[:_SAMPLED], values[-_SAMPLED:])).contiguous()
    head = f"{part} {name} {tuple(tensor.shape)} {tensor.dtype}\n".encode()
    return head + ends.view(torch.uint8).numpy().tobytes()  # pyright: ignore[reportUnknownMemberType]
