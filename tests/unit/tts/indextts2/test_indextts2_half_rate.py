"""Version 2.5 as a whole, on small random weights: files, voice, speech, and what the versions may not share."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="torch is not installed")

from core.audio import Waveform  # noqa: E402 - after the check for torch
from core.emotion import Delivery, Emotion  # noqa: E402
from core.errors import ModelDamaged, ModelMissing  # noqa: E402
from core.text import Sentence, Spoken  # noqa: E402
from tests.tiny_indextts2 import Tiny, made  # noqa: E402
from tests.unit.tts.indextts2.checkpoints import copied  # noqa: E402
from tts.indextts2.checkpoint import open_checkpoint  # noqa: E402
from tts.indextts2.config import IndexTts2Config, read_config  # noqa: E402
from tts.indextts2.converted import Converter  # noqa: E402
from tts.indextts2.layout import RANKS_FILE  # noqa: E402
from tts.indextts2.networks import load_networks  # noqa: E402
from tts.indextts2.random_config import random_config  # noqa: E402
from tts.indextts2.random_shapes import stored  # noqa: E402
from tts.indextts2.sampler import Decoded  # noqa: E402
from tts.indextts2.segment import Codes, condition, features  # noqa: E402
from tts.indextts2.settings import StreamSettings  # noqa: E402
from tts.indextts2.speaker import speaker_from_file  # noqa: E402
from tts.indextts2.spoken_prefix import prefixed  # noqa: E402
from tts.indextts2.stream_plan import Plan, plan_of  # noqa: E402
from tts.indextts2.text_fronts import front_of  # noqa: E402
from tts.indextts2.text_ranks import LANGUAGE_ROWS  # noqa: E402
from tts.indextts2.voice_file import read_voice, write_voice  # noqa: E402

pytestmark = [pytest.mark.unit, pytest.mark.timeout(120)]

KEYS = Path(__file__).parents[5] / "shared" / "specs" / "indextts2_keys.tsv"
"""Names and shapes of the released files; not part of the repository."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Tiny:
    return made(tmp_path_factory.mktemp("half-rate"), "2.5")


@pytest.fixture(scope="module")
def checkpoint(tiny):
    return open_checkpoint(tiny.checkpoint)


@pytest.fixture(scope="module")
def networks(checkpoint):
    return load_networks(checkpoint.config, checkpoint.tensors)


@pytest.fixture
def folder(tiny, tmp_path) -> Path:
    """A source to spoil."""
    return copied(tiny.checkpoint, tmp_path / "copy", own=("config.yaml", "gpt.pth", RANKS_FILE))


def _sound(engine, text="您好，请问有什么可以帮您？", language="zh", **delivery):
    sentence = Sentence(text=text, index=0, language=language, delivery=Delivery(pause=0.0, **delivery))
    said = list(engine.synthesize(sentence))
    places = [each.characters for each in said if isinstance(each, Spoken)]
    return np.concatenate([each.samples for each in said if isinstance(each, Waveform)]), places


@pytest.mark.skipif(not KEYS.is_file(), reason="the list of released tensors (../shared/specs) is not here")
def test_names_and_shapes_of_the_gpt_are_the_released_ones():
    rows = [line.split("\t") for line in KEYS.read_text(encoding="utf-8").splitlines()]
    released = {row[1]: ast.literal_eval(row[2]) for row in rows if row[0] == "v2.5/gpt.pth"}
    assert len(released) > 400
    ours = stored("gpt", random_config("full", "2.5"))
    assert {name: blank.shape for name, blank in ours.items()} == released


def test_the_flow_has_no_projection_of_latents():
    two, later = (stored("s2mel", random_config("full", version)) for version in ("2.0", "2.5"))
    assert {name for name in two if name not in later} == {
        f"gpt_layer.{layer}.{kind}" for layer in range(3) for kind in ("weight", "bias")
    }


