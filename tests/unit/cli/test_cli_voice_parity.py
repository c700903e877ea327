"""`tingshuo voice parity`: rows, tolerances, and what the exit status says, on a set of three tensors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor

from cli import main as command_line
from cli import voice_parity
from core.errors import InputError, ModelDamaged
from tts.indextts2.parity import judge as judging
from tts.indextts2.parity.compared import Computed, Row
from tts.indextts2.parity.golden import Golden

pytestmark = pytest.mark.unit

Tingshuo = Callable[..., int]
WANTED = {"wave": torch.linspace(-1, 1, 5), "codes": torch.tensor([1, 2, 3])}


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """What sections compute; a test changes it."""
    values = {name: tensor.clone() for name, tensor in WANTED.items()}

    def section(golden: Golden) -> Iterator[Computed]:
        for name, value in values.items():
            yield Computed(f"gpt/out/{name}", value.to(golden.dtype) if value.is_floating_point() else value)

    def broken(golden: Golden) -> Iterator[Computed]:
        raise ModelDamaged("the weights do not fit")
        yield

    def unreadable(golden: Golden) -> Iterator[Row]:
        raise InputError("weights/text cannot be read", code="parity")
        yield

    def facts(golden: Golden) -> Iterator[Row]:
        yield Row(name="target_lengths/values", passed=True)

    modules = {
        "gpt": SimpleNamespace(computed=section),
        "s2mel": SimpleNamespace(computed=broken),
        "target_lengths": SimpleNamespace(judged=facts),
        "text": SimpleNamespace(judged=unreadable),
    }
    monkeypatch.setattr(judging, "SECTIONS", ("gpt", "s2mel"))
    monkeypatch.setattr(judging, "FACTS", ("target_lengths", "text"))
    by_name = SimpleNamespace(import_module=lambda name: modules[name.rpartition(".")[2]])
    monkeypatch.setattr(judging, "importlib", by_name)
    return values


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    folder = tmp_path / "golden"
    folder.mkdir()
    save_file(WANTED, folder / "gpt.safetensors")
    entries = {
        "gpt/out/wave": {"file": "gpt.safetensors", "key": "wave", "atol": 1e-4},
        "gpt/out/codes": {"file": "gpt.safetensors", "key": "codes", "exact": True},
        "s2mel/out/mel": {"file": "gpt.safetensors", "key": "wave", "atol": 1e-4},
    }
    (folder / "manifest.json").write_text(json.dumps({"tensors": entries}))
    return folder


@pytest.fixture
def tingshuo(golden: Path, computed: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> Tingshuo:
    monkeypatch.setattr(voice_parity, "_exactly", lambda: None)  # it is for the whole process
    words = ("voice", "parity", str(golden), "--only", "gpt")
    return lambda *more: command_line.main([*words, *map(str, more)])


def _table(capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, list[str]], str]:
    title, _, *lines, summary = capsys.readouterr().out.splitlines()
    return title, {line.split()[0]: line.split()[1:] for line in lines}, summary


def test_rows_that_agree_are_ok_and_so_is_the_status(tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]):
    assert tingshuo() == 0
    title, rows, summary = _table(capsys)
    assert title.endswith("on cpu in fp32: tolerances as measured")
    assert rows["gpt/out/wave"] == ["0", "0", "0.0001", "ok"]
    assert rows["gpt/out/codes"] == ["0", "-", "exact", "ok"]
    assert summary.endswith("2 ok, 0 FAILED, 0 info")


@pytest.mark.parametrize("difference", [2e-4, float("nan")])
def test_one_that_differs_fails_and_says_by_how_much(
    tingshuo: Tingshuo, computed: dict[str, Tensor], capsys: pytest.CaptureFixture[str], difference: float
):
    computed["wave"][2] += difference
    assert tingshuo() == 1
    _, rows, summary = _table(capsys)
    assert rows["gpt/out/wave"][3] == "FAILED"
    assert summary.endswith("1 ok, 1 FAILED, 0 info")


def test_other_codes_fail(tingshuo: Tingshuo, computed: dict[str, Tensor]):
    computed["codes"][0] = 7
    assert tingshuo() == 1


def test_what_is_not_computed_fails(tingshuo: Tingshuo, computed: dict[str, Tensor]):
    del computed["codes"]
    assert tingshuo() == 1
    assert tingshuo("--dtype", "bf16") == 1


@pytest.mark.parametrize(
    ("value", "status", "verdict"),
    [
        (torch.linspace(-1, 1.5, 5), 0, "info"),
        (torch.zeros(7), 0, "info"),
        (torch.full((5,), torch.inf), 1, "FAILED"),
        (torch.full((7,), torch.nan), 1, "FAILED"),
    ],
    ids=["another", "another length", "infinite", "not a number, and another length"],
)
def test_in_sixteen_bits_a_difference_is_shown_and_only_what_is_not_finite_fails(
    tingshuo: Tingshuo,
    computed: dict[str, Tensor],
    capsys: pytest.CaptureFixture[str],
    value: Tensor,
    status: int,
    verdict: str,
):
    computed["wave"] = value
    assert tingshuo("--dtype", "bf16") == status
    title, rows, _ = _table(capsys)
    assert "every number must be finite" in title
    assert verdict in rows["gpt/out/wave"]


def test_a_gpu_is_given_ten_times_the_tolerance_and_the_output_says_so(
    tingshuo: Tingshuo,
    computed: dict[str, Tensor],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    class Elsewhere(Golden):
        """On a device that is called cuda and is the CPU."""

        def __init__(self, root: Path, *, device: str, dtype: torch.dtype) -> None:
            super().__init__(root, dtype=dtype)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("tts.indextts2.parity.golden.Golden", Elsewhere)
    computed["wave"][2] += 9e-4
    assert tingshuo("--device", "cuda") == 0
    assert "times 10" in _table(capsys)[0]
    computed["wave"][2] += 3e-4
    assert tingshuo("--device", "cuda") == 1


def test_a_section_that_stops_is_a_row_that_fails_and_the_others_go_on(
    golden: Path, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]
):
    assert tingshuo("--only", "s2mel", "--only", "target_lengths") == 1
    _, rows, summary = _table(capsys)
    assert " ".join(rows["s2mel"]).endswith("stopped: ModelDamaged: the weights do not fit")
    assert rows["target_lengths/values"][-1] == "ok"
    assert summary.endswith("3 ok, 1 FAILED, 0 info")


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '{"tensors": 3}'])
def test_a_folder_that_cannot_be_read_has_a_status_of_its_own(
    golden: Path, tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str], content: str | None
):
    manifest = golden / "manifest.json"
    manifest.unlink() if content is None else manifest.write_text(content)
    assert tingshuo() == 7
    assert "manifest.json" in capsys.readouterr().err


def test_so_has_one_of_which_a_part_cannot_be_read(golden: Path, tingshuo: Tingshuo):
    assert tingshuo("--only", "text") == 7
    (golden / "gpt.safetensors").write_bytes(b"scrap")
    assert tingshuo() == 7


def test_a_set_without_anything_to_compare_is_no_success(golden: Path, tingshuo: Tingshuo):
    (golden / "manifest.json").write_text('{"tensors": {}}')
    assert tingshuo() == 7


def test_an_unknown_section_is_wrong_usage(tingshuo: Tingshuo, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        tingshuo("--only", "gtp")
    assert caught.value.code == 2
    assert "known: gpt" in capsys.readouterr().err


def test_a_gpu_that_is_not_there_is_told(tingshuo: Tingshuo, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert tingshuo("--device", "cuda") == 3


def test_the_help_names_every_section(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        command_line.main(["voice", "parity", "--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in (*judging.SECTIONS, *judging.FACTS))
