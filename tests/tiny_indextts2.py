"""A whole IndexTTS2 of random weights and small sizes with a voice, made once for all tests that need one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch

from core import clock
from tts.indextts2.checkpoint import open_checkpoint
from tts.indextts2.clip import Clip
from tts.indextts2.consent import Consent
from tts.indextts2.random_checkpoint import write_random
from tts.indextts2.random_config import Version
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.synthesizer import IndexTts2Synthesizer
from tts.indextts2.voice_maker import Recipe, VoiceMaker
from tts.indextts2.voices import Voices

SECONDS, RATE = 3.0, 24_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiny:
    """Where it lies."""

    checkpoint: Path
    voices: Voices

    def settings(self, **more: object) -> IndexTts2Settings:
        fields = {"checkpoint": self.checkpoint, "voice": "anna", "device": "cpu", "steps": 2}
        return IndexTts2Settings.model_validate(fields | more)

    def synthesizer(self, **more: object) -> IndexTts2Synthesizer:
        torch.set_num_threads(1)
        return IndexTts2Synthesizer(self.settings(**more), self.voices)


def made(folder: Path, version: Version = "2.0") -> Tiny:
    torch.set_num_threads(1)
    checkpoint = folder / "tiny"
    write_random(checkpoint, size="tiny", seed=0, told=lambda done: None, version=version)
    today = clock.today()
    consent = Consent(
        speaker="王小明", given=today - timedelta(30), expires=today + timedelta(300), purpose="Tests"
    )
    voices = Voices(folder / "voices")
    recipe = Recipe(
        name="anna", clip=_clip(0), sha256="0" * 64, consent=consent, emotions={"sorry": _clip(1)}
    )
    voices.write(VoiceMaker(open_checkpoint(checkpoint)).make(recipe, today))
    return Tiny(checkpoint=checkpoint, voices=voices)


def _clip(seed: int) -> Clip:
    samples = np.random.default_rng(seed).normal(0, 0.1, round(SECONDS * RATE)).astype(np.float32)
    return Clip(samples=samples, rate=RATE, warnings=())
