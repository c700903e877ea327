"""The GGUF header: each kind of wrong file is named before llama.cpp sees it."""

import struct
from pathlib import Path

import pytest

from core.errors import ModelDamaged, ModelMissing
from llm.gguf import read_header

pytestmark = pytest.mark.unit


def _write(path: Path, magic: bytes = b"GGUF", version: int = 3) -> Path:
    path.write_bytes(struct.pack("<4sIQQ", magic, version, 5, 7))
    return path


def test_a_good_header_is_read(tmp_path: Path) -> None:
    header = read_header(_write(tmp_path / "m.gguf"))
    assert (header.version, header.tensors, header.metadata_pairs) == (3, 5, 7)


def test_a_missing_file_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no\.gguf") as caught:
        read_header(tmp_path / "no.gguf")
    assert caught.value.hint


def test_a_directory_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="cannot open"):
        read_header(tmp_path)


@pytest.mark.parametrize("version", [1, 4, 9])
def test_a_version_that_cannot_be_read_is_named(tmp_path: Path, version: int) -> None:
    with pytest.raises(ModelDamaged, match=f"version {version};") as caught:
        read_header(_write(tmp_path / "m.gguf", version=version))
    assert caught.value.code == "model-damaged.gguf-version"


def test_a_big_endian_file_is_recognised(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="big-endian"):
        read_header(_write(tmp_path / "m.gguf", version=3 << 24))


def test_another_kind_of_file_is_not_a_gguf(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match="not a GGUF file"):
        read_header(_write(tmp_path / "m.gguf", magic=b"PK\x03\x04"))


def test_a_header_cut_off_is_truncated(tmp_path: Path) -> None:
    path = _write(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(ModelDamaged, match="cut off after 10 bytes"):
        read_header(path)