def test_a_sentence_in_either_language_sounds_and_ends(tiny):
    engine = tiny.synthesizer()
    for text, language in (("您好，请问有什么可以帮您？", "zh"), ("Good morning, how can I help you?", "en")):
        sound, places = _sound(engine, text, language)
        assert 1 < len(sound) / 22_050 < 8
        assert sound.std() > 0.01
        assert places == sorted(places)
        assert places[-1] == len(text) - 1


def test_the_language_and_the_emotion_are_heard(tiny):
    engine = tiny.synthesizer()
    usual, _ = _sound(engine, "好", "zh")
    assert np.array_equal(_sound(engine, "好", "zh")[0], usual)
    assert not np.array_equal(_sound(engine, "好", emotion=Emotion(happy=0.8))[0][:1000], usual[:1000])
    languages = engine._networks.prefix.lang_embedding.weight
    languages[LANGUAGE_ROWS["zh"]] = 30 * languages[LANGUAGE_ROWS["en"]]
    assert not np.array_equal(_sound(engine, "好", "zh")[0][:1000], usual[:1000])


def test_a_converted_folder_speaks_the_same(tiny, tmp_path):
    target = tmp_path / "converted"
    Converter(tiny.checkpoint, target).run(lambda done: None)
    assert (target / "ranks.tiktoken").is_file()
    names = set(open_checkpoint(target).tensors("semantic_codec"))
    assert not any(name.startswith(("encoder", "down", "quantizer.quantizers.0.in_")) for name in names)
    converted = replace(tiny, checkpoint=target)
    assert np.array_equal(_sound(converted.synthesizer())[0], _sound(tiny.synthesizer())[0])


def test_a_voice_has_its_style_and_no_latents(tiny, tmp_path):
    voice = tiny.voices.read("anna")
    assert voice.latents is None
    assert voice.record.checkpoint.version == "2.5"
    assert set(voice.tensors) == {"emotion", "style", "prompt_condition", "ref_mel", "emotion.sorry"}
    latents = np.zeros((32, 64), dtype=np.float32)
    with pytest.raises(ModelDamaged, match="latents is unknown"):
        write_voice(replace(voice, latents=latents), tmp_path / "anna.safetensors")
    record = voice.record.model_copy(
        update={"checkpoint": voice.record.checkpoint.model_copy(update={"version": "2.0"})}
    )
    with pytest.raises(ModelDamaged, match="latents is missing"):
        write_voice(replace(voice, record=record), tmp_path / "anna.safetensors")
    write_voice(voice, tmp_path / "anna.safetensors")
    assert read_voice(tmp_path / "anna.safetensors").latents is None


def test_a_voice_of_the_other_version_is_refused(tiny, tiny_indextts2):
    mixed = replace(tiny, voices=tiny_indextts2.voices)
    with pytest.raises(ModelDamaged, match="made with another checkpoint"):
        mixed.synthesizer()


def test_the_prefix_is_the_style_with_the_emotion_two_zeros_and_tagged_text(tiny, checkpoint, networks):
    voice = tiny.voices.read("anna")
    speaker = speaker_from_file(networks, voice)
    segment = front_of(checkpoint, exact=False).segments("好！")[0]
    prefix = prefixed(networks, speaker, segment, (0.0,) * 8)[0]
    style, emotion = torch.from_numpy(voice.style), torch.from_numpy(voice.emotion)
    assert prefix.shape[0] == 3 + len(segment.ids) + 2
    assert torch.allclose(prefix[0], networks.prefix.spk_emb_proj(style) + emotion, atol=1e-5)
    assert not prefix[1:3].any()
    ids = torch.tensor([0, *segment.ids, 1])
    words = (
        networks.prefix.text_embedding.weight[ids] + networks.prefix.text_pos_embedding.emb.weight[: len(ids)]
    )
    assert torch.allclose(prefix[3:], words + networks.prefix.lang_embedding.weight[1], atol=1e-5)


def test_as_in_the_original_the_exclamation_mark_is_lost(checkpoint):
    said = {exact: front_of(checkpoint, exact=exact).segments("好！")[0].ids for exact in (False, True)}
    assert said[False] == (*said[True], 0)


