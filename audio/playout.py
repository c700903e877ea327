"""Playout: the ring between the voice and the loudspeaker, and the count of what was heard.

In: waveforms at the voice's rate, on the loop (`play` waits while the ring is full). Out: blocks of
samples at the device's rate, pulled by the sink from any thread. `flush` is the barge-in: what the sink
pulls from then on is silence. The lock is held for one copy of a block, never longer.

At every moment: offered = played + flushed + waiting, in samples.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from audio.resample import NO_SAMPLES, StreamResampler
from core.audio import Samples, Waveform

FADE = 0.003
"""Seconds of ramp after a flush: a step to zero is heard as a click; a ramp of 3 ms has little energy
above 1 / 3 ms = 330 Hz, and is over before silence could be called late."""
ROOM = 0.1
"""Seconds of free ring that wake a waiting player: one hop between threads per 0.1 s of sound."""
ASLEEP = -1


class Playout:
    """`begin`, `play` ..., `finish`, `drained` for each reply; `flush` at any time; `pull` from anywhere.

    Args:
        rate: Hz of the sink.
        capacity: seconds of sound held ready at most.
    """

    def __init__(self, rate: int, capacity: float = 1.5) -> None:
        self.rate = rate
        self._ring: Samples = np.zeros(max(1, round(rate * capacity)), dtype=np.float32)
        self._head = 0  # where the next sample is read
        self._waiting = self._offered = self._played = self._flushed = 0
        self._underruns = 0
        self._lock = threading.Lock()
        self._fade = NO_SAMPLES
        self._sounding = False  # the last pull ended in sound
        self._more = False  # this reply has not been finished
        self._reply_from = 0  # value of `_played` at which this reply's sound begins
        self._on_first: Callable[[], None] | None = None
        self._resampler: StreamResampler | None = None
        self._flushes = 0
        self._wake_at = ASLEEP  # wake the sleepers when no more than this waits
        self._sleepers: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread = 0

    @property
    def offered_samples(self) -> int:
        return self._offered

    @property
    def played_samples(self) -> int:
        """Real sound that left the ring; silence put in for want of it is not counted."""
        return self._played

    @property
    def flushed_samples(self) -> int:
        return self._flushed

    @property
    def waiting_samples(self) -> int:
        return self._waiting

    @property
    def underruns(self) -> int:
        """Gaps inside replies: the device asked and the voice had nothing ready."""
        return self._underruns

    @property
    def reply_played(self) -> float:
        """Seconds of this reply's sound that left the ring; stands still after a flush."""
        return max(0, self._played - self._reply_from) / self.rate

    def begin(self, on_first: Callable[[], None] | None = None) -> None:
        """A new reply. `on_first` is called on the loop when its first sample has been pulled."""
        self._know_loop()
        self._resampler = None
        with self._lock:
            self._reply_from = self._played + self._waiting
            self._on_first = on_first
            self._more = False

    async def play(self, waveform: Waveform) -> None:
        """Queue sound. Returns when all of it is in the ring, or a flush has made it void."""
        self._know_loop()
        if self._resampler is None or self._resampler.from_rate != waveform.rate:
            await self.finish()
            self._resampler = StreamResampler(waveform.rate, self.rate)
        self._more = True
        await self._queue(self._resampler.feed(waveform.samples))

    async def finish(self) -> None:
        """No more sound follows: queue what the resampler held back; running dry is no underrun now."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            await self._queue(resampler.finish())
        self._more = False

    async def drained(self) -> None:
        """Wait until everything queued has been pulled or flushed."""
        self._know_loop()
        await self._until(0)

    def flush(self) -> None:
        """Silence, now: drop everything queued, in the ring, in the resampler, in waiting players."""
        self._flushes += 1
        self._resampler = None
        with self._lock:
            if self._sounding:
                tail = self._read(min(self._waiting, round(self.rate * FADE)))
                self._fade = tail * np.linspace(1.0, 0.0, len(tail), dtype=np.float32)
                self._flushed += len(tail)
            self._flushed += self._waiting
            self._waiting = 0
            self._reply_from = min(self._reply_from, self._played)
            self._on_first = None
            self._more = self._sounding = False
        self._wake()

    def pull(self, count: int) -> Samples:
        """Exactly `count` samples, silence where there is no sound. Any thread."""
        block = np.zeros(count, dtype=np.float32)
        first = None
        with self._lock:
            faded = min(len(self._fade), count)
            if faded:
                block[:faded], self._fade = self._fade[:faded], self._fade[faded:]
            wanted = count - faded
            sound = min(self._waiting, wanted)
            if sound:
                block[faded : faded + sound] = self._read(sound)
                self._played += sound
                if self._played > self._reply_from:
                    first, self._on_first = self._on_first, None
            if sound < wanted and self._more and (sound or self._sounding):
                self._underruns += 1
            self._sounding = 0 < sound == wanted
            rouse = self._waiting <= self._wake_at
            if rouse:
                self._wake_at = ASLEEP
        if first is not None:
            self._call_on_loop(first)
        if rouse:
            self._call_on_loop(self._wake)
        return block

    async def _queue(self, samples: Samples) -> None:
        flushes, position = self._flushes, 0
        while True:
            position += self._write(samples[position:])
            missing = len(samples) - position
            if not missing:
                return
            await self._until(max(0, len(self._ring) - min(missing, round(self.rate * ROOM))))
            if flushes != self._flushes:
                return

    async def _until(self, most: int) -> None:
        """Wait until no more than so many samples wait."""
        while True:
            with self._lock:
                if self._waiting <= most:
                    return
                self._wake_at = max(self._wake_at, most)
            sleeper: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.append(sleeper)
            await sleeper

    def _wake(self) -> None:
        sleepers, self._sleepers = self._sleepers, []
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    def _write(self, samples: Samples) -> int:
        """Put into the ring what it has room for; how many samples that was."""
        size = len(self._ring)
        with self._lock:
            taken = min(len(samples), size - self._waiting)
            start = (self._head + self._waiting) % size
            straight = min(taken, size - start)
            self._ring[start : start + straight] = samples[:straight]
            self._ring[: taken - straight] = samples[straight:taken]
            self._waiting += taken
            self._offered += taken
        return taken

    def _read(self, count: int) -> Samples:
        """Take from the ring so many samples that are there. Under the lock."""
        size = len(self._ring)
        straight = min(count, size - self._head)
        taken = np.concatenate(
            [self._ring[self._head : self._head + straight], self._ring[: count - straight]]
        )
        self._head = (self._head + count) % size
        self._waiting -= count
        return taken

    def _know_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()

    def _call_on_loop(self, call: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            return
        if threading.get_ident() == self._loop_thread:
            loop.call_soon(call)
            return
        with suppress(RuntimeError):  # the device may outlive the loop by one block
            loop.call_soon_threadsafe(call)
