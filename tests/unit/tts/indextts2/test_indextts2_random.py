"""Random weights: the official names and shapes, the same bytes for a seed, and sound that ends by itself."""

from __future__ import annotations

import ast
from collections import namedtuple
from pathlib import Path

import pytest
import sentencepiece

torch = pytest.importorskip("torch", reason="torch is not installed")

from core.errors import OutputError  # noqa: E402 - after the check for torch
from tts.indextts2 import random_stop, written  # noqa: E402
from tts.indextts2.bigvgan import BigVgan  # noqa: E402
from tts.indextts2.checkpoint import open_checkpoint  # noqa: E402
from tts.indextts2.checkpoint_networks import needed  # noqa: E402
from tts.indextts2.config import IndexTts2Config  # noqa: E402
from tts.indextts2.filled import filled  # noqa: E402
from tts.indextts2.gpt import Gpt  # noqa: E402
from tts.indextts2.layout import PARTS  # noqa: E402
from tts.indextts2.prefix import LatentPrefix  # noqa: E402
from tts.indextts2.random_checkpoint import random_bytes, write_random  # noqa: E402
from tts.indextts2.random_config import random_config  # noqa: E402
from tts.indextts2.random_shapes import Blank, folded, stored  # noqa: E402
from tts.indextts2.random_values import written as made  # noqa: E402
from tts.indextts2.random_vocabulary import text_model  # noqa: E402
from tts.indextts2.sampler import sampled  # noqa: E402
from tts.indextts2.sampling import Sampling  # noqa: E402

pytestmark = pytest.mark.unit

Usage = namedtuple("Usage", "total used free")
KEYS = Path(__file__).parents[5] / "shared" / "specs" / "indextts2_keys.tsv"
"""Names and shapes of the released files; not part of the repository."""
FILES = {
    "gpt.pth": "gpt",
    "s2mel.pth": "s2mel",
    "semantic_codec_model.safetensors": "semantic_codec",
    "campplus_cn_common.bin": "campplus",
    "bigvgan_generator.pt[generator]": "bigvgan",
    "w2v-bert-2.0/model.safetensors": "w2v_bert",
}


def _silent(_: int) -> None:
    pass


def _released() -> dict[str, dict[str, Blank]]:
    found: dict[str, dict[str, Blank]] = {part: {} for part in FILES.values()}
    for line in KEYS.read_text(encoding="utf-8").splitlines():
        if not line.startswith(("#", "v2.5/")):
            file, name, shape, dtype = line.split("\t")
            name = name.replace("/", ".", 1) if file == "s2mel.pth" else name
            blank = Blank(ast.literal_eval(shape), getattr(torch, dtype.removeprefix("torch.")))
            found[FILES[file]][name] = blank
    return found


@pytest.mark.skipif(not KEYS.is_file(), reason="the list of released tensors (../shared/specs) is not here")
@pytest.mark.parametrize("part", FILES.values())
def test_names_shapes_and_types_are_the_released_ones(part):
    assert stored(part, random_config("full")) == _released()[part]


def test_full_is_the_released_configuration():
    assert random_config("full") == IndexTts2Config()
    assert 6.8e9 < random_bytes("full") < 7.2e9
    assert random_bytes("tiny") < 60e6


def test_what_is_written_is_what_was_announced(tiny_indextts2):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    for part in PARTS:
        tensors = checkpoint.tensors(part)
        assert {name: Blank(tuple(t.shape), t.dtype) for name, t in tensors.items()} == stored(
            part, checkpoint.config
        )


def test_it_says_everywhere_that_it_is_random(tiny_indextts2):
    first = (tiny_indextts2.checkpoint / "config.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# RANDOM WEIGHTS")
    assert open_checkpoint(tiny_indextts2.checkpoint).manifest["seed"] == 0


def test_a_seed_always_gives_the_same_files_and_another_gives_others(tiny_indextts2, tmp_path):
    for seed in (0, 1):
        write_random(tmp_path / str(seed), size="tiny", seed=seed, told=_silent)
    files = [file for file in tiny_indextts2.checkpoint.rglob("*") if file.is_file()]
    assert len(files) == 15
    for file in files:
        name = file.relative_to(tiny_indextts2.checkpoint)
        assert (tmp_path / "0" / name).read_bytes() == file.read_bytes(), name
    zero, one = (open_checkpoint(tmp_path / str(seed)) for seed in (0, 1))
    assert zero.fingerprint != one.fingerprint
    assert not any(
        torch.equal(zero.tensors("w2v_bert")[name], tensor)
        for name, tensor in one.tensors("w2v_bert").items()
        if tensor.numel() > 1
    )


