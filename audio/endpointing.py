"""Endpointing: when did the customer start, and when are they done?

Fed one bool per 20 ms frame; answers with `Started`, `Ended` or nothing. Pure: no audio, no clock, no
asyncio. Hysteresis both ways: a click does not open an utterance, a breath does not close one, and one
that closes with less voice than a word needs was a cough (`Ended.abandoned`). Between the two, most of
the hangover without voice is a `Lulled`, and voice after that a `Resumed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.audio import FRAME_SECONDS

if TYPE_CHECKING:
    from audio.config import AudioConfig

COUGH_HANGOVER = 0.2
"""Seconds of silence that end an utterance which has not yet the voice of a word: shorter than the
hangover, so that a reply paused by a cough can go on soon; the lowest hangover there is."""
LULL = 0.6
"""Share of the hangover after which a lull is told. Of 366 utterances read by a person (21 minutes), with a
hangover of 0.5 s, 129 lulls of 0.2 s were in vain, 95 of 0.25 s, 56 of 0.3 s and 9 of 0.4 s."""
MOST_LULLS = 3
"""Told of one utterance: each may set a recogniser to work in vain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    frames: int
    """Frames since the first voiced one, that and the present one included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lulled:
    quiet: int
    """Frames since the last voiced one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """Voice again, after a lull that was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    quiet: int
    """Frames since the last voiced one."""
    cut: bool
    """The maximum was reached; the customer may be speaking still."""
    abandoned: bool
    """Too little voice for speech."""


Change = Started | Lulled | Resumed | Ended


def frames_of(seconds: float) -> int:
    """At least one."""
    return max(1, round(seconds / FRAME_SECONDS))


class Endpointing:
    """`Started` when `onset` of voice lies in a window one frame longer; `Ended` after `hangover` without.

    With Silero one voiced frame is enough: its word rests on several windows already. That brings the
    onset from 160 to 120 ms at the 95th percentile and costs no false one (espeak, 33 utterances a noise
    level; 40 s each of white and pink noise, tones, clicks, claps, hum and coughs: none in either case).
    """

    def __init__(self, config: AudioConfig) -> None:
        self._needed = 1 if config.silero else frames_of(config.onset)
        self._window = (1 << (self._needed + 1)) - 1
        self._minimum = frames_of(config.minimum_speech)
        self._hangover = frames_of(config.hangover)
        self.lull = round(self._hangover * LULL)
        """Frames without voice after which a lull is told."""
        self._most_lulls = MOST_LULLS if config.hear_ahead else 0
        self._cough_hangover = min(self._hangover, frames_of(COUGH_HANGOVER))
        self._maximum = frames_of(config.maximum_utterance)
        self.reset()

    def reset(self) -> None:
        self._votes = 0  # the last frames, newest in the lowest bit
        self._speaking = False
        self._length = self._voiced = self._quiet = self._lulls = 0
        self._lulled = False  # the present silence was told

    @property
    def speaking(self) -> bool:
        """Between a `Started` and its `Ended`."""
        return self._speaking

    @property
    def longest_onset(self) -> int:
        """The most frames a `Started` can reach back."""
        return self._needed + 1

    def step(self, voiced: bool) -> Change | None:
        """Take one frame."""
        if self._speaking:
            return self._follow(voiced=voiced)
        votes = self._votes = ((self._votes << 1) | voiced) & self._window
        if not votes or votes.bit_count() < self._needed:
            return None
        self._speaking = True
        self._length, self._voiced, self._quiet = votes.bit_length(), votes.bit_count(), 0
        return Started(frames=self._length)

    def _follow(self, *, voiced: bool) -> Lulled | Resumed | Ended | None:
        self._length += 1
        resumed = voiced and self._lulled
        if voiced:
            self._voiced += 1
            self._quiet, self._lulled = 0, False
        else:
            self._quiet += 1
        abandoned = self._voiced < self._minimum
        if self._quiet >= (self._cough_hangover if abandoned else self._hangover):
            return self._end(Ended(quiet=self._quiet, cut=False, abandoned=abandoned))
        if self._length >= self._maximum:
            return self._end(Ended(quiet=self._quiet, cut=True, abandoned=False))
        if self._quiet == self.lull and not abandoned:
            return self._pause()
        return Resumed() if resumed else None

    def _pause(self) -> Lulled | None:
        if self._lulls == self._most_lulls:
            return None
        self._lulls += 1
        self._lulled = True
        return Lulled(quiet=self._quiet)

    def _end(self, ended: Ended) -> Ended:
        self.reset()
        return ended
