"""A checkpoint directory of random weights in the official layout, names and shapes: tries all but speech.

Part by part, so that no more than the largest, 3.5 GB, is in memory. manifest.json marks the directory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
import yaml
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor

from tts.indextts2.checkpoint import RANDOM_FORMAT, read_manifest
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.layout import MANIFEST, PARTS, RANKS_FILE, Part
from tts.indextts2.random_config import Size, Version, auxiliary_files, main_file, random_config
from tts.indextts2.random_ranks import text_ranks
from tts.indextts2.random_shapes import folded, stored
from tts.indextts2.random_values import written
from tts.indextts2.random_vocabulary import text_model
from tts.indextts2.text_ranks import SPECIALS
from tts.indextts2.written import Counted, Told, check_folder, check_space, new_file

_COMMENT: Final = """\
# RANDOM WEIGHTS, written by `tingshuo models random indextts2 {options}`.
# Nothing was trained: they make sound, and no speech.
"""
_SAFE: Final[Mapping[Part, str]] = {
    "semantic_codec": "hf_cache/semantic_codec_model.safetensors",
    "w2v_bert": "hf_cache/w2v-bert-2.0/model.safetensors",
}


def random_bytes(size: Size, version: Version = "2.0") -> int:
    """Bytes of all tensors."""
    config = random_config(size, version)
    return sum(blank.size_bytes for part in PARTS for blank in stored(part, config).values())


def write_random(folder: Path, *, size: Size, seed: int, told: Told, version: Version = "2.0") -> None:
    """Write the directory; the same seed gives the same bytes. An older one of ours is written anew.

    Args:
        told: takes the bytes done; half count when they are made, half when they are written.

    Raises:
        OutputError: the folder holds anything else, or cannot be written.
    """
    config = random_config(size, version)
    ours = folder.is_dir() and read_manifest(folder).get("format") == RANDOM_FORMAT
    check_folder(folder, ours=ours, what="folder of random weights")
    check_space(folder, random_bytes(size, version))
    manifest = {"format": RANDOM_FORMAT, "random": True, "size": size, "seed": seed}
    _write_text(folder / MANIFEST, json.dumps(manifest, indent=1) + "\n")
    for part in PARTS:
        for name, content in _files(part, config, seed, told).items():
            _write_tensors(folder / name, content, told)
    for name, settings in auxiliary_files(config).items():
        _write_text(folder / name, json.dumps(settings, indent=1) + "\n")
    name, model = _vocabulary(config)
    with new_file(folder / name) as place:
        place.write_bytes(model)
    options = f"--size {size} --seed {seed}" + ("" if version == "2.0" else f" --version {version}")
    settings = json.loads(json.dumps(main_file(config)))
    _write_text(
        folder / "config.yaml",
        _COMMENT.format(options=options) + yaml.safe_dump(settings, sort_keys=False),
    )


def _vocabulary(config: IndexTts2Config) -> tuple[str, bytes]:
    """The text vocabulary's file name, and what is in it."""
    if config.half_rate:
        return RANKS_FILE, text_ranks(config.gpt.number_text_tokens - SPECIALS)
    return "bpe.model", text_model(config.gpt.number_text_tokens)


def _files(part: Part, config: IndexTts2Config, seed: int, told: Told) -> dict[str, Any]:
    """A part's files by name, each with what it holds, nested as the official one is."""
    tensors = written(part, folded(part, config), config, seed, lambda count: told(count // 2))
    match part:
        case "gpt":
            return {"gpt.pth": {"model": tensors}}
        case "s2mel":
            return {"s2mel.pth": {"net": _grouped(tensors)}}
        case "campplus":
            return {"hf_cache/campplus_cn_common.bin": tensors}
        case "bigvgan":
            return {"hf_cache/bigvgan/bigvgan_generator.pt": {"generator": tensors}}
        case "semantic_codec" if config.half_rate:
            return {"codec.pth": {"model": tensors}}
        case "semantic_codec" | "w2v_bert":
            return {_SAFE[part]: tensors}
        case "matrices":
            stats = {name: tensors[f"wav2vec2bert_stats.{name}"] for name in ("mean", "var")}
            return {
                "feat1.pt": tensors["feat1"],
                "feat2.pt": tensors["feat2"],
                "wav2vec2bert_stats.pt": stats,
            }


def _grouped(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        group, _, inner = name.partition(".")
        groups.setdefault(group, {})[inner] = tensor
    return groups


def _write_tensors(file: Path, content: Any, told: Told) -> None:
    with new_file(file) as place:
        if file.suffix == ".safetensors":
            save_file(content, place, metadata={"format": "pt"})
            told(place.stat().st_size // 2)
        else:
            with place.open("wb") as opened:
                torch.save(content, Counted(opened, lambda count: told(count // 2)))  # pyright: ignore[reportArgumentType]


def _write_text(file: Path, text: str) -> None:
    with new_file(file) as place:
        place.write_text(text, encoding="utf-8")
