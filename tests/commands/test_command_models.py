"""`tingshuo models random` and `convert` as an operator runs them: to the end, stopped, and on bad files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -c constraints.txt -e '.[gpu]'")

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]


def _random(tingshuo, folder: str, *words: object) -> None:
    done = tingshuo("models", "random", "indextts2", folder, *words)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def _files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_weights_are_made_and_converted_quietly(tingshuo, tmp_path):
    _random(tingshuo, "tiny", "--seed", 3)
    done = tingshuo("models", "convert", "indextts2", "tiny", "converted")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "46.8 MB in fp32" in done.stdout
    before = _files(tmp_path / "converted")
    again = tingshuo("models", "convert", "indextts2", "tiny", "converted")
    assert "kept from an earlier run" in again.stdout
    assert _files(tmp_path / "converted") == before


def test_a_folder_that_lacks_files_names_all_of_them(tingshuo, failed, tmp_path):
    (tmp_path / "empty").mkdir()
    err = failed(tingshuo("models", "convert", "indextts2", "empty", "new"), 4, "model-missing.indextts2")
    for name in ("config.yaml", "gpt.pth", "s2mel.pth"):
        assert name in err
    assert not (tmp_path / "new").exists()


def test_a_hostile_file_is_refused_and_not_run(tingshuo, failed, tmp_path):
    import pickle
    import zipfile

    class Bomb:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'evidence'}",)

    _random(tingshuo, "tiny")
    with zipfile.ZipFile(tmp_path / "tiny" / "gpt.pth", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"model": Bomb()}, 2))
    done = tingshuo("models", "convert", "indextts2", "tiny", "new")
    err = failed(done, 5, "model-damaged.indextts2-unsafe")
    assert "posix.system" in err
    assert not (tmp_path / "evidence").exists()
    assert not (tmp_path / "new").exists()


def test_ctrl_c_leaves_no_half_file(start, tmp_path):
    running = start("models", "random", "indextts2", "full", "--size", "full")
    deadline = time.monotonic() + 60
    while not (tmp_path / "full" / "manifest.json").exists():
        assert running.process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    done = running.stop()
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "stopped" in done.stderr
    assert sorted(file.name for file in (tmp_path / "full").rglob("*")) == ["manifest.json"]