def test_a_tensor_does_not_depend_on_the_others():
    config = random_config("tiny")
    blanks = folded("campplus", config)
    few = dict(list(blanks.items())[5:40])
    whole, part = (made("campplus", chosen, config, 3, _silent) for chosen in (blanks, few))
    assert all(torch.equal(whole[name], part[name]) for name in part)


def test_it_tells_how_far_it_is(tmp_path):
    told: list[int] = []
    write_random(tmp_path / "new", size="tiny", seed=1, told=told.append)
    assert sum(told) == pytest.approx(random_bytes("tiny"), rel=0.02)


def test_an_older_one_is_written_anew_and_nothing_else_is(tmp_path):
    write_random(tmp_path / "new", size="tiny", seed=1, told=_silent)
    write_random(tmp_path / "new", size="tiny", seed=2, told=_silent)
    assert open_checkpoint(tmp_path / "new").manifest["seed"] == 2
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "gpt.pth").write_text("trained for a year")
    with pytest.raises(OutputError) as caught:
        write_random(tmp_path / "theirs", size="tiny", seed=2, told=_silent)
    assert caught.value.code == "output.indextts2-foreign"
    assert (tmp_path / "theirs" / "gpt.pth").read_text() == "trained for a year"


def test_too_little_room_is_noticed_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(written.shutil, "disk_usage", lambda _: Usage(0, 0, 6_500_000_000))
    with pytest.raises(OutputError, match=r"needs 6\.9 GB, and 6\.5 GB are free"):
        write_random(tmp_path / "new", size="full", seed=1, told=_silent)
    assert not (tmp_path / "new").exists()


def test_a_text_model_has_as_many_pieces_as_asked_for_and_always_the_same_bytes():
    for size in (6400, 12_000):
        model = text_model(size)
        assert text_model(size) == model
        assert sentencepiece.SentencePieceProcessor(model_proto=model).vocab_size() == size


def test_a_character_and_a_syllable_are_one_piece_each_and_none_is_unknown():
    pieces = sentencepiece.SentencePieceProcessor(model_proto=text_model(6400))
    text = "您 好 , 请 问 NI3 JV4 办 什 么 业 务 ? HELLO WORLD ! QUIZ 3 . 5 % - '"
    ids = pieces.encode(text)
    assert pieces.unk_id() == 2
    assert 2 not in ids
    assert pieces.encode("▁您 好 NI3", out_type=str)[-2:] == ["▁好", "▁NI3"]
    assert [pieces.id_to_piece(number) for number in (0, 1, 2)] == ["<s>", "</s>", "<unk>"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tokens", [3, 12, 40])
def test_speech_lasts_as_long_as_its_text_and_ends_by_itself(tiny_indextts2, tokens, dtype):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    config, tensors = checkpoint.config.gpt, checkpoint.tensors("gpt")
    gpt = filled(lambda: Gpt(config), tensors, source="gpt", dtype=dtype)
    prefix = filled(lambda: LatentPrefix(config), tensors, source="gpt", dtype=dtype)
    chance = torch.Generator().manual_seed(tokens)
    latents, emotion = (
        torch.randn(*shape, config.model_dim, generator=chance).to(dtype) for shape in ((1, 32), (1,))
    )
    text = torch.randint(3, 6000, (1, tokens), generator=chance)
    with torch.inference_mode():
        spoken = list(sampled(gpt, prefix(latents, emotion, text), Sampling(), chance))
    expected = random_stop.CODES_PER_TOKEN * (tokens + 1)
    assert 0.6 * expected < len(spoken) < 1.4 * expected + 20
    assert len({step.code for step in spoken}) > len(spoken) / 4


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sound_can_be_heard_and_is_not_clipped(tiny_indextts2, dtype):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    vocoder = filled(
        lambda: BigVgan(checkpoint.config.bigvgan), checkpoint.tensors("bigvgan"), source="it", dtype=dtype
    )
    mel = 1.4 * torch.randn(1, 80, 60, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        sound = vocoder(mel.to(dtype)).float()
    assert torch.isfinite(sound).all()
    assert 0.01 < sound.square().mean().sqrt() < 0.3
    assert (sound.abs() > 0.99).float().mean() < 0.001
    assert abs(sound.mean()) < 0.01


def test_everything_stays_finite_in_half_precision(tiny_indextts2):
    checkpoint = open_checkpoint(tiny_indextts2.checkpoint)
    for part in PARTS:
        tensors = checkpoint.tensors(part)
        for name in needed(part, checkpoint.config):
            if name in tensors:
                assert torch.isfinite(tensors[name].to(torch.float16)).all(), name
