"""Voice detection: is this frame somebody's voice? One bool per 20 ms frame, inline on the loop.

`WebRtcGate` is cheap and quick, and fooled by noise; Silero (audio/silero.py) is neither. `CombinedVad`
has the gate wake the judge: while nobody speaks only the gate is paid for.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np
import webrtcvad

from audio.silero import SileroConfirmer
from core.audio import FRAME_SAMPLES, HEARING_RATE, INT16_SCALE

if TYPE_CHECKING:
    from audio.config import AudioConfig

MEMORY = 16
"""Frames kept for Silero while it sleeps. 16 x 320 samples are ten of its windows of 512, so that the last
window ends with the frame that wakes it; and it judges a word by what came before."""
WAKE = 25
"""Frames that Silero stays awake after the last sign of voice: the default hangover."""
RELEASE = 0.05
"""Silero's threshold is lower by this while voice goes on. Smaller than silero-vad's 0.15, because the
hangover bridges gaps already and a low threshold hears 0.1 s more voice in 10 dB of noise (measured)."""


class VoiceGate(Protocol):
    """Fed every frame in order."""

    def voiced(self, pcm: bytes) -> bool:
        """Is there voice in this frame of `core.audio.FRAME_BYTES`?"""
        ...

    @property
    def suspicious(self) -> bool:
        """That frame had none for sure, and yet somebody may just have begun to speak."""
        ...


class Confirmer(Protocol):
    """A slower, better judge, fed a run of frames at a time."""

    def probability(self, pcm: bytes) -> float:
        """How surely the sound up to this frame is speech, 0 to 1."""
        ...

    def glance(self) -> float:
        """The same for the very last moments alone, sooner and less surely."""
        ...

    def reset(self) -> None:
        """The next frame does not follow the last."""
        ...


class WebRtcGate:
    """WebRTC's Gaussian-mixture detector."""

    suspicious = False

    def __init__(self, mode: int = 3) -> None:
        self._is_speech = webrtcvad.Vad(mode).is_speech

    def voiced(self, pcm: bytes) -> bool:
        return self._is_speech(pcm, HEARING_RATE)


class EnergyGate:
    """Loud is voiced. For tests and for rooms with no other sound.

    Args:
        threshold: root mean square from which a frame is voiced, as a share of full scale.
    """

    suspicious = False

    def __init__(self, threshold: float = 0.01) -> None:
        self._least = (threshold * INT16_SCALE) ** 2 * FRAME_SAMPLES

    def voiced(self, pcm: bytes) -> bool:
        samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
        return float(samples @ samples) >= self._least


class CombinedVad:
    """The gate wakes the confirmer, which then decides alone until `WAKE` frames without voice.

    It may be sure of a voice only 100 ms after the first loud frame. A glance at the last 32 ms comes sooner
    and is wrong more often: it raises a suspicion, once each time the confirmer is awake.
    """

    def __init__(self, gate: VoiceGate, confirmer: Confirmer, threshold: float = 0.4) -> None:
        self._gate = gate.voiced
        self._confirmer = confirmer
        self._threshold = threshold
        self._recent: deque[bytes] = deque(maxlen=MEMORY)
        self._awake = 0  # frames until the confirmer sleeps
        self._voiced = False
        self._may_suspect = True  # since it woke there was neither voice nor a suspicion of it
        self.suspicious = False

    def voiced(self, pcm: bytes) -> bool:
        gated = self._gate(pcm)
        if self._awake:
            return self._judge(self._confirmer.probability(pcm), gated=gated)
        self._recent.append(pcm)
        return gated and self._judge(self._rouse(), gated=True)

    def _rouse(self) -> float:
        """Play to the confirmer what came before, so that it does not judge a word by its middle."""
        self._confirmer.reset()
        probability = 0.0
        for pcm in self._recent:
            probability = self._confirmer.probability(pcm)
        self._recent.clear()
        self._may_suspect = True
        return probability

    def _judge(self, probability: float, *, gated: bool) -> bool:
        self._voiced = probability >= self._threshold - (RELEASE if self._voiced else 0.0)
        self._awake = WAKE if gated or self._voiced else self._awake - 1
        self._may_suspect &= not (self.suspicious or self._voiced)
        self.suspicious = self._may_suspect and gated and self._confirmer.glance() >= self._threshold
        return self._voiced


def build_vad(config: AudioConfig) -> VoiceGate:
    """The detector that the configuration asks for, ready to run.

    Raises:
        ModelMissing: Silero is asked for and its file is not installed.
    """
    gate = WebRtcGate(config.vad_mode)
    if not config.silero:
        return gate
    confirmer = SileroConfirmer()
    confirmer.warm_up()
    return CombinedVad(gate, confirmer, config.silero_threshold)
