"""Where the files of a checkpoint lie: in the official directory, as published, and in the converted one.

Only names and places; nothing is opened here but config.yaml's own file names, handed in. A symbolic link is
followed, because the Hugging Face cache is made of them; a name that config.yaml gives may not leave the
directory. Knows nothing of torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Final, Literal, get_args

from core.errors import ModelDamaged, ModelMissing

Part = Literal["gpt", "s2mel", "semantic_codec", "campplus", "bigvgan", "w2v_bert", "matrices"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
Purpose = Literal["speech", "voices"]
"""speech: with a voice file that was made before; voices: making one from a recording, too."""
MANIFEST: Final = "manifest.json"
_BIGVGAN: Final = "nvidia/bigvgan_v2_22khz_80band_256x"
_W2V_BERT: Final = "facebook/w2v-bert-2.0"
RANKS_FILE: Final = "multilingual_zh_ja_yue_char_del.tiktoken"
"""The text vocabulary of version 2.5, under its published name."""
GUIDE: Final = "docs/guide/indextts2.md tells which file comes from where."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of a checkpoint."""

    name: str
    """As messages call it."""
    places: tuple[str, ...]
    """Patterns relative to the directory; the first that is there counts."""
    setting: tuple[str, ...] = ()
    """Keys in config.yaml that give the file another name."""
    part: Part | None = None
    """The part whose tensors it holds."""
    voices_only: bool = False
    """Only needed to make a voice from a recording."""
    optional: bool = False
    """Without it the released values count."""


def _hub(repository: str, file: str) -> str:
    """A file in the Hugging Face cache."""
    return f"hf_cache/models--{repository.replace('/', '--')}/snapshots/*/{file}"


def _either(path: str) -> tuple[str, str]:
    """Below hf_cache, where upstream puts auxiliary models, or beside the rest."""
    return f"hf_cache/{path}", path


OFFICIAL: Final[Mapping[str, Source]] = {
    "config": Source(name="config.yaml", places=("config.yaml",)),
    "bpe": Source(name="bpe.model", places=("bpe.model",), setting=("dataset", "bpe_model")),
    "gpt": Source(name="gpt.pth", places=("gpt.pth",), setting=("gpt_checkpoint",), part="gpt"),
    "s2mel": Source(name="s2mel.pth", places=("s2mel.pth",), setting=("s2mel_checkpoint",), part="s2mel"),
    "feat1": Source(name="feat1.pt", places=("feat1.pt",), setting=("spk_matrix",), part="matrices"),
    "feat2": Source(name="feat2.pt", places=("feat2.pt",), setting=("emo_matrix",), part="matrices"),
    "stats": Source(
        name="wav2vec2bert_stats.pt",
        places=("wav2vec2bert_stats.pt",),
        setting=("w2v_stat",),
        part="matrices",
    ),
    "semantic_codec": Source(
        name="semantic_codec/model.safetensors (MaskGCT)",
        places=(
            *_either("semantic_codec_model.safetensors"),
            *_either("semantic_codec/model.safetensors"),
            _hub("amphion/MaskGCT", "semantic_codec/model.safetensors"),
        ),
        part="semantic_codec",
    ),
    "campplus": Source(
        name="campplus_cn_common.bin",
        places=(
            *_either("campplus_cn_common.bin"),
            *_either("campplus/campplus_cn_common.bin"),
            _hub("funasr/campplus", "campplus_cn_common.bin"),
        ),
        part="campplus",
        voices_only=True,
    ),
    "bigvgan": Source(
        name="bigvgan/bigvgan_generator.pt",
        places=(
            *_either("bigvgan/bigvgan_generator.pt"),
            *_either("bigvgan_generator.pt"),
            _hub(_BIGVGAN, "bigvgan_generator.pt"),
        ),
        part="bigvgan",
    ),
    "bigvgan_config": Source(
        name="bigvgan/config.json",
        places=(*_either("bigvgan/config.json"), _hub(_BIGVGAN, "config.json")),
        optional=True,
    ),
    "w2v_bert": Source(
        name="w2v-bert-2.0/model.safetensors",
        places=(*_either("w2v-bert-2.0/model.safetensors"), _hub(_W2V_BERT, "model.safetensors")),
        part="w2v_bert",
        voices_only=True,
    ),
    "w2v_bert_config": Source(
        name="w2v-bert-2.0/config.json",
        places=(*_either("w2v-bert-2.0/config.json"), _hub(_W2V_BERT, "config.json")),
        optional=True,
    ),
    "preprocessor_config": Source(
        name="w2v-bert-2.0/preprocessor_config.json",
        places=(
            *_either("w2v-bert-2.0/preprocessor_config.json"),
            _hub(_W2V_BERT, "preprocessor_config.json"),
        ),
        optional=True,
    ),
}
_OFFICIAL_HALF_RATE: Final[Mapping[str, Source]] = {
    **OFFICIAL,
    "bpe": Source(name=RANKS_FILE, places=(RANKS_FILE, "*.tiktoken")),
    "semantic_codec": Source(name="codec.pth", places=("codec.pth",), part="semantic_codec"),
}
"""Of version 2.5: another text vocabulary, and a codec of its own."""
_COPIES: Final = {
    "config": "config.yaml",
    "bpe": "bpe.model",
    "bigvgan_config": "bigvgan.json",
    "w2v_bert_config": "w2v_bert.json",
    "preprocessor_config": "preprocessor.json",
}
CONVERTED: Final[Mapping[str, Source]] = {
    **{
        key: Source(name=name, places=(name,), optional=OFFICIAL[key].optional)
        for key, name in _COPIES.items()
    },
    **{
        part: Source(
            name=f"{part}.safetensors",
            places=(f"{part}.safetensors",),
            part=part,
            voices_only=part in ("campplus", "w2v_bert"),
        )
        for part in PARTS
    },
}
_CONVERTED_HALF_RATE: Final[Mapping[str, Source]] = {
    **CONVERTED,
    "bpe": Source(name="ranks.tiktoken", places=("ranks.tiktoken",)),
}


