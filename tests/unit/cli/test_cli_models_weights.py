"""`tingshuo models ACTION`, as an operator types it; the bar with bytes; what is said without torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import main as command_line
from cli import models, models_licences, progress
from cli.models_gpu import require_gpu_extra
from cli.progress import bar, measured
from core.errors import ConfigError
from tts.indextts2.licences import ADVICE, LICENCES

pytestmark = pytest.mark.unit

Tingshuo = Callable[..., int]
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "indextts2.md"


@pytest.fixture
def tingshuo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tingshuo:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "COMMANDS", ("models",))
    return lambda *words: command_line.main(["models", *words])


@pytest.mark.parametrize("action", models.ACTIONS)
def test_every_action_explains_itself(
    tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        tingshuo(action, "--help")
    assert ended.value.code == 0
    assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("convert",),
        ("convert", "whisper", "a", "b"),
        ("convert", "indextts2", "a", "b", "--dtype", "int4"),
        ("random", "indextts2", "a", "--size", "huge"),
        ("random", "indextts2", "a", "--seed", "x"),
        ("sell",),
    ],
)
def test_wrong_usage_is_told(tingshuo: Tingshuo, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        tingshuo(*words)
    assert ended.value.code == 2


@pytest.mark.parametrize("words", [("convert", "indextts2", "a", "b"), ("random", "indextts2", "a")])
def test_without_torch_it_says_what_to_install(
    tingshuo: Tingshuo,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    for name in ("torch", "yaml"):
        monkeypatch.setitem(sys.modules, name, None)
    assert tingshuo(*words) == ConfigError.exit_code
    err = capsys.readouterr().err
    assert "error [config.gpu-extra]: not installed: torch, pyyaml" in err
    assert ".venv/bin/pip install -c constraints.txt -e '.[gpu]'" in err


def test_the_overview_and_the_licences_need_no_torch(
    tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert tingshuo() == 0
    assert tingshuo("licences") == 0
    assert "bilibili" in capsys.readouterr().out


def test_with_everything_installed_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.models_gpu.find_spec", lambda name: object())
    require_gpu_extra()


def test_the_licences_name_what_an_operator_must_know(
    tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
) -> None:
    tingshuo("licences")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= models_licences.WIDTH
    out = " ".join(" ".join(lines).split())
    for word in ("100 million monthly users", "1 billion RMB", "MaskGCT", "commercially restricted", ADVICE):
        assert word in out


def test_the_guide_says_the_same_as_the_command() -> None:
    page = " ".join(GUIDE.read_text(encoding="utf-8").partition("## Licences")[2].split())
    assert ADVICE in page
    for licence in LICENCES:
        assert f"| {licence.what} | {licence.used} | {licence.name} |" in page
        assert all(f"- {fact}" in page for fact in licence.facts)


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with measured(10, "written") as told:
        told(10)
    assert capsys.readouterr().err == ""


def test_a_bar_moves_and_is_wiped_also_when_the_work_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)

    def work() -> None:
        with measured(4_000_000_000, "written") as told:
            told(1_000_000_000)
            told(1_000_000_000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    err = capsys.readouterr().err
    assert "1.0 of 4.0 GB written" in err
    assert "2.0 of 4.0 GB written" in err
    assert err.endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (0, 8_000_000, "[" + " " * 30 + "] 0.0 of 8.0 MB"),
        (4_000_000, 8_000_000, "[" + "=" * 15 + " " * 15 + "] 4.0 of 8.0 MB"),
        (9_000_000, 8_000_000, "[" + "=" * 30 + "] 8.0 of 8.0 MB"),
        (0, 0, "[" + "=" * 30 + "] 0.0 of 0.0 MB"),
    ],
)
def test_a_bar_is_never_more_than_full(done: int, total: int, text: str) -> None:
    assert bar(done, total) == text


def test_random_weights_are_converted(
    tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], tiny_indextts2: Any
) -> None:
    assert tingshuo("convert", "indextts2", str(tiny_indextts2.checkpoint), "new", "--dtype", "bf16") == 0
    assert (
        "new: 23.9 MB in bf16, from 49.8 MB; 3.0 MB that inference does not read" in capsys.readouterr().out
    )
    assert tingshuo("convert", "indextts2", str(tiny_indextts2.checkpoint), "new", "--dtype", "bf16") == 0
    assert "kept from an earlier run: gpt, s2mel" in capsys.readouterr().out
