"""Which frames a growing segment turns into sound when: portions, cut at fixed places. Pure; counts only.

A portion starts when enough codes are there. The flow makes its frames, shown a tail of what was made before;
the last `overlap` frames of the portion before are made again, now that what follows them is known. The
vocoder gets a window around what is to sound, and the sound of the last `held` frames waits for the next.

    tail ........ kept ............ end          the flow: shown | made
       window ........ sounded .......... sounds | held            the vocoder: context | new sound | waits
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from tts.indextts2.settings import StreamSettings

CODES = 25
"""Portions end at multiples of it, the first excepted: 43 frames exactly at rate 1."""
MARGIN_FRAMES = 16
"""Of the vocoder on the left: with fewer its sound differs by more than -80 dB (measured, random weights)."""
FLOW_FRAMES = 32
"""Frames of the target that the flow is given are a multiple of it where the tail is long enough to spare
some: few lengths, each of which may be prepared."""
WINDOW_FRAMES = 16
"""The same for the vocoder's windows, which grow to the left for it."""
AFTER_FRAMES = 8
"""Copies of the last frame behind a window that is not the last. With silence instead the sound of the 8
frames before it is up to 16 dB further from what it becomes (measured, random weights)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """One step of a segment; all places are frames of the segment."""

    index: int
    codes: int
    """How many of the segment's codes there are."""
    tail: int
    """First frame that the flow is shown."""
    kept: int
    """Frames before it stay as they were made; those from it on are made now."""
    end: int
    """Frames that there are afterwards."""
    window: int
    """First frame that the vocoder is given."""
    sounded: int
    """Frames whose sound left earlier."""
    sounds: int
    """Frames whose sound has left afterwards."""
    last: bool

    @property
    def after(self) -> int:
        """Copies of the last frame that the vocoder is given behind it."""
        return 0 if self.last else AFTER_FRAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The sizes; `goal` and `portion` lead from one portion to the next."""

    ratio: Fraction
    """Frames for every code; see `length_regulator.frames_per_code`."""
    first_codes: int = 15
    growth: tuple[int, ...] = (25, 50, 100)
    """Codes of the portions after the first, to the nearest multiple; the last number holds for all that
    follow. At least `CODES`."""
    tail: int = 128
    """Frames that the flow is shown, at most."""
    overlap: int = 16
    """Frames that are made again."""
    held: int = 8
    """Frames whose sound waits."""
    anew: bool = False
    """Every portion is made again from the segment's first frame; there is no tail."""

    def goal(self, before: Portion | None) -> int:
        """Codes with which the next portion is full."""
        if before is None:
            return self.first_codes
        wanted = before.codes + self.growth[min(before.index, len(self.growth) - 1)]
        return (wanted + CODES // 2) // CODES * CODES

    def portion(self, before: Portion | None, codes: int, *, last: bool) -> Portion:
        """The next portion, when there are so many codes, more than before.

        Args:
            last: there will be no more.
        """
        end = self.frames(codes)
        kept = 0 if before is None or self.anew else max(0, before.end - self.overlap)
        sounded = 0 if before is None else before.sounds
        return Portion(
            index=0 if before is None else before.index + 1,
            codes=codes,
            tail=self._tail(kept, end),
            kept=kept,
            end=end,
            window=_window(sounded, end if last else end + AFTER_FRAMES),
            sounded=sounded,
            sounds=end if last else max(sounded, end - self.held),
            last=last,
        )

    def frames(self, codes: int) -> int:
        """Frames that so many codes give, whatever follows them."""
        return codes * self.ratio.numerator // self.ratio.denominator

    def _tail(self, kept: int, end: int) -> int:
        first = max(0, kept - self.tail)
        spared = first + (end - first) % FLOW_FRAMES
        return spared if kept - spared >= max(1, self.tail // 2) else first


def plan_of(settings: StreamSettings, ratio: Fraction, per_code: int = 1) -> Plan:
    """What the settings mean, their mode `whole` apart, which has no portions.

    Args:
        ratio: mel frames to a code.
        per_code: how many times 20 ms a code lasts; the settings count in those.
    """
    return Plan(
        ratio=ratio,
        first_codes=math.ceil(settings.first_codes / per_code),
        growth=tuple(math.ceil(codes / per_code) for codes in settings.growth),
        tail=settings.tail,
        overlap=settings.overlap,
        held=settings.hold_back,
        anew=settings.mode == "prefix",
    )


def _window(sounded: int, end: int) -> int:
    first = sounded - MARGIN_FRAMES
    return max(0, first - (first - end) % WINDOW_FRAMES)
