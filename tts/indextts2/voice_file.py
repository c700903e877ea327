"""A voice: all that one reference clip and one checkpoint lead to, in a small safetensors file.

With it, none of the networks that listen to a clip is needed any more. The file tells by itself whose voice
it is, what they agreed to and until when, and which checkpoint it belongs to. It is personal data, the mel
spectrum being nearly the clip itself: written for its owner alone. Needs numpy and safetensors, no torch.

Shapes: D = model width of the GPT, C = channels of the length regulator, T = mel frames of the clip (86 a
second). All float32.

    latents (32, D)   emotion (D,)   style (192,)   prompt_condition (T, C)   ref_mel (80, T)
    emotion.NAME (D,)   one for each emotion clip, if there are any

Version 2.5 has no latents: its style is all that the GPT is told of a speaker.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ModelDamaged, ModelMissing, OutputError, TtsError
from tts.indextts2.config import LATENTS, MEL_BANDS, STYLE_SIZE, IndexTts2Config
from tts.indextts2.consent import Consent, Day, Line
from tts.indextts2.voice_name import Name, is_name

FORMAT = "1"
"""Version of this layout, in the metadata's `tingshuo_voice`."""
LARGEST = 8_000_000
"""Bytes. Fifteen seconds with eight emotions of the released checkpoint are 3.3 million."""
SUFFIX = ".safetensors"
_EMOTION = "emotion."
_LAYOUT: Mapping[str, tuple[int | str, ...]] = {
    "latents": (LATENTS, "D"),
    "emotion": ("D",),
    "style": (STYLE_SIZE,),
    "prompt_condition": ("T", "C"),
    "ref_mel": (MEL_BANDS, "T"),
}
_WITHOUT_LATENTS = ("2.5",)
"""Versions of the model that know a speaker by the style alone."""
_AGAIN = "Make the voice again: tingshuo voice make CLIP.wav NAME --consent FILE --force"

Array: TypeAlias = "NDArray[np.float32]"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClipRecord(_Record):
    """The recording that the voice was made from."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the whole file."""
    seconds: Annotated[float, Field(gt=0, le=60)]


class CheckpointRecord(_Record):
    """The weights that the voice was made with, and works with."""

    fingerprint: Line
    version: Line
    random: bool
    """They were drawn at random: the voice makes noise, and serves to try the machine."""


class VoiceRecord(_Record):
    """The metadata of a voice file."""

    name: Name
    made: Day
    consent: Consent
    clip: ClipRecord
    checkpoint: CheckpointRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """See the head of this file for shapes."""

    record: VoiceRecord
    latents: Array | None
    """The speaker's latents; None in version 2.5."""
    emotion: Array
    """The emotion of the clip itself: the speaker's own manner."""
    style: Array
    """The speaker vector."""
    prompt_condition: Array
    """The clip's content, for the flow."""
    ref_mel: Array
    """The clip's mel spectrum, for the flow."""
    emotions: Mapping[str, Array]
    """Of emotion clips, by their names."""

    @property
    def own(self) -> dict[str, Array]:
        """Those of the speaker's own clip, by their names in the file."""
        return {name: each for name in _LAYOUT if (each := getattr(self, name)) is not None}

    @property
    def tensors(self) -> dict[str, Array]:
        """All by their names in the file."""
        return self.own | {_EMOTION + name: vector for name, vector in self.emotions.items()}


def write_voice(voice: Voice, path: Path) -> None:
    """Write a voice for its owner's eyes only (mode 600); it is there whole or not at all.

    Raises:
        OutputError: the place cannot be written.
        ModelDamaged: the voice is not sound, for example not finite: nothing is written.
    """
    _check(voice.tensors, voice.record, str(path))
    from safetensors.numpy import save

    metadata = {"tingshuo_voice": FORMAT, "record": voice.record.model_dump_json()}
    content = save({name: np.ascontiguousarray(each) for name, each in voice.tensors.items()}, metadata)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(content, path)
    except OSError as error:
        raise OutputError(
            f"the voice {path} cannot be written: {error.strerror}",
            code="voice",
            hint="Make room, or name another folder: tts.indextts2.voices",
        ) from error


def read_voice(path: Path) -> Voice:
    """The voice of a file. Whether its consent is in force, and its checkpoint there, is for others to judge.

    Raises:
        ModelMissing: there is no such file.
        ModelDamaged: it is no voice of this format: wrong tensors, shapes or types, numbers that are none.
    """
    tensors, metadata = _content(path)
    record = _record(metadata, str(path))
    _check(tensors, record, str(path))
    emotions = {
        name.removeprefix(_EMOTION): tensor for name, tensor in tensors.items() if name.startswith(_EMOTION)
    }
    own: dict[str, Any] = {name: tensors.get(name) for name in _LAYOUT}
    return Voice(record=record, emotions=emotions, **own)


