"""Converting: strict before it begins, the same bytes each time, and never a half file."""

from __future__ import annotations

import json
from collections import namedtuple
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from core.errors import ModelDamaged, ModelMissing, OutputError  # noqa: E402 - after the check for torch
from tests.unit.tts.indextts2.checkpoints import copied  # noqa: E402
from tts.indextts2 import written  # noqa: E402
from tts.indextts2.bigvgan import BigVgan  # noqa: E402
from tts.indextts2.checkpoint import open_checkpoint  # noqa: E402
from tts.indextts2.checkpoint_networks import needed  # noqa: E402
from tts.indextts2.converted import Converter  # noqa: E402
from tts.indextts2.filled import filled  # noqa: E402
from tts.indextts2.gpt import Gpt  # noqa: E402
from tts.indextts2.layout import CONVERTED, PARTS  # noqa: E402

pytestmark = pytest.mark.unit

Usage = namedtuple("Usage", "total used free")


def _silent(_: int) -> None:
    pass


def _bytes(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tiny_indextts2, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("whole")
    Converter(tiny_indextts2.checkpoint, target).run(_silent)
    return target


@pytest.fixture
def folder(tiny_indextts2, tmp_path) -> Path:
    """A source to spoil."""
    return copied(tiny_indextts2.checkpoint, tmp_path / "copy")


def _change(file: Path, **tensors: object) -> None:
    """Replace tensors of gpt.pth; None takes one away."""
    state = torch.load(file, weights_only=True)["model"]
    file.unlink()
    changed = state | {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    torch.save({"model": {name: tensor for name, tensor in changed.items() if tensor is not None}}, file)


def test_it_holds_what_the_networks_need_and_nothing_else(whole, tiny_indextts2):
    checkpoint = open_checkpoint(whole)
    assert checkpoint.converted
    assert checkpoint.random
    assert checkpoint.missing("voices") == ()
    assert checkpoint.config == open_checkpoint(tiny_indextts2.checkpoint).config
    for part in PARTS:
        tensors = checkpoint.tensors(part)
        assert {name: tuple(tensors[name].shape) for name in tensors} == needed(part, checkpoint.config)


def test_networks_are_the_same_to_the_bit(whole, tiny_indextts2):
    official, converted = open_checkpoint(tiny_indextts2.checkpoint), open_checkpoint(whole)
    config = official.config
    for part, build in {"gpt": lambda: Gpt(config.gpt), "bigvgan": lambda: BigVgan(config.bigvgan)}.items():
        before, after = (
            filled(build, each.tensors(part), source=part).state_dict() for each in (official, converted)
        )
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_weight_norm_is_folded_by_its_lengths(folder, tmp_path):
    file = folder / "hf_cache/bigvgan/bigvgan_generator.pt"
    state = torch.load(file, weights_only=True)["generator"]
    file.unlink()
    torch.save({"generator": state | {"conv_pre.weight_g": 3 * state["conv_pre.weight_g"]}}, file)
    Converter(folder, tmp_path / "new").run(_silent)
    weight = open_checkpoint(tmp_path / "new").tensors("bigvgan")["conv_pre.weight"]
    torch.testing.assert_close(weight, 3 * state["conv_pre.weight_v"])


def test_fingerprint_and_text_model_stay(whole, tiny_indextts2):
    official, converted = open_checkpoint(tiny_indextts2.checkpoint), open_checkpoint(whole)
    assert converted.fingerprint == official.fingerprint
    assert converted.bpe.read_bytes() == official.bpe.read_bytes()


def test_the_manifest_seals_sources_and_results(whole):
    manifest = json.loads((whole / "manifest.json").read_text())
    assert manifest["complete"]
    assert set(manifest["parts"]) == set(PARTS)
    assert set(manifest["parts"]["matrices"]["sources"]) == {"feat1", "feat2", "stats"}
    for part, entry in manifest["parts"].items():
        assert entry["result"]["size_bytes"] == (whole / CONVERTED[part].name).stat().st_size
        assert len(entry["result"]["sha256"]) == 64


def test_it_tells_how_far_it_is_and_what_it_left_out(tiny_indextts2, tmp_path):
    told: list[int] = []
    converter = Converter(tiny_indextts2.checkpoint, tmp_path / "new")
    done = converter.run(told.append)
    assert sum(told) == converter.source_bytes + converter.result_bytes
    assert done.kept == ()
    assert 2_000_000 < done.left_out_bytes < done.source_bytes - done.result_bytes + 100_000


def test_another_run_keeps_everything_and_changes_no_byte(whole, tiny_indextts2, tmp_path):
    before = _bytes(whole)
    assert Converter(tiny_indextts2.checkpoint, whole).run(_silent).kept == PARTS
    Converter(tiny_indextts2.checkpoint, tmp_path / "again").run(_silent)
    assert _bytes(whole) == before
    assert _bytes(tmp_path / "again") == before


@pytest.mark.parametrize("stop", [3, 5, 9])
def test_a_run_that_was_stopped_leaves_no_half_file_and_is_continued(whole, tiny_indextts2, tmp_path, stop):
    target, calls = tmp_path / "new", 0

    def interrupted(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Converter(tiny_indextts2.checkpoint, target).run(interrupted)
    manifest = json.loads((target / "manifest.json").read_text())
    assert not manifest["complete"]
    assert not list(target.glob("*.partial"))
    with pytest.raises(ModelMissing, match=r"bigvgan\.safetensors"):
        open_checkpoint(target)
    done = Converter(tiny_indextts2.checkpoint, target).run(_silent)
    assert set(done.kept) == set(manifest["parts"])
    assert _bytes(target) == _bytes(whole)


def test_what_changed_is_written_anew(whole, folder, tmp_path):
    target = tmp_path / "new"
    Converter(folder, target).run(_silent)
    assert _bytes(target) == _bytes(whole)
    _change(folder / "gpt.pth", final_norm__weight=torch.full((64,), 2.0))
    (target / "campplus.safetensors").write_bytes(b"spoiled")
    kept = Converter(folder, target).run(_silent).kept
    assert set(PARTS) - set(kept) == {"gpt", "campplus"}
    assert open_checkpoint(target).tensors("gpt")["final_norm.weight"][0] == 2
    assert (target / "campplus.safetensors").read_bytes() == (whole / "campplus.safetensors").read_bytes()


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_half_precision_halves_all_but_what_must_stay_whole(
    whole, tiny_indextts2, tmp_path, precision, dtype
):
    Converter(tiny_indextts2.checkpoint, tmp_path / "half", precision).run(_silent)
    half, full = open_checkpoint(tmp_path / "half"), open_checkpoint(whole)
    for part in PARTS:
        wanted = torch.float32 if part in ("campplus", "matrices") else dtype
        tensors, originals = half.tensors(part), full.tensors(part)
        assert all(torch.equal(tensors[name], originals[name].to(wanted)) for name in tensors)
    assert half.fingerprint == full.fingerprint


def test_a_number_that_does_not_fit_is_refused(folder, tmp_path):
    _change(folder / "gpt.pth", final_norm__weight=torch.full((64,), 70_000.0))
    with pytest.raises(ModelDamaged, match=r"final_norm\.weight") as caught:
        Converter(folder, tmp_path / "new", "fp16").run(_silent)
    assert caught.value.code == "model-damaged.indextts2-range"
    assert not (tmp_path / "new" / "gpt.safetensors").exists()


def test_every_missing_tensor_is_named_before_anything_is_written(folder, tmp_path):
    lost = [
        f"gpt__h__{layer}__ln_{norm}__{kind}"
        for layer in range(3)
        for norm in (1, 2)
        for kind in ("weight", "bias")
    ]
    _change(folder / "gpt.pth", emo_layer__weight=torch.ones(3, 3), **dict.fromkeys(lost))
    with pytest.raises(ModelDamaged) as caught:
        Converter(folder, tmp_path / "new")
    assert caught.value.code == "model-damaged.indextts2-tensors"
    assert "13 tensors" in caught.value.message
    assert "gpt: emo_layer.weight is (3, 3), not (64, 64)" in caught.value.message
    for name in lost:
        assert f"gpt: {name.replace('__', '.')} (64,) is missing" in caught.value.message
    assert not (tmp_path / "new").exists()


def test_missing_files_are_named_also_those_that_only_voices_need(folder, tmp_path):
    (folder / "hf_cache/w2v-bert-2.0/model.safetensors").unlink()
    (folder / "hf_cache/campplus_cn_common.bin").unlink()
    with pytest.raises(ModelMissing, match=r"campplus_cn_common\.bin, w2v-bert"):
        Converter(folder, tmp_path / "new")


def test_a_folder_of_somebody_else_is_not_touched(tiny_indextts2, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("years of work")
    for target in (tmp_path / "theirs", tmp_path / "theirs" / "thesis.txt", tiny_indextts2.checkpoint):
        with pytest.raises(OutputError) as caught:
            Converter(tiny_indextts2.checkpoint, target)
        assert caught.value.code == "output.indextts2-foreign"
    assert [file.name for file in (tmp_path / "theirs").iterdir()] == ["thesis.txt"]


def test_a_converted_folder_is_not_converted(whole, tmp_path):
    with pytest.raises(OutputError, match="is converted already"):
        Converter(whole, tmp_path / "new")


def test_too_little_room_is_noticed_before_anything_is_written(tiny_indextts2, tmp_path, monkeypatch):
    monkeypatch.setattr(written.shutil, "disk_usage", lambda _: Usage(0, 0, 100_000_000))
    with pytest.raises(OutputError, match="GB are free there") as caught:
        Converter(tiny_indextts2.checkpoint, tmp_path / "new")
    assert caught.value.code == "output.disk-space"
    assert not (tmp_path / "new").exists()


def test_a_link_in_the_target_is_replaced_and_not_followed(tiny_indextts2, tmp_path):
    target, victim = tmp_path / "new", tmp_path / "victim"
    victim.write_text("mine")
    Converter(tiny_indextts2.checkpoint, target).run(_silent)
    for name in ("gpt.safetensors", "gpt.safetensors.partial", "config.yaml", "bpe.model.partial"):
        (target / name).unlink(missing_ok=True)
        (target / name).symlink_to(victim)
    Converter(tiny_indextts2.checkpoint, target).run(_silent)
    assert victim.read_text() == "mine"
    assert not (target / "gpt.safetensors").is_symlink()
