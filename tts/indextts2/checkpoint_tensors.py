"""The tensors of one part by their flat official names, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.errors import ModelDamaged
from tts.indextts2.layout import Part
from tts.indextts2.pickled import damaged, entries, flat, plain, read_pickle

_MARKS: Final[Mapping[Part, str]] = {
    "gpt": "mel_embedding.weight",
    "s2mel": "cfm.estimator.cond_projection.weight",
    "semantic_codec": "quantizer.quantizers.0.codebook.weight",
    "campplus": "xvector.tdnn.linear.weight",
    "bigvgan": "conv_post.weight",
    "w2v_bert": "feature_projection.projection.weight",
    "matrices": "wav2vec2bert_stats.mean",
}
"""A tensor that only this part has."""
_ONLY_LATENTS: Final = ("speed_emb.weight", "perceiver_encoder.norm.gamma")
"""Of a gpt.pth of version 2.0."""
_ONLY_STYLE: Final = ("spk_emb_proj.weight", "lang_embedding.weight")
"""Of one of version 2.5."""
_WRAPPERS: Final = ("model", "net", "generator")
"""Of gpt.pth, s2mel.pth and bigvgan_generator.pt; gpt.pth also comes without."""
_MAPPED_BYTES: Final = 256 << 20
"""Of tensors taken before a file is mapped anew."""
_GROUPS: Final = ("cfm", "length_regulator", "gpt_layer")
"""Of s2mel.pth, below `net`."""


class SafeTensors(Mapping[str, Tensor]):
    """A safetensors file; each tensor is mapped when it is taken, and read where it is used.

    Pages that were read count as this process's memory while a tensor of their mapping lives. So the file
    is mapped anew every now and then: of tensors that were copied, what was read before is let go.
    """

    def __init__(self, file: Path) -> None:
        """Open it and read its names.

        Raises:
            ModelDamaged: it is cut off, or no such file.
        """
        self._file = file
        self._opened: Any = self._mapped()
        self._names = frozenset(cast("list[str]", self._opened.keys()))
        self._taken = 0  # bytes, of this mapping

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        if self._taken > _MAPPED_BYTES:
            self._opened, self._taken = self._mapped(), 0
        tensor: Tensor = self._opened.get_tensor(name)
        self._taken += tensor.nbytes
        return tensor

    def _mapped(self) -> Any:
        try:
            return safe_open(str(self._file), framework="pt", device="cpu")
        except (SafetensorError, OSError) as error:
            raise damaged(self._file, f"is no whole safetensors file: {error}", code="truncated") from error

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names


def read_part(part: Part, files: Mapping[str, Path], *, half_rate: bool = False) -> Mapping[str, Tensor]:
    """A part's tensors.

    Args:
        part: what to expect; a file of another part or version is an error that says so.
        files: `Layout.files`.
        half_rate: version 2.5 is expected, not 2.0.

    Raises:
        ModelDamaged: a file is bad.
    """
    file = next(iter(files.values()))
    if file.suffix == ".safetensors":
        tensors: Mapping[str, Tensor] = SafeTensors(file)
    elif part == "matrices":
        tensors = _matrices(files)
    else:
        tensors = _unnested(file)
    if part == "gpt":
        _check_version(tensors, file, half_rate=half_rate)
    _check_identity(part, tensors, file)
    return tensors


def _unnested(file: Path) -> dict[str, Tensor]:
    """Out of the dictionaries that published files wrap around tensors; whichever file it is."""
    tree = entries(read_pickle(file), file)
    inner = next((tree[name] for name in _WRAPPERS if isinstance(tree.get(name), Mapping)), tree)
    found = entries(inner, file)
    if _GROUPS[0] in found:
        return _groups(found, file)
    return {_unwrapped(name): tensor for name, tensor in flat(found, file).items()}


def _groups(net: Mapping[str, object], file: Path) -> dict[str, Tensor]:
    return {
        f"{group}.{_unwrapped(name)}": tensor
        for group in _GROUPS
        for name, tensor in flat(net.get(group, {}), file).items()
    }


def _unwrapped(name: str) -> str:
    """Without what distributed training puts into names."""
    return name.replace("_fsdp_wrapped_module.", "").removeprefix("module.")


def _matrices(files: Mapping[str, Path]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for name in ("feat1", "feat2"):
        tensor = read_pickle(files[name])
        if not isinstance(tensor, Tensor):
            raise damaged(files[name], f"holds a {type(tensor).__name__}, not one tensor", code="nesting")
        found[name] = plain(tensor, name, files[name])
    stats = flat(read_pickle(files["stats"]), files["stats"])
    return found | {f"wav2vec2bert_stats.{name}": tensor for name, tensor in stats.items()}


def _check_version(tensors: Mapping[str, Tensor], file: Path, *, half_rate: bool) -> None:
    if any(name in tensors for name in (_ONLY_LATENTS if half_rate else _ONLY_STYLE)):
        its, told = ("2.0", "2.5") if half_rate else ("2.5", "2.0")
        raise ModelDamaged(
            f"{file} is of IndexTTS {its}, and the config.yaml beside it of {told}",
            code="indextts2-version",
            hint="Take all files from one repository: IndexTeam/IndexTTS-2 or IndexTeam/IndexTTS-2.5.",
        )


def _check_identity(part: Part, tensors: Mapping[str, Tensor], file: Path) -> None:
    if _holds(tensors, _MARKS[part]):
        return
    held = next((name for name, mark in _MARKS.items() if _holds(tensors, mark)), None)
    raise damaged(
        file,
        f"holds the tensors of {held}, not of {part}" if held else f"holds no tensors of {part}",
        code="swapped" if held else "nesting",
        hint="Were two files swapped? docs/guide/indextts2.md tells which is which.",
    )


def _holds(tensors: Mapping[str, Tensor], mark: str) -> bool:
    return mark in tensors or f"{mark}_v" in tensors
