"""`tingshuo models`, as an operator types it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import main as command_line

pytestmark = pytest.mark.unit

Tingshuo = Callable[..., int]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tingshuo:
    """Runs the command with a whole GGUF file and a whole Whisper folder configured."""
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "model.bin").write_bytes(struct.pack("<IH", 6, 12) + b"WhisperSpec\0")
    for name in ("tokenizer.json", "vocabulary.json"):
        (folder / name).write_text("{}")
    (tmp_path / "chat.gguf").write_bytes(struct.pack("<4sIQQ", b"GGUF", 3, 7, 5))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINGSHUO_MODELS__WHISPER", "small")
    monkeypatch.setenv("TINGSHUO_MODELS__GGUF", "chat.gguf")
    monkeypatch.setattr(command_line, "COMMANDS", ("models",))
    return lambda *words: command_line.main(["models", *words])


def test_it_names_what_is_in_use_and_tells_how_to_bring_real_weights(
    models: Tingshuo, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models() == 0
    out = capsys.readouterr().out
    assert "your own  Whisper from small" in out
    assert "your own  language model chat" in out
    assert "better:" not in out
    assert 'gguf = "' in out


def test_it_shows_pocketsphinx_as_built_in_and_what_would_be_better(
    models: Tingshuo, capsys: pytest.CaptureFixture[str]
) -> None:
    models("--set", "models.recognizer=sphinx")
    assert "built in  pocketsphinx" in capsys.readouterr().out


def test_a_problem_is_shown_and_is_no_failure(models: Tingshuo, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("--set", "models.gguf=nowhere.gguf") == 0
    assert "PROBLEM  the language model nowhere.gguf does not exist" in capsys.readouterr().out


def test_verifying_whole_weights_succeeds(models: Tingshuo, capsys: pytest.CaptureFixture[str]) -> None:
    assert models("--verify") == 0
    assert "verified" in capsys.readouterr().out


@pytest.mark.parametrize(("model", "status"), [("nowhere.gguf", 4), ("small/tokenizer.json", 5)])
def test_verifying_fails_with_the_status_of_the_problem(
    models: Tingshuo, capsys: pytest.CaptureFixture[str], model: str, status: int
) -> None:
    assert models("--verify", "--set", f"models.gguf={model}") == status
    assert model in capsys.readouterr().err
