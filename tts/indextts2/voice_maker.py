"""Clip, consent and checkpoint to a voice: every network that listens to a clip runs here, once.

Networks are loaded when their turn comes and dropped before the next, the largest being w2v-BERT (1.6 GB in
32 bits) and the conditioning (1.4 GB). Blocking: seconds on a GPU, about a minute on a CPU.

Shapes: D = model width of the GPT, C = channels of the length regulator, T = mel frames of the clip,
S = feature frames (50 a second).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from core.audio import Waveform
from core.errors import TtsError
from tts.indextts2.campplus import CampPlus
from tts.indextts2.checkpoint import Checkpoint
from tts.indextts2.clip import Clip
from tts.indextts2.conditioning import Conditioning, EmotionConditioning
from tts.indextts2.consent import Consent
from tts.indextts2.filled import filled
from tts.indextts2.layout import Part
from tts.indextts2.length_regulator import LengthRegulator, nearest_source
from tts.indextts2.reference import Reference, ReferenceNetworks, emotion_features, speaker_reference
from tts.indextts2.semantic_codec import SemanticCodec
from tts.indextts2.voice_file import Array, CheckpointRecord, ClipRecord, Voice, VoiceRecord
from tts.indextts2.w2v_bert import USED_LAYERS, W2vBert

Network = TypeVar("Network", bound=nn.Module)
STEPS = 6
"""Calls of `progress`; one fewer in version 2.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a voice is made from; all of it was checked before."""

    name: str
    """See `voice_name`."""
    clip: Clip
    sha256: str
    """Of the clip's file."""
    consent: Consent
    emotions: Mapping[str, Clip]
    """Further clips of the same speaker, whose manner can be borrowed, by their names."""


class VoiceMaker:
    """Makes voices with one checkpoint."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        progress: Callable[[str], None] = lambda what: None,
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            checkpoint: with the files that voices need.
            device: where networks run.
            dtype: of every network.
            progress: is told what comes next, at most `STEPS` times a voice.

        Raises:
            ModelMissing: a file is not there; the message names all of them.
        """
        checkpoint.require("voices")
        self._checkpoint = checkpoint
        self._config = checkpoint.config
        self._device = device
        self._dtype = dtype
        self._progress = progress

    @torch.inference_mode()
    def make(self, recipe: Recipe, today: date) -> Voice:
        """The voice.

        Raises:
            ModelDamaged: tensors of the checkpoint are missing or of another shape.
            TtsError: what the networks make of the clip is no number.
        """
        self._progress("the checkpoint's fingerprint")
        record = self._record(recipe, today)
        reference, features = self._heard(recipe)
        tensors = self._conditions(reference, features) | {
            "style": reference.style[0],
            "ref_mel": reference.mel[0],
            "prompt_condition": self._prompt(reference),
        }
        arrays = {name: _array(name, tensor) for name, tensor in tensors.items()}
        emotions = {name: arrays.pop(f"emotion.{name}") for name in recipe.emotions}
        latents = arrays.pop("latents", None)
        return Voice(record=record, emotions=emotions, latents=latents, **arrays)

    def _record(self, recipe: Recipe, today: date) -> VoiceRecord:
        checkpoint = self._checkpoint
        return VoiceRecord(
            name=recipe.name,
            made=today,
            consent=recipe.consent,
            clip=ClipRecord(sha256=recipe.sha256, seconds=round(recipe.clip.seconds, 3)),
            checkpoint=CheckpointRecord(
                fingerprint=checkpoint.fingerprint, version=checkpoint.version, random=checkpoint.random
            ),
        )

    def _heard(self, recipe: Recipe) -> tuple[Reference, dict[str, Tensor]]:
        """The speaker, and of each emotion clip its features (1, S, 1024)."""
        layers = min(USED_LAYERS, self._config.w2v_bert.num_hidden_layers)
        matrices = self._checkpoint.tensors("matrices")
        networks = ReferenceNetworks(
            w2v_bert=self._network("w2v_bert", lambda: W2vBert(self._config.w2v_bert, layers)),
            semantic_codec=None
            if self._config.half_rate
            else self._network("semantic_codec", lambda: SemanticCodec(self._config.semantic_codec)),
            campplus=self._network("campplus", lambda: CampPlus(self._config.campplus)),
            mean=matrices["wav2vec2bert_stats.mean"].to(self._device, torch.float32),
            variance=matrices["wav2vec2bert_stats.var"].to(self._device, torch.float32),
            preprocessor=self._config.preprocessor,
        )
        features = {
            name: emotion_features(_waveform(clip), networks) for name, clip in recipe.emotions.items()
        }
        return speaker_reference(_waveform(recipe.clip), networks), features

    def _conditions(self, reference: Reference, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Vectors (D,) of the speaker's manner and each emotion clip's; in version 2.0 latents (32, D)."""
        kind = EmotionConditioning if self._config.half_rate else Conditioning
        network = self._network("gpt", lambda: kind(self._config.gpt))
        own = reference.features.to(self._dtype)
        vectors = {
            f"emotion.{name}": network.emotion_vector(each.to(self._dtype))[0]
            for name, each in features.items()
        }
        latents = {"latents": network.speaker_latents(own)[0]} if isinstance(network, Conditioning) else {}
        return vectors | latents | {"emotion": network.emotion_vector(own)[0]}

    def _prompt(self, reference: Reference) -> Tensor:
        """What the clip says, as the flow wants it: (T, C)."""
        config = self._config.s2mel.length_regulator
        network = self._network("s2mel", lambda: LengthRegulator(config), "length_regulator.")
        source = nearest_source(reference.s_ref.shape[1], reference.mel.shape[-1], self._device)
        return network(reference.s_ref.to(self._dtype), source)[0]

    def _network(self, part: Part, build: Callable[[], Network], prefix: str = "") -> Network:
        self._progress(_NAMES[part])
        return filled(
            build,
            self._checkpoint.tensors(part),
            source=", ".join(map(str, self._checkpoint.files(part).values())),
            prefix=prefix,
            device=self._device,
            dtype=self._dtype,
        )


_NAMES: Mapping[Part, str] = {
    "w2v_bert": "w2v-BERT: features of the speech",
    "semantic_codec": "semantic codec",
    "campplus": "CAMPPlus: the timbre",
    "gpt": "conditioning: the speaker for the GPT",
    "s2mel": "length regulator: the speaker for the flow",
}


def _waveform(clip: Clip) -> Waveform:
    return Waveform(clip.samples, clip.rate)


def _array(name: str, tensor: Tensor) -> Array:
    array: Array = tensor.float().cpu().numpy()  # pyright: ignore[reportUnknownMemberType]
    if not np.isfinite(array).all():
        raise TtsError(
            f"what the networks make of the clip is no number ({name})",
            code="voice-not-finite",
            hint="Set tts.indextts2.precision.reference to fp32; if it is, the checkpoint is damaged.",
        )
    return array
