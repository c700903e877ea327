"""A reference clip: its shapes, its first 15 s, its two ways to 16 kHz, and what cannot be heard."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.audio import Waveform
from core.errors import InputError
from tests.unit.tts.indextts2.noise import with_noise
from tts.indextts2.campplus import CampPlus
from tts.indextts2.config import CampPlusConfig, PreprocessorConfig, SemanticCodecConfig, W2vBertConfig
from tts.indextts2.reference import (
    LEAST_SECONDS,
    ReferenceNetworks,
    emotion_features,
    speaker_reference,
)
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.w2v_bert import W2vBert

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def networks() -> ReferenceNetworks:
    """Of released width where the architecture fixes it, and no conformer layer at all."""
    codec = SemanticCodecConfig(codebook_size=40, vocos_dim=8, vocos_intermediate_dim=8, vocos_num_layers=1)
    generator = torch.Generator().manual_seed(9)
    return ReferenceNetworks(
        w2v_bert=with_noise(W2vBert(W2vBertConfig(), 0)),
        semantic_codec=with_noise(SemanticCodec(codec)),
        campplus=with_noise(CampPlus(CampPlusConfig(growth_rate=2, bn_size=1, init_channels=4))),
        mean=torch.randn(1024, generator=generator),
        variance=torch.rand(1024, generator=generator) + 0.5,
        preprocessor=PreprocessorConfig(),
    )


def _clip(seconds: float, rate: int) -> Waveform:
    noise = np.random.default_rng(4).standard_normal(round(seconds * rate)).astype(np.float32)
    return Waveform(np.convolve(noise, np.ones(4, np.float32) / 20, "same").astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100])
def test_a_clip_of_any_rate_gives_frames_by_its_length_in_seconds(networks: ReferenceNetworks, rate: int):
    reference = speaker_reference(_clip(1.0, rate), networks)
    assert reference.features.shape == (1, 49, 1024)
    assert reference.s_ref.shape == (1, 49, 1024)
    assert reference.mel.shape == (1, 80, 86)
    assert reference.style.shape == (1, 192)
    assert emotion_features(_clip(1.0, rate), networks).shape == (1, 49, 1024)


def test_what_comes_after_fifteen_seconds_is_not_heard(networks: ReferenceNetworks):
    long = _clip(15.5, 22_050)
    short = Waveform(long.samples[: 15 * 22_050], 22_050)
    whole, cut = speaker_reference(long, networks), speaker_reference(short, networks)
    assert whole.features.shape == (1, 749, 1024)
    assert whole.mel.shape == (1, 80, 1291)
    for name in ("features", "s_ref", "mel", "style"):
        assert torch.equal(getattr(whole, name), getattr(cut, name))
    assert emotion_features(_clip(15.5, 16_000), networks).shape == (1, 749, 1024)


def test_the_same_clip_as_speaker_and_as_tone_differs_a_little(networks: ReferenceNetworks):
    clip = _clip(1.0, 16_000)
    speaker, tone = speaker_reference(clip, networks).features, emotion_features(clip, networks)
    difference = (speaker - tone).abs().max()
    assert difference > 0
    assert torch.corrcoef(torch.stack((speaker.flatten(), tone.flatten())))[0, 1] > 0.95


def test_the_vectors_are_those_of_the_clip_s_own_features(networks: ReferenceNetworks):
    reference = speaker_reference(_clip(0.7, 22_050), networks)
    assert torch.equal(networks.semantic_codec.quantize(reference.features)[1], reference.s_ref)


def test_the_shortest_clip_that_is_taken_gives_finite_numbers(networks: ReferenceNetworks):
    reference = speaker_reference(_clip(LEAST_SECONDS, 16_000), networks)
    assert reference.features.shape[1] >= 3
    for name in ("features", "s_ref", "mel", "style"):
        assert torch.isfinite(getattr(reference, name)).all()


@pytest.mark.parametrize("clip", [_clip(0.05, 16_000), Waveform(np.full(8000, np.nan, np.float32), 16_000)])
def test_what_cannot_be_heard_is_refused(networks: ReferenceNetworks, clip: Waveform):
    for take in (speaker_reference, emotion_features):
        with pytest.raises(InputError, match="cannot be heard"):
            take(clip, networks)
