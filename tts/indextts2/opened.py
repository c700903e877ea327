"""Which checkpoint and which voice speak, opened and found to belong together."""

from __future__ import annotations

import logging
from contextlib import suppress

from core import clock
from core.errors import ConfigError, ModelDamaged, ModelMissing
from tts.indextts2.checkpoint import Checkpoint, open_checkpoint
from tts.indextts2.config import IndexTts2Config
from tts.indextts2.settings import IndexTts2Settings
from tts.indextts2.voice_file import Voice
from tts.indextts2.voices import Voices

_log = logging.getLogger(__name__)


def opened(settings: IndexTts2Settings, voices: Voices) -> tuple[Checkpoint, Voice]:
    """The two that the settings name; a consent that ends soon and random weights are logged.

    Raises:
        ConfigError: one of them is not set, the consent is not in force, or the voice lacks the emotion clip.
        ModelMissing: one of them is not there.
        ModelDamaged: one of them cannot be used, or the voice was made for another checkpoint.
    """
    if settings.checkpoint is None or settings.voice is None:
        lacking = "checkpoint" if settings.checkpoint is None else "voice"
        raise ConfigError(
            f"IndexTTS2 cannot speak: tts.indextts2.{lacking} is not set",
            code=f"indextts2-{lacking}",
            hint="The checkpoint: docs/guide/indextts2.md. The voice: docs/guide/voices.md.",
        )
    checkpoint = open_checkpoint(settings.checkpoint.expanduser())
    voice = speaking(settings.voice, settings, voices, checkpoint.fingerprint, checkpoint.config)
    if checkpoint.random:
        _log.warning("RANDOM WEIGHTS in %s: this is noise and no speech", checkpoint.directory)
    return checkpoint, voice


def speaking(
    name: str, settings: IndexTts2Settings, voices: Voices, fingerprint: str, config: IndexTts2Config
) -> Voice:
    """A voice that may speak today as it is set; a consent that ends soon is logged.

    Args:
        name: of the voice, whatever the settings name.
        fingerprint: the checkpoint's.
        config: the checkpoint's.

    Raises:
        InputError: that is no name.
        ConfigError: the consent is not in force, or the voice lacks the emotion clip.
        ModelMissing: it is not there.
        ModelDamaged: it cannot be used, or was made for another checkpoint.
    """
    voice = _fitting(name, settings, voices, fingerprint, config)
    soon = voice.record.consent.warning(clock.today())
    if soon is not None:
        _log.warning("voice %s: %s", name, soon)
    return voice


def speakable(
    settings: IndexTts2Settings, voices: Voices, fingerprint: str, config: IndexTts2Config
) -> list[str]:
    """Names of the voices that `speaking` would not refuse, in order.

    Args:
        fingerprint: the checkpoint's.
        config: the checkpoint's.
    """
    names: list[str] = []
    for name in voices.names():
        with suppress(ConfigError, ModelDamaged, ModelMissing):
            _fitting(name, settings, voices, fingerprint, config)
            names.append(name)
    return names


def _fitting(
    name: str, settings: IndexTts2Settings, voices: Voices, fingerprint: str, config: IndexTts2Config
) -> Voice:
    voice = voices.for_speech(name, fingerprint, config, clock.today())
    clip = settings.emotion_clip
    if clip is not None and clip not in voice.emotions:
        known = ", ".join(voice.emotions) or "none"
        raise ConfigError(
            f"the voice {name} has no emotion clip {clip}; it has {known}",
            code="voice-emotion",
            hint="Make the voice with --emotion-clip NAME=CLIP.wav, or unset tts.indextts2.emotion_clip.",
        )
    return voice
