"""Both sides of a recorded session as sound: what the customer said and what the loudspeaker played."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from audio.recorder import JITTER
from audio.resample import resample
from audio.wavfile import int16
from core.audio import FRAME_BYTES, FRAME_SECONDS, HEARING_RATE, INT16_SCALE, Samples, Waveform
from pipeline.journal import Entry, Session

Sound = NDArray[np.int16]
"""int16, shape (n,), at `HEARING_RATE`."""
_Piece = tuple[int, int, Sound]
"""Where it begins if it follows nothing, how long it is, and its sound; nothing of that is silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """From session second 0, equally long."""

    customer: Sound
    agent: Sound

    def between(self, start: float, end: float) -> NDArray[np.int16]:
        """Shape (n, 2): the customer is on the left."""
        place = slice(max(0, round(start * HEARING_RATE)), round(end * HEARING_RATE))
        return np.stack([self.customer[place], self.agent[place]], axis=1)

    def peaks(self, step: float) -> tuple[list[float], list[float]]:
        """Peaks in [0, 1] of the customer's and the agent's side, every `step` seconds."""
        customer, agent = (_peaks(side, round(step * HEARING_RATE)) for side in (self.customer, self.agent))
        return customer, agent


def sides_of(session: Session, speaker_rate: int) -> Sides:
    """Put the frames and the pulls of a session in their places.

    Args:
        speaker_rate: Hz of what was pulled.
    """
    seconds = session.seconds + 1.0
    heard = _laid(_frames(session.entries), HEARING_RATE, seconds)
    played = _laid(_pulls(session.entries, speaker_rate), speaker_rate, seconds)
    if speaker_rate != HEARING_RATE:
        scaled = played.astype(np.float32) / np.float32(INT16_SCALE)
        played = int16(resample(Waveform(scaled, speaker_rate), HEARING_RATE).samples)
    length = min(len(heard), len(played))
    return Sides(customer=heard[:length], agent=played[:length])


def _frames(entries: Iterable[Entry]) -> Iterable[_Piece]:
    for entry in entries:
        if entry.kind == "frame":
            begun = round((entry.at - FRAME_SECONDS) * HEARING_RATE)
            yield begun, FRAME_BYTES // 2, np.frombuffer(cast("bytes", entry.sound), "<i2")


def _pulls(entries: Iterable[Entry], rate: int) -> Iterable[_Piece]:
    for entry in entries:
        if entry.kind == "pull":
            samples = cast("Samples | None", entry.sound)
            sound = np.zeros(0, np.int16) if samples is None else int16(samples)
            yield round(entry.at * rate), int(entry.fields["samples"]), sound


def _laid(pieces: Iterable[_Piece], rate: int, seconds: float) -> Sound:
    """Each behind the one before, unless there is a gap: blocks come a little early or late."""
    whole = np.zeros(round(seconds * rate), np.int16)
    end = 0
    for begun, length, sound in pieces:
        if abs(begun - end) > JITTER * rate:
            end = max(0, begun)
        room = whole[end : end + len(sound)]
        room[:] = sound[: len(room)]
        end += length
    return whole


def _peaks(side: Sound, step: int) -> list[float]:
    whole = np.abs(side[: len(side) // step * step].astype(np.int32)).reshape(-1, step)
    return (whole.max(axis=1) / INT16_SCALE).tolist() if len(whole) else []
