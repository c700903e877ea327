"""A voice from a clip: every tensor from the network that it should come from, and nothing needed twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import ModelDamaged, TtsError
from tests.unit.tts.indextts2.noise import with_noise
from tests.unit.tts.indextts2.voices import CONSENT, TODAY
from tts.indextts2.campplus import CampPlus
from tts.indextts2.clip import Clip
from tts.indextts2.conditioning import Conditioning
from tts.indextts2.config import (
    CampPlusConfig,
    ConditionConfig,
    GptConfig,
    IndexTts2Config,
    LengthRegulatorConfig,
    S2MelConfig,
    SemanticCodecConfig,
    W2vBertConfig,
)
from tts.indextts2.length_regulator import LengthRegulator
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.voice_file import Voice, read_voice, write_voice
from tts.indextts2.voice_maker import STEPS, Recipe, VoiceMaker
from tts.indextts2.w2v_bert import W2vBert

pytestmark = pytest.mark.unit

SMALL = ConditionConfig(output_size=8, linear_units=8, attention_heads=2, num_blocks=1)
CONFIG = IndexTts2Config(
    gpt=GptConfig(model_dim=24, condition_module=SMALL, emo_condition_module=SMALL),
    semantic_codec=SemanticCodecConfig(
        codebook_size=40, vocos_dim=8, vocos_intermediate_dim=8, vocos_num_layers=1
    ),
    s2mel=S2MelConfig(length_regulator=LengthRegulatorConfig(channels=12)),
    w2v_bert=W2vBertConfig(num_hidden_layers=1, intermediate_size=8),
    campplus=CampPlusConfig(growth_rate=2, bn_size=1, init_channels=4),
)


class SmallCheckpoint:
    """What a voice is made with, in memory."""

    fingerprint = "0123456789abcdef"
    version = "2.0"
    random = True
    config = CONFIG

    def __init__(self, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
        self.parts = parts

    def require(self, purpose: str) -> None:
        assert purpose == "voices"

    def tensors(self, part: str) -> Mapping[str, Tensor]:
        return self.parts[part]

    def files(self, part: str) -> Mapping[str, Path]:
        return {part: Path(f"{part}.safetensors")}


def _state(network: nn.Module, seed: int, prefix: str = "") -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in with_noise(network, seed).state_dict().items()}


@pytest.fixture(scope="module")
def checkpoint() -> SmallCheckpoint:
    statistics = {"wav2vec2bert_stats.mean": torch.zeros(1024), "wav2vec2bert_stats.var": torch.ones(1024)}
    return SmallCheckpoint(
        {
            "w2v_bert": _state(W2vBert(CONFIG.w2v_bert), 1),
            "semantic_codec": _state(SemanticCodec(CONFIG.semantic_codec), 2),
            "campplus": _state(CampPlus(CONFIG.campplus), 3),
            "gpt": _state(Conditioning(CONFIG.gpt), 4),
            "s2mel": _state(LengthRegulator(CONFIG.s2mel.length_regulator), 5, "length_regulator."),
            "matrices": statistics,
        }
    )


def _clip(seed: int, seconds: float = 3.0, rate: int = 24_000) -> Clip:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(seconds * rate)).astype(np.float32)
    return Clip(samples=samples, rate=rate, warnings=())


def _recipe(clip: Clip, **emotions: Clip) -> Recipe:
    return Recipe(name="anna", clip=clip, sha256="0" * 64, consent=CONSENT, emotions=emotions)


def _made(checkpoint: SmallCheckpoint, recipe: Recipe, **options: object) -> Voice:
    return VoiceMaker(checkpoint, **options).make(recipe, TODAY)  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="module")
def voice(checkpoint: SmallCheckpoint) -> Voice:
    return _made(checkpoint, _recipe(_clip(0), sorry=_clip(1)))


def test_a_voice_has_the_shapes_of_its_checkpoint_and_its_clip(voice: Voice, tmp_path: Path):
    frames = int(3.0 * 22_050) // 256
    assert {name: tensor.shape for name, tensor in voice.tensors.items()} == {
        "latents": (32, 24),
        "emotion": (24,),
        "style": (192,),
        "prompt_condition": (frames, 12),
        "ref_mel": (80, frames),
        "emotion.sorry": (24,),
    }
    write_voice(voice, tmp_path / "anna.safetensors")
    assert np.array_equal(read_voice(tmp_path / "anna.safetensors").latents, voice.latents)


def test_it_says_whose_it_is_and_what_it_was_made_with(voice: Voice):
    record = voice.record
    assert (record.name, record.made, record.consent) == ("anna", TODAY, CONSENT)
    assert record.clip.seconds == 3.0
    assert (record.checkpoint.fingerprint, record.checkpoint.random) == ("0123456789abcdef", True)


def test_the_same_clip_gives_the_same_voice(checkpoint: SmallCheckpoint, voice: Voice):
    again = _made(checkpoint, _recipe(_clip(0), sorry=_clip(1)))
    assert all(np.array_equal(again.tensors[name], voice.tensors[name]) for name in voice.tensors)


def test_another_clip_changes_everything_but_the_emotion_clip(checkpoint: SmallCheckpoint, voice: Voice):
    other = _made(checkpoint, _recipe(_clip(7), sorry=_clip(1)))
    same = [
        name for name in voice.tensors if np.allclose(other.tensors[name], voice.tensors[name], atol=1e-6)
    ]
    assert same == ["emotion.sorry"]


def test_an_emotion_clip_of_the_same_sound_has_nearly_the_speakers_own_emotion(checkpoint: SmallCheckpoint):
    voice = _made(checkpoint, _recipe(_clip(0), same=_clip(0)))
    assert np.abs(voice.emotions["same"] - voice.emotion).max() < 0.2 * np.abs(voice.emotion).max()


def test_what_comes_next_is_told_once_for_each_network(checkpoint: SmallCheckpoint):
    told: list[str] = []
    _made(checkpoint, _recipe(_clip(0)), progress=told.append)
    assert len(told) == STEPS == len(set(told))


def test_sixteen_bits_give_nearly_the_same_voice(checkpoint: SmallCheckpoint, voice: Voice):
    half = _made(checkpoint, _recipe(_clip(0), sorry=_clip(1)), dtype=torch.bfloat16)
    for name in ("latents", "emotion", "style"):
        wanted = voice.tensors[name]
        assert half.tensors[name].dtype == np.float32
        assert np.abs(half.tensors[name] - wanted).max() < 0.2 * np.abs(wanted).max()


def test_a_tensor_that_is_missing_is_named_with_its_file(checkpoint: SmallCheckpoint):
    gpt = {name: tensor for name, tensor in checkpoint.parts["gpt"].items() if name != "emo_layer.bias"}
    with pytest.raises(ModelDamaged, match=r"gpt.safetensors .* emo_layer.bias"):
        _made(SmallCheckpoint({**checkpoint.parts, "gpt": gpt}), _recipe(_clip(0)))


def test_weights_that_make_no_numbers_make_no_voice(checkpoint: SmallCheckpoint):
    gpt = dict(checkpoint.parts["gpt"]) | {"emo_layer.bias": torch.full((24,), torch.nan)}
    with pytest.raises(TtsError) as caught:
        _made(SmallCheckpoint({**checkpoint.parts, "gpt": gpt}), _recipe(_clip(0)))
    assert caught.value.code == "tts.voice-not-finite"