def check_fits(voice: Voice, fingerprint: str, config: IndexTts2Config) -> None:
    """Refuse a voice of another checkpoint.

    Raises:
        ModelDamaged: its fingerprint or its widths are not this checkpoint's.
    """
    ours = (config.gpt.model_dim, config.s2mel.length_regulator.channels)
    its = (len(voice.emotion), voice.prompt_condition.shape[1])
    made_with = voice.record.checkpoint.fingerprint
    if made_with == fingerprint and its == ours:
        return
    raise ModelDamaged(
        f"the voice {voice.record.name} was made with another checkpoint "
        f"({made_with[:12]}, widths {its}) than the one in use ({fingerprint[:12]}, widths {ours})",
        code="voice-checkpoint",
        hint=_AGAIN,
    )


def _put(content: bytes, path: Path) -> None:
    """Write beside, then rename: a crash leaves the old file or the new one."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _content(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise TtsError(
            "voices need the package safetensors, which is not installed",
            code="safetensors-missing",
            hint="pip install -c constraints.txt -e '.[gpu]'",
        ) from error
    try:
        if not path.is_file():
            raise ModelMissing(f"there is no voice {path}", code="voice", hint="tingshuo voice list")
        if path.stat().st_size > LARGEST:
            raise _damaged(path, f"it is larger than {LARGEST} bytes")
        opened: Any = safe_open(path, framework="np")
        with opened as file:
            names: list[str] = file.keys()
            wrong = sorted(name for name in names if file.get_slice(name).get_dtype() != "F32")
            if wrong:
                raise _damaged(path, f"{', '.join(wrong)}: not 32-bit floats")
            return {name: file.get_tensor(name) for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise _damaged(path, str(error)) from error


def _record(metadata: Mapping[str, str], source: str) -> VoiceRecord:
    version = metadata.get("tingshuo_voice")
    if version is None:
        raise _damaged(source, "it is no voice of Tingshuo")
    if version != FORMAT:
        raise ModelDamaged(
            f"{source} is a voice of format {version}; this version of Tingshuo reads {FORMAT}",
            code="voice-version",
            hint=_AGAIN,
        )
    try:
        return VoiceRecord.model_validate_json(metadata.get("record", ""))
    except ValidationError as error:
        first = error.errors()[0]
        raise _damaged(source, f"its record: {'.'.join(map(str, first['loc']))} {first['msg']}") from error


def _check(tensors: Mapping[str, Array], record: VoiceRecord, source: str) -> None:
    layout = dict(_LAYOUT)
    if record.checkpoint.version in _WITHOUT_LATENTS:
        del layout["latents"]
    faults = list(_faults(tensors, layout))
    if faults:
        raise _damaged(source, "; ".join(faults[:5]))


def _faults(tensors: Mapping[str, Array], layout: dict[str, tuple[int | str, ...]]) -> Iterator[str]:
    """What is missing, unknown, of another shape, or not finite."""
    for name in sorted(tensors.keys() - layout.keys()):
        if name.startswith(_EMOTION) and is_name(name.removeprefix(_EMOTION)):
            layout[name] = ("D",)
        else:
            yield f"{name} is unknown"
    sizes: dict[str, int] = {}
    for name, axes in layout.items():
        tensor = tensors.get(name)
        if tensor is None:
            yield f"{name} is missing"
        elif not _has_shape(tensor.shape, axes, sizes):
            wanted = ", ".join(str(sizes.get(axis, axis) if isinstance(axis, str) else axis) for axis in axes)
            yield f"{name} has the shape {tensor.shape}, not ({wanted})"
        elif not np.isfinite(tensor).all():
            yield f"{name} holds what is no number"


def _has_shape(shape: tuple[int, ...], axes: tuple[int | str, ...], sizes: dict[str, int]) -> bool:
    """Fits, where a letter takes the size it has where it first stands; that is noted in `sizes`."""
    if len(shape) != len(axes) or 0 in shape:
        return False
    return all(
        size == (sizes.setdefault(axis, size) if isinstance(axis, str) else axis)
        for size, axis in zip(shape, axes, strict=True)
    )


def _damaged(source: Path | str, what: str) -> ModelDamaged:
    return ModelDamaged(f"the voice {source} cannot be used: {what}", code="voice", hint=_AGAIN)
