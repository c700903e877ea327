"""What a reference clip gives before the voice model reads it: features, their codes' vectors, mel, style.

Shapes: T frames of 20 ms, R mel frames of 256 samples at 22.05 kHz; 15 s are at most 749 and 1291 of them.
It depends on the clip alone, so it is computed once for each voice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from core.audio import Waveform
from core.errors import InputError
from tts.indextts2.campplus import CampPlus
from tts.indextts2.config import SAMPLE_RATE, PreprocessorConfig
from tts.indextts2.filterbank import SPEECH_RATE, speech_features, style_filterbank
from tts.indextts2.mel import log_mel
from tts.indextts2.resample import sinc_resampled, soxr_resampled
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.w2v_bert import W2vBert, normalised

MOST_SECONDS = 15
"""What comes after is not heard: upstream's behaviour; the conditioning was trained on no more."""
LEAST_SECONDS = 0.1
"""Four frames of features; the conditioning's first convolution needs three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceNetworks:
    """All on one device; each may have a float type of its own."""

    w2v_bert: W2vBert
    """Of `w2v_bert.USED_LAYERS` layers."""
    semantic_codec: SemanticCodec | None
    """None in version 2.5, whose flow is told of a reference without codes between."""
    campplus: CampPlus
    mean: Tensor
    """(1024,), of the features: `wav2vec2bert_stats.pt`."""
    variance: Tensor
    """(1024,), likewise; the file calls it `var`."""
    preprocessor: PreprocessorConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A speaker; tensors in the type of the network that made them, the mel in float32."""

    features: Tensor
    """(1, T, 1024), normalised w2v-BERT features: what the voice model is conditioned on."""
    s_ref: Tensor
    """(1, T, 1024), the same through the codebook, if there is one: what the flow continues."""
    mel: Tensor
    """(1, 80, R)."""
    style: Tensor
    """(1, 192)."""


def speaker_reference(clip: Waveform, networks: ReferenceNetworks) -> Reference:
    """Everything that a speaker's clip gives; of its first 15 s.

    Raises:
        InputError: the clip is too short, or not numbers.
    """
    wave = _loaded(clip, SAMPLE_RATE, networks.mean.device)
    speech = sinc_resampled(wave, SAMPLE_RATE, SPEECH_RATE)
    features = _features(speech, networks)
    codec, s_ref = networks.semantic_codec, features
    if codec is not None:
        _, s_ref = codec.quantize(_as_in(codec, features))
    style = networks.campplus(_as_in(networks.campplus, style_filterbank(speech)))
    return Reference(features=features, s_ref=s_ref, mel=log_mel(wave), style=style)


def emotion_features(clip: Waveform, networks: ReferenceNetworks) -> Tensor:
    """The features (1, T, 1024) of a clip whose tone is taken; of its first 15 s.

    Upstream brings such a clip to 16 kHz in one step, a speaker's in two; also when it is the same clip.

    Raises:
        InputError: the clip is too short, or not numbers.
    """
    return _features(_loaded(clip, SPEECH_RATE, networks.mean.device), networks)


def _loaded(clip: Waveform, rate: int, device: torch.device) -> Tensor:
    """The clip at `rate`, cut: (1, n), float32."""
    if clip.seconds < LEAST_SECONDS or not np.isfinite(clip.samples).all():
        raise InputError(
            f"a reference clip of {clip.seconds:g} s at {clip.rate} Hz cannot be heard",
            code="reference",
            hint=f"Record 3 to {MOST_SECONDS} s of clear speech.",
        )
    samples = soxr_resampled(clip.samples, clip.rate, rate)[: MOST_SECONDS * rate]
    return torch.tensor(samples, dtype=torch.float32, device=device).unsqueeze(0)


def _features(speech: Tensor, networks: ReferenceNetworks) -> Tensor:
    features, mask = speech_features(speech, networks.preprocessor)
    state = networks.w2v_bert(_as_in(networks.w2v_bert, features), mask)
    return normalised(state, networks.mean, networks.variance)


def _as_in(network: nn.Module, x: Tensor) -> Tensor:
    """In the type of the network's parameters."""
    return x.to(next(network.parameters()).dtype)
