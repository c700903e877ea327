"""Recordings in the place of a sound card: a microphone that plays a script, a loudspeaker that keeps time.

All run on the loop by `call_later` against absolute deadlines on the injected clock, so nothing drifts
and a virtual clock turns minutes into moments.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np

from audio.ports import Deliver, Finished, Lost, Pull
from audio.resample import resample
from core.audio import (
    FRAME_BYTES,
    FRAME_SECONDS,
    HEARING_RATE,
    SILENT_FRAME,
    Samples,
    Waveform,
    to_pcm,
)
from core.clock import Clock

TAIL = 2.0
"""Seconds of silence after a recording: longer than the longest hangover, so that its last words end."""
SLACK = 1e-6
"""Seconds before its deadline that a tick may come: less than any clock's error."""


class WavSource:
    """A recording as the customer, in real time of the clock, then silence, then its end."""

    def __init__(
        self, waveform: Waveform, clock: Clock, *, tail: float = TAIL, name: str = "recording"
    ) -> None:
        self.name = name
        self.overruns = 0
        self._frames = deque(_frames(waveform))
        self._frames.extend([SILENT_FRAME] * round(tail / FRAME_SECONDS))
        self._ticker = _Ticker(clock, self._tick)
        self._deliver: Deliver | None = None
        self._finished: Finished | None = None

    def start(self, deliver: Deliver, finished: Finished) -> None:
        self._deliver, self._finished = deliver, finished
        self._ticker.start(first=FRAME_SECONDS)

    def stop(self) -> None:
        self._ticker.stop()

    def _tick(self) -> None:
        assert self._deliver is not None
        assert self._finished is not None
        if self._frames:
            self._deliver(self._frames.popleft())
        else:
            self.stop()
            self._finished(None)


class ScriptedSource:
    """A customer who says what they are told to, when they are told, and is silent otherwise."""

    def __init__(self, clock: Clock, *, name: str = "script") -> None:
        self.name = name
        self.overruns = 0
        self._frames: deque[bytes] = deque()
        self._closing = False
        self._ticker = _Ticker(clock, self._tick)
        self._deliver: Deliver | None = None
        self._finished: Finished | None = None

    @property
    def speaking(self) -> bool:
        """Sound is queued or was delivered in this very frame."""
        return bool(self._frames)

    def say(self, waveform: Waveform) -> None:
        """Queue sound, to be heard from the next frame on, after what is queued already."""
        self._frames.extend(_frames(waveform))

    def finish(self) -> None:
        """End after what is queued."""
        self._closing = True

    def start(self, deliver: Deliver, finished: Finished) -> None:
        self._deliver, self._finished = deliver, finished
        self._ticker.start(first=FRAME_SECONDS)

    def stop(self) -> None:
        self._ticker.stop()

    def _tick(self) -> None:
        assert self._deliver is not None
        assert self._finished is not None
        if self._frames or not self._closing:
            self._deliver(self._frames.popleft() if self._frames else SILENT_FRAME)
        else:
            self.stop()
            self._finished(None)


class WavSink:
    """A loudspeaker that is a clock: asks for 20 ms every 20 ms and hands them on.

    Args:
        on_block: given each block as it is played, silence included.
    """

    def __init__(
        self,
        rate: int,
        clock: Clock,
        on_block: Callable[[Samples], None] | None = None,
        *,
        name: str = "recording",
    ) -> None:
        self.name = name
        self.rate = rate
        self.on_block = on_block
        self._ticker = _Ticker(clock, self._tick)
        self._blocks = 0
        self._pull: Pull | None = None

    def start(self, pull: Pull, lost: Lost) -> None:
        """`lost` is never called: this device cannot be unplugged."""
        del lost
        self._pull = pull
        self._ticker.start(first=0.0)

    def stop(self) -> None:
        self._ticker.stop()

    def _tick(self) -> None:
        assert self._pull is not None
        begun, self._blocks = self._blocks, self._blocks + 1
        block = self._pull(self._samples(self._blocks) - self._samples(begun))
        if self.on_block is not None:
            self.on_block(block)

    def _samples(self, blocks: int) -> int:
        """Counted from the start, so that rates which 20 ms does not divide lose nothing."""
        return round(blocks * FRAME_SECONDS * self.rate)


class _Ticker:
    """Calls `tick` once per frame of the clock; late ticks are made up for at once."""

    def __init__(self, clock: Clock, tick: Callable[[], None]) -> None:
        self._clock = clock
        self._tick = tick
        self._due = 0.0
        self._origin = 0.0
        self._ticks = 0
        self._timer: asyncio.TimerHandle | None = None

    def start(self, first: float) -> None:
        """Tick from `first` seconds from now on."""
        self._origin = self._clock.now() + first
        self._ticks = 0
        self._wait()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._due = self._origin + self._ticks * FRAME_SECONDS
        delay = max(0.0, self._due - self._clock.now())
        self._timer = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        while self._timer is not None and self._due <= self._clock.now() + SLACK:
            self._ticks += 1
            self._due = self._origin + self._ticks * FRAME_SECONDS
            self._tick()
        if self._timer is not None:
            self._wait()


def _frames(waveform: Waveform) -> list[bytes]:
    """Whole frames at `HEARING_RATE`, the last one filled up with silence."""
    hearable = resample(waveform, HEARING_RATE)
    pcm = to_pcm(Waveform(np.asarray(hearable.samples, np.float32), HEARING_RATE))
    pcm += bytes(-len(pcm) % FRAME_BYTES)
    return [pcm[start : start + FRAME_BYTES] for start in range(0, len(pcm), FRAME_BYTES)]
