"""A small voice, for tests of what is done with voices."""

from __future__ import annotations

from datetime import date

import numpy as np

from tts.indextts2.consent import Consent
from tts.indextts2.voice_file import Array, CheckpointRecord, ClipRecord, Voice, VoiceRecord

TODAY = date(2026, 6, 1)
WIDTH, CHANNELS, FRAMES = 16, 8, 30
CONSENT = Consent(
    speaker="王小明", given=date(2026, 3, 1), expires=date(2027, 3, 1), purpose="Answers in the hall"
)


def noise(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def a_voice(
    name: str = "anna",
    *,
    consent: Consent = CONSENT,
    moods: tuple[str, ...] = (),
    fingerprint: str = "0123456789abcdef",
    random: bool = False,
) -> Voice:
    """Whole and sound."""
    return Voice(
        record=VoiceRecord(
            name=name,
            made=TODAY,
            consent=consent,
            clip=ClipRecord(sha256="0" * 64, seconds=5.0),
            checkpoint=CheckpointRecord(fingerprint=fingerprint, version="2.0", random=random),
        ),
        latents=noise(32, WIDTH),
        emotion=noise(WIDTH),
        style=noise(192),
        prompt_condition=noise(FRAMES, CHANNELS),
        ref_mel=noise(80, FRAMES),
        emotions={mood: noise(WIDTH, seed=number) for number, mood in enumerate(moods, 1)},
    )
