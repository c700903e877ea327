"""Opening a checkpoint: wherever its files lie, what is missing, and what is the wrong file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from core.errors import ModelDamaged, ModelMissing  # noqa: E402 - after the check for torch
from tests.unit.tts.indextts2.checkpoints import copied  # noqa: E402
from tts.indextts2.checkpoint import open_checkpoint  # noqa: E402
from tts.indextts2.layout import PARTS  # noqa: E402
from tts.indextts2.random_config import random_config  # noqa: E402

pytestmark = pytest.mark.unit

CODEC = "hf_cache/semantic_codec_model.safetensors"
W2V = "hf_cache/w2v-bert-2.0"


@pytest.fixture
def folder(tiny_indextts2, tmp_path) -> Path:
    """A copy of links, to spoil."""
    return copied(tiny_indextts2.checkpoint, tmp_path / "copy", own=("config.yaml",))


def _saved(file: Path, content: object) -> None:
    file.unlink()
    torch.save(content, file)


def _loaded(file: Path) -> dict:
    return torch.load(file, weights_only=True)


def _edited(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def _code(folder: Path, part: str = "gpt") -> str:
    with pytest.raises(ModelDamaged) as caught:
        open_checkpoint(folder).tensors(part)
    assert caught.value.hint
    return caught.value.code


def test_it_tells_what_it_is(tiny_indextts2):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    assert checkpoint.config == random_config("tiny")
    assert checkpoint.version == "2.0"
    assert checkpoint.random
    assert not checkpoint.converted
    assert checkpoint.bpe.name == "bpe.model"
    assert checkpoint.missing("voices") == ()


def test_each_part_has_its_flat_names(tiny_indextts2):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    for part, name in {
        "gpt": "gpt.h.0.attn.c_attn.weight",
        "s2mel": "cfm.estimator.wavenet.cond_layer.conv.conv.weight_v",
        "semantic_codec": "quantizer.quantizers.0.codebook.weight",
        "campplus": "xvector.dense.linear.weight",
        "bigvgan": "conv_post.weight_g",
        "w2v_bert": "feature_projection.layer_norm.bias",
        "matrices": "wav2vec2bert_stats.var",
    }.items():
        assert torch.isfinite(checkpoint.tensors(part)[name]).all()
    assert {name.partition(".")[0] for name in checkpoint.tensors("s2mel")} == {
        "cfm",
        "length_regulator",
        "gpt_layer",
    }


def test_a_random_mark_is_only_in_the_manifest(folder):
    (folder / "manifest.json").unlink()
    assert not open_checkpoint(folder).random


def test_a_manifest_of_somebody_else_does_not_count(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text('{"format": "other", "random": true, "fingerprint": "x"}')
    checkpoint = open_checkpoint(folder)
    assert not checkpoint.random
    assert checkpoint.fingerprint != "x"


def test_a_folder_that_is_none_is_told_apart(tmp_path, folder):
    with pytest.raises(ModelMissing, match="does not exist"):
        open_checkpoint(tmp_path / "nowhere")
    with pytest.raises(ModelMissing, match="is a file"):
        open_checkpoint(folder / "gpt.pth")


def test_everything_missing_is_named_at_once(tmp_path):
    with pytest.raises(ModelMissing) as caught:
        open_checkpoint(tmp_path)
    for name in (
        "config.yaml",
        "bpe.model",
        "gpt.pth",
        "s2mel.pth",
        "feat1.pt",
        "feat2.pt",
        "wav2vec2bert_stats.pt",
        "MaskGCT",
        "bigvgan_generator.pt",
    ):
        assert name in caught.value.message
    assert caught.value.code == "model-missing.indextts2"
    assert "docs/guide" in caught.value.hint


def test_speaking_needs_nothing_of_what_makes_voices(folder):
    shutil.rmtree(folder / W2V)
    (folder / "hf_cache" / "campplus_cn_common.bin").unlink()
    checkpoint = open_checkpoint(folder)
    assert checkpoint.missing("speech") == ()
    assert checkpoint.missing("voices") == ("campplus_cn_common.bin", "w2v-bert-2.0/model.safetensors")
    with pytest.raises(ModelMissing, match=r"campplus_cn_common\.bin, w2v-bert"):
        checkpoint.require("voices")
    with pytest.raises(ModelMissing, match="w2v-bert"):
        checkpoint.tensors("w2v_bert")
    assert checkpoint.config.gpt == random_config("tiny").gpt


def test_a_part_is_only_looked_at_when_it_is_asked_for(folder):
    for name in (
        "gpt.pth",
        "s2mel.pth",
        "hf_cache/bigvgan/bigvgan_generator.pt",
        "hf_cache/campplus_cn_common.bin",
    ):
        (folder / name).unlink()
        (folder / name).write_bytes(b"damaged")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.config.gpt == random_config("tiny").gpt
    assert len(checkpoint.tensors("semantic_codec")) > 0
    assert _code(folder, "campplus") == "model-damaged.indextts2-format"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (CODEC, "semantic_codec_model.safetensors"),
        (CODEC, "semantic_codec/model.safetensors"),
        (CODEC, "hf_cache/models--amphion--MaskGCT/snapshots/265c6c/semantic_codec/model.safetensors"),
        ("hf_cache/campplus_cn_common.bin", "campplus_cn_common.bin"),
        (
            "hf_cache/campplus_cn_common.bin",
            "hf_cache/models--funasr--campplus/snapshots/f/campplus_cn_common.bin",
        ),
        (W2V, "w2v-bert-2.0"),
        (W2V, "hf_cache/models--facebook--w2v-bert-2.0/snapshots/da98"),
        ("hf_cache/bigvgan", "bigvgan"),
        ("hf_cache/bigvgan", "hf_cache/models--nvidia--bigvgan_v2_22khz_80band_256x/snapshots/63"),
    ],
)
def test_an_auxiliary_model_may_lie_in_many_places(folder, here, there):
    (folder / there).parent.mkdir(parents=True, exist_ok=True)
    (folder / here).rename(folder / there)
    checkpoint = open_checkpoint(folder)
    assert checkpoint.missing("voices") == ()
    assert checkpoint.config == random_config("tiny")
    assert all(len(checkpoint.tensors(part)) for part in PARTS)


def test_config_may_give_a_file_another_name(folder):
    (folder / "gpt.pth").rename(folder / "voice_v2.pth")
    with pytest.raises(ModelMissing, match=r"lacks gpt\.pth"):
        open_checkpoint(folder)
    _edited(folder / "config.yaml", "gpt_checkpoint: gpt.pth", "gpt_checkpoint: voice_v2.pth")
    assert len(open_checkpoint(folder).tensors("gpt")) > 0
    (folder / "voice_v2.pth").unlink()
    with pytest.raises(ModelMissing, match=r"lacks voice_v2\.pth"):
        open_checkpoint(folder)


def test_swapped_files_are_told_by_what_they_hold(folder):
    (folder / "gpt.pth").rename(folder / "other")
    (folder / "s2mel.pth").rename(folder / "gpt.pth")
    (folder / "other").rename(folder / "s2mel.pth")
    checkpoint = open_checkpoint(folder)
    with pytest.raises(ModelDamaged, match="holds the tensors of s2mel, not of gpt") as caught:
        checkpoint.tensors("gpt")
    assert caught.value.code == "model-damaged.indextts2-swapped"
    with pytest.raises(ModelDamaged, match="holds the tensors of gpt, not of s2mel"):
        checkpoint.tensors("s2mel")


def test_a_file_of_another_kind_is_no_part(folder):
    _saved(folder / "gpt.pth", {"weights": [1, 2], "x": torch.ones(2)})
    assert _code(folder) == "model-damaged.indextts2-nesting"
    _saved(folder / "gpt.pth", torch.ones(3))
    assert _code(folder) == "model-damaged.indextts2-nesting"
    _saved(folder / "feat1.pt", {"a": torch.ones(3)})
    assert _code(folder, "matrices") == "model-damaged.indextts2-nesting"


@pytest.mark.parametrize("version", ["1.5", "2.1"])
def test_a_config_of_another_version_is_refused(folder, version):
    _edited(folder / "config.yaml", "version: 2.0", f"version: {version}")
    with pytest.raises(ModelDamaged, match=f"version {version}; this engine builds 2.0 and 2.5") as caught:
        assert open_checkpoint(folder).config
    assert caught.value.code == "model-damaged.indextts2-version"


def test_the_weights_of_another_version_are_refused(folder):
    state = _loaded(folder / "gpt.pth")["model"]
    _saved(folder / "gpt.pth", {"model": state | {"spk_emb_proj.weight": torch.ones(64, 192)}})
    assert _code(folder) == "model-damaged.indextts2-version"


def test_a_gpt_may_be_bare_or_wrapped_by_distributed_training(folder):
    before = dict(open_checkpoint(folder).tensors("gpt"))
    state = _loaded(folder / "gpt.pth")["model"]
    for wrapped in (
        state,
        {f"module.{name}": tensor for name, tensor in state.items()},
        {name.replace("gpt.h.", "gpt.h._fsdp_wrapped_module."): tensor for name, tensor in state.items()},
    ):
        _saved(folder / "gpt.pth", wrapped)
        after = open_checkpoint(folder).tensors("gpt")
        assert before.keys() == after.keys()
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_what_training_left_in_s2mel_is_no_hindrance(folder):
    before = open_checkpoint(folder).tensors("s2mel").keys()
    net = _loaded(folder / "s2mel.pth")["net"]
    groups = {group: {f"module.{name}": t for name, t in state.items()} for group, state in net.items()}
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(3))], lr=1e-4)
    optimizer.param_groups[0]["params"][0].sum().backward()
    optimizer.step()
    extra = {"optimizer": optimizer.state_dict(), "epoch": 7, "iters": 5, "ema": {"decay": 0.99}}
    _saved(folder / "s2mel.pth", {"net": groups, **extra})
    assert open_checkpoint(folder).tensors("s2mel").keys() == before


def test_a_fingerprint_belongs_to_the_weights_and_not_to_their_place(folder, tiny_indextts2):
    fingerprint = open_checkpoint(tiny_indextts2.checkpoint).fingerprint
    assert len(fingerprint) == 16
    assert open_checkpoint(folder).fingerprint == fingerprint
    state = _loaded(folder / "gpt.pth")["model"]
    _saved(folder / "gpt.pth", state)
    assert open_checkpoint(folder).fingerprint == fingerprint
    state["final_norm.weight"][-1] += 1
    _saved(folder / "gpt.pth", state)
    assert open_checkpoint(folder).fingerprint != fingerprint
