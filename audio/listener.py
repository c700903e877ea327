"""The listener: frames in; `Suspicion`, `Onset`, `Lull`, `Utterance` out. On the loop, once per frame.

It joins the voice detector (which frames are voiced?) and endpointing (what follows from that?) and
keeps the sound: a pre-roll while nobody speaks, so that no first syllable is lost, and the utterance
while somebody does. A silent frame costs the detector's call and next to nothing beyond. While somebody holds
a key, endpointing has no say.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from audio.endpointing import Change, Ended, Endpointing, Lulled, Resumed, Started
from core.audio import (
    FRAME_SECONDS,
    AudioFrame,
    Heard,
    Lull,
    Onset,
    Resumption,
    Suspicion,
    Utterance,
    Waveform,
    from_pcm,
)

if TYPE_CHECKING:
    from audio.config import AudioConfig
    from audio.vad import VoiceGate


class Listener:
    """No frame is ever part of two utterances: what one keeps, the next cannot have as its pre-roll."""

    def __init__(self, vad: VoiceGate, endpointing: Endpointing, config: AudioConfig) -> None:
        self._vad = vad
        self._voiced = vad.voiced
        self._suspicion = Suspicion(patience=config.longest_pause) if config.longest_pause else None
        self._endpointing = endpointing
        self._step = endpointing.step
        self._margin = round(config.preroll / FRAME_SECONDS)
        self._tail = min(self._margin, endpointing.lull)
        self._recent: deque[bytes] = deque(maxlen=self._margin + endpointing.longest_onset)
        self._utterance: list[bytes] | None = None
        self._most = round(config.maximum_utterance / FRAME_SECONDS)
        self._held = False
        self._started = 0.0
        self.voiced_until = 0.0
        """Session seconds at the end of the last voiced frame of the present or the last utterance."""

    def hear(self, frame: AudioFrame) -> Heard | None:
        """Take one frame."""
        voiced = self._voiced(frame.pcm)
        if self._held:
            return self._hold(frame, voiced=voiced)
        change = self._step(voiced)
        if change is None and self._utterance is None:
            self._recent.append(frame.pcm)
            return self._suspicion if self._vad.suspicious else None
        return self._listen(frame, change, voiced=voiced)

    def partial(self) -> Waveform | None:
        """The utterance under way, as far as it has come; None between utterances."""
        return None if self._utterance is None else from_pcm(b"".join(self._utterance))

    def reset(self) -> None:
        """Forget the utterance under way and what came before it."""
        self._endpointing.reset()
        self._utterance = None
        self._held = False
        self._recent.clear()

    def hold(self) -> None:
        """Take everything until `release` as one utterance, behind what there is of it or the pre-roll."""
        self._endpointing.reset()
        self._held = True

    def release(self) -> Utterance:
        """The utterance that `hold` began; `abandoned` if there has been no frame of it."""
        frames, self._utterance = self._utterance, None
        self._held = False
        return self._spoken(frames or [], abandoned=not frames)

    def _hold(self, frame: AudioFrame, *, voiced: bool) -> Utterance | None:
        if self._utterance is None:
            self._utterance = list(self._recent)[-self._margin :]
            self._recent.clear()
            self._started = frame.at - (len(self._utterance) + 1) * FRAME_SECONDS
            self.voiced_until = frame.at
        self._utterance.append(frame.pcm)
        if voiced:
            self.voiced_until = frame.at
        if len(self._utterance) < self._most:
            return None
        return replace(self.release(), cut=True)

    def _listen(self, frame: AudioFrame, change: Change | None, *, voiced: bool) -> Heard | None:
        if isinstance(change, Started):
            return self._open(frame, change)
        assert self._utterance is not None, "endpointing ends only what it started"
        self._utterance.append(frame.pcm)
        if voiced:
            self.voiced_until = frame.at
        match change:
            case None:
                return None
            case Resumed():
                return Resumption()
            case Lulled():
                return self._lull(self._utterance, change)
            case Ended():
                return self._close(self._utterance, change)

    def _open(self, frame: AudioFrame, change: Started) -> Onset:
        self._recent.append(frame.pcm)
        kept = min(len(self._recent), self._margin + change.frames)
        self._utterance = list(self._recent)[-kept:]
        self._recent.clear()
        self._started = frame.at - change.frames * FRAME_SECONDS
        self.voiced_until = frame.at
        return Onset(started=self._started)

    def _lull(self, frames: list[bytes], change: Lulled) -> Lull:
        """At the end as much of the silence is kept: the sound will be the same."""
        return Lull(utterance=self._spoken(frames[: len(frames) - change.quiet + self._tail]))

    def _close(self, frames: list[bytes], change: Ended) -> Utterance:
        """What silence is not kept may be the next one's pre-roll."""
        kept = len(frames) - max(0, change.quiet - self._tail)
        self._recent.extend(frames[kept:])
        self._utterance = None
        return self._spoken(frames[:kept], cut=change.cut, abandoned=change.abandoned)

    def _spoken(self, frames: list[bytes], *, cut: bool = False, abandoned: bool = False) -> Utterance:
        return Utterance(
            pcm=b"".join(frames),
            started=self._started,
            ended=self.voiced_until,
            cut=cut,
            abandoned=abandoned,
        )