@pytest.mark.parametrize(("count", "duration"), [(1, 1.0), (7, 1.0), (25, 1.0), (25, 0.5), (30, 1.5)])
def test_a_code_lasts_three_and_almost_a_half_frames(networks, count, duration):
    spoken = Codes(torch.arange(count)[None], torch.zeros(1, count, 0))
    target = condition(networks, spoken, duration=duration)
    assert target.shape[1] == int(2 * count * 1.72 * duration)


def test_a_growing_segment_is_told_what_a_whole_one_is(networks, tiny):
    from tts.indextts2.stream import Manner, _Growing

    speaker = speaker_from_file(networks, tiny.voices.read("anna"))
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(256, (90,), generator=generator).tolist()
    codes = [Decoded(code, torch.zeros(1, 64)) for code in ids]
    plan = Plan(ratio=plan_of(StreamSettings.model_validate({}), 1, 2).ratio)
    growing = _Growing(
        networks, speaker, Manner(plan=plan, moments=None, steps=1, first_steps=1, guidance=0, seed=0)
    )
    reach = networks.codec.reach
    for heard in (8, 26, 51, 90):
        growing.hear(codes[:heard])
        whole = features(networks, Codes(torch.tensor([ids[:heard]]), torch.zeros(1, heard, 0)))
        assert growing._features.shape == whole.shape == (1, 2 * heard, 1024)
        assert torch.allclose(growing._features, whole, atol=1e-4)
    assert 8 < 2 * reach < 90, "some portions see only a part of the codes"


def test_portions_count_in_twenty_milliseconds():
    settings = StreamSettings.model_validate({"first_codes": 15, "growth": (25, 51)})
    plan = plan_of(settings, 1, 2)
    assert (plan.first_codes, plan.growth) == (8, (13, 26))


@pytest.mark.parametrize("lost", ["codec.pth", RANKS_FILE])
def test_a_file_that_only_this_version_has_is_missed_by_name(folder, lost):
    (folder / lost).unlink()
    with pytest.raises(ModelMissing, match=lost):
        open_checkpoint(folder)


def test_files_of_the_two_versions_do_not_mix(folder, tiny_indextts2):
    other = tiny_indextts2.checkpoint / "gpt.pth"
    (folder / "gpt.pth").unlink()
    (folder / "gpt.pth").symlink_to(other)
    with pytest.raises(
        ModelDamaged, match=r"is of IndexTTS 2\.0, and the config\.yaml beside it of 2\.5"
    ) as caught:
        open_checkpoint(folder).tensors("gpt")
    assert caught.value.code == "model-damaged.indextts2-version"


def test_a_vocabulary_with_more_tokens_than_the_model_knows_is_refused(folder):
    file = folder / "config.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["gpt"]["number_text_tokens"] = 6000
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with pytest.raises(ModelDamaged, match=r"6400 tokens .* knows 6000"):
        front_of(open_checkpoint(folder), exact=False)


@pytest.mark.parametrize(("version", "scale", "built"), [(2.5, 2, True), (2.5, 1, False), (2.0, 2, False)])
def test_a_codec_of_another_rate_than_the_versions_is_refused(version, scale, built):
    settings = {"version": version, "semantic_codec": {"downsample_scale": scale}}
    if built:
        assert read_config(settings).half_rate
        return
    with pytest.raises(ModelDamaged, match=f"downsample_scale is {scale} with version {version:g}"):
        read_config(settings)


def test_released_sizes_are_those_of_the_published_description():
    config = random_config("full", "2.5")
    assert config.gpt.number_text_tokens == 60_509
    assert not IndexTts2Config().half_rate
    parameters = sum(torch.Size(blank.shape).numel() for blank in stored("gpt", config).values())
    assert 811e6 < parameters < 816e6


def test_the_original_way_needs_no_second_pass(tiny, monkeypatch):
    engine = tiny.synthesizer(compat="upstream")
    monkeypatch.setattr(type(engine._networks.gpt), "latents", None)
    sound, _ = _sound(engine, "好。")
    assert len(sound)
