"""A voice file: comes back as it was written, and nothing else is taken for one."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from core.errors import ModelDamaged, ModelMissing, OutputError
from tests.unit.tts.indextts2.voices import CHANNELS, FRAMES, WIDTH, a_voice, noise
from tts.indextts2.config import GptConfig, IndexTts2Config, LengthRegulatorConfig, S2MelConfig
from tts.indextts2.voice_file import LARGEST, Voice, check_fits, read_voice, write_voice

pytestmark = pytest.mark.unit

Tensors = dict[str, np.ndarray[Any, Any]]


def _same(one: Voice, other: Voice) -> bool:
    mine, theirs = one.tensors, other.tensors
    return (
        one.record == other.record
        and mine.keys() == theirs.keys()
        and all(np.array_equal(mine[name], theirs[name]) for name in mine)
    )


@given(
    st.lists(st.from_regex(r"[a-z王][a-z0-9-]{0,8}", fullmatch=True), max_size=3, unique=True), st.booleans()
)
def test_a_voice_comes_back_as_it_was_written(tmp_path_factory: Any, moods: list[str], random: bool):
    path = tmp_path_factory.mktemp("voices") / "anna.safetensors"
    voice = a_voice(moods=tuple(moods), random=random)
    write_voice(voice, path)
    assert _same(read_voice(path), voice)


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path):
    path = tmp_path / "new" / "anna.safetensors"
    write_voice(a_voice(), path)
    write_voice(a_voice(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["anna.safetensors"]


def test_a_voice_of_five_seconds_of_the_released_model_is_small(tmp_path: Path):
    path = tmp_path / "anna.safetensors"
    sizes = {"latents": noise(32, 1280), "emotion": noise(1280)}
    long = {"prompt_condition": noise(430, 512), "ref_mel": noise(80, 430)}
    write_voice(replace(a_voice(), **sizes, **long), path)
    assert path.stat().st_size < 1_300_000


def test_what_is_not_finite_is_not_written(tmp_path: Path):
    path = tmp_path / "anna.safetensors"
    wrong = noise(192)
    wrong[7] = np.nan
    with pytest.raises(ModelDamaged, match="style holds what is no number"):
        write_voice(replace(a_voice(), style=wrong), path)
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        write_voice(a_voice(), tmp_path / "file" / "anna.safetensors")
    assert caught.value.code == "output.voice"


def _rewritten(tmp_path: Path, change: Callable[[Tensors, dict[str, str]], None]) -> Path:
    """A voice file with something changed in it."""
    voice = a_voice(moods=("sorry",))
    tensors: Tensors = dict(voice.tensors)
    metadata = {"tingshuo_voice": "1", "record": voice.record.model_dump_json()}
    change(tensors, metadata)
    path = tmp_path / "anna.safetensors"
    save_file(tensors, path, metadata)
    return path


def _without(name: str) -> Callable[[Tensors, dict[str, str]], None]:
    return lambda tensors, _: tensors.__delitem__(name)


def _with(name: str, tensor: np.ndarray[Any, Any]) -> Callable[[Tensors, dict[str, str]], None]:
    return lambda tensors, _: tensors.update({name: tensor})


def _record(**more: object) -> Callable[[Tensors, dict[str, str]], None]:
    def change(_: Tensors, metadata: dict[str, str]) -> None:
        metadata["record"] = json.dumps(json.loads(metadata["record"]) | more)

    return change


def _metadata(**more: str) -> Callable[[Tensors, dict[str, str]], None]:
    return lambda _, metadata: metadata.update(more)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without("latents"), "latents is missing"),
        (_without("ref_mel"), "ref_mel is missing"),
        (_with("extra", noise(3)), "extra is unknown"),
        (_with("emotion.a/b", noise(WIDTH)), "emotion.a/b is unknown"),
        (_with("emotion.sorry", noise(WIDTH + 1)), "emotion.sorry has the shape"),
        (_with("latents", noise(31, WIDTH)), "latents has the shape (31, 16), not (32, D)"),
        (_with("emotion", noise(WIDTH + 1)), "emotion has the shape (17,), not (16)"),
        (_with("style", noise(1, 192)), "style has the shape (1, 192), not (192)"),
        (_with("ref_mel", noise(80, FRAMES - 1)), "ref_mel has the shape"),
        (_with("prompt_condition", noise(0, CHANNELS)), "prompt_condition has the shape"),
        (_with("style", noise(192).astype(np.float64)), "style: not 32-bit floats"),
        (_with("style", noise(192).astype(np.float16)), "style: not 32-bit floats"),
        (_with("style", np.full(192, np.inf, np.float32)), "style holds what is no number"),
        (lambda _, metadata: metadata.clear(), "no voice of Tingshuo"),
        (_metadata(record="{"), "its record"),
        (_metadata(record=""), "its record"),
        (_record(consent=None), "consent"),
        (_record(more=1), "more"),
        (_record(clip={"sha256": "0", "seconds": 5}), "clip.sha256"),
    ],
)
def test_what_is_not_whole_is_refused(
    tmp_path: Path, change: Callable[[Tensors, dict[str, str]], None], told: str
):
    with pytest.raises(ModelDamaged) as caught:
        read_voice(_rewritten(tmp_path, change))
    assert told in caught.value.message
    assert caught.value.code == "model-damaged.voice"
    assert "voice make" in caught.value.hint


def test_a_voice_of_another_format_says_so(tmp_path: Path):
    with pytest.raises(ModelDamaged, match="format 2") as caught:
        read_voice(_rewritten(tmp_path, _metadata(tingshuo_voice="2")))
    assert caught.value.code == "model-damaged.voice-version"


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, share: float):
    path = tmp_path / "anna.safetensors"
    write_voice(a_voice(), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelDamaged):
        read_voice(path)


def test_a_song_and_a_heap_are_no_voices_and_a_folder_is_none(tmp_path: Path):
    song, heap = tmp_path / "song.safetensors", tmp_path / "heap.safetensors"
    song.write_bytes(b"ID3" * 50)
    with heap.open("wb") as file:
        file.truncate(LARGEST + 1)
    for path in (song, heap):
        with pytest.raises(ModelDamaged):
            read_voice(path)
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelMissing):
            read_voice(path)


def _config(width: int, channels: int) -> IndexTts2Config:
    regulator = LengthRegulatorConfig(channels=channels)
    return IndexTts2Config(gpt=GptConfig(model_dim=width), s2mel=S2MelConfig(length_regulator=regulator))


def test_a_voice_fits_its_own_checkpoint_alone():
    voice = a_voice(fingerprint="abcd")
    check_fits(voice, "abcd", _config(WIDTH, CHANNELS))
    for fingerprint, width, channels in (
        ("abce", WIDTH, CHANNELS),
        ("abcd", WIDTH + 1, CHANNELS),
        ("abcd", WIDTH, 9),
    ):
        with pytest.raises(ModelDamaged) as caught:
            check_fits(voice, fingerprint, _config(width, channels))
        assert caught.value.code == "model-damaged.voice-checkpoint"