def sources(*, converted: bool, half_rate: bool) -> Mapping[str, Source]:
    """The files of a directory.

    Args:
        converted: as `tingshuo models convert` made it; else as published.
        half_rate: of version 2.5.
    """
    if half_rate:
        return _CONVERTED_HALF_RATE if converted else _OFFICIAL_HALF_RATE
    return CONVERTED if converted else OFFICIAL


class Layout:
    """Finds the files of one directory."""

    def __init__(self, root: Path, sources: Mapping[str, Source]) -> None:
        self.root = root
        self._sources = sources
        self._renamed: dict[str, str] = {}

    def rename(self, main: Mapping[str, Any]) -> None:
        """Take the file names that config.yaml gives.

        Raises:
            ModelDamaged: a name leaves the directory, or is no text.
        """
        for key, source in self._sources.items():
            name = _setting(main, source.setting)
            if source.setting and name is not None:
                self._renamed[key] = _inside(name, ".".join(source.setting), self.root)

    def find(self, key: str) -> Path | None:
        """The file, or None where there is none; folders, devices and pipes do not count."""
        renamed = self._renamed.get(key)
        if renamed is not None and (self.root / renamed).is_file():
            return self.root / renamed
        for pattern in self._sources[key].places:
            found = sorted(file for file in self.root.glob(pattern) if file.is_file())
            if found:
                return found[-1]
        return None

    def need(self, key: str) -> Path:
        """The file.

        Raises:
            ModelMissing: it is not there.
        """
        found = self.find(key)
        if found is None:
            raise lacking(self.root, [self._name(key)])
        return found

    def files(self, part: Part) -> dict[str, Path]:
        """The files that hold a part's tensors.

        Raises:
            ModelMissing: some are not there; the message names all of them.
        """
        keys = [key for key, source in self._sources.items() if source.part == part]
        missing = [self._name(key) for key in keys if self.find(key) is None]
        if missing:
            raise lacking(self.root, missing)
        return {key: self.need(key) for key in keys}

    def missing(self, purpose: Purpose) -> tuple[str, ...]:
        """Names of every file that a purpose needs and that is not there."""
        return tuple(
            self._name(key)
            for key, source in self._sources.items()
            if not source.optional
            and (purpose == "voices" or not source.voices_only)
            and self.find(key) is None
        )

    def _name(self, key: str) -> str:
        return self._renamed.get(key, self._sources[key].name)


def lacking(root: Path, names: Sequence[str]) -> ModelMissing:
    """The error that names everything missing at once."""
    return ModelMissing(f"{root} lacks {', '.join(names)}", code="indextts2", hint=GUIDE)


def _setting(main: Mapping[str, Any], keys: tuple[str, ...]) -> object:
    value: Any = main
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]


def _inside(name: object, setting: str, root: Path) -> str:
    """A file name relative to the directory, as config.yaml gives it."""
    if isinstance(name, str) and _stays_inside(name):
        return name
    raise ModelDamaged(
        f"{root / 'config.yaml'}: {setting} = {name!r} is not the name of a file in this directory",
        code="indextts2-path",
        hint="Use the config.yaml that came with the IndexTTS-2 checkpoint.",
    )


def _stays_inside(name: str) -> bool:
    path = PureWindowsPath(name)  # knows both kinds of slash, and drives
    return bool(path.name) and not path.anchor and ".." not in path.parts and "\0" not in name
