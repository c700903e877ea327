"""Playout: the ring between the voice and the loudspeaker, and the count of what was heard.

In: waveforms at the voice's rate, on the loop (`play` waits while the ring is full). Out: blocks of
samples at the device's rate, pulled by the sink from any thread. `flush` is the barge-in: what the sink
pulls from then on is silence. `pause` is silence for a moment, while a barge-in is suspected: each sample is
still pulled, once. The lock is held for one copy of a block, never longer.

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
"""Seconds of ramp at a flush and on both sides of a pause: a step is heard as a click; a ramp of 3 ms has
little energy above 1 / 3 ms = 330 Hz, and is over before silence could be called late."""
ROOM = 0.1
"""Seconds of free ring that wake a waiting player: one hop between threads per 0.1 s of sound."""
ASLEEP = -1


class Playout:
    """`begin`, `play` ..., `finish`, `drained` for each reply; `pause`, `flush` at any time; `pull` anywhere.

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
        self._ramp = round(rate * FADE)
        self._level = self._ramp  # loudness: a step up or down a sample, 0 is silence
        self._pause = 0  # silence still to pull, in samples
        self._on_resumed: Callable[[], None] | None = None
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
    def capacity(self) -> float:
        """Seconds of sound held ready at most."""
        return len(self._ring) / self.rate

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
            self._end_pause()

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

    def pause(self, seconds: float, on_resumed: Callable[[], None] | None = None) -> None:
        """Silence for so long, then the very next sample; unless a flush or a new reply comes first.

        `on_resumed` is called on the loop when sound goes on by itself. A pause under way is not made longer.
        """
        with self._lock:
            if self._pause:
                return
            self._pause = round(self.rate * seconds)
            self._on_resumed = on_resumed
            if not self._sounding:
                self._level = 0

    def flush(self) -> None:
        """Silence, now: drop everything queued, in the ring, in the resampler, in waiting players."""
        self._flushes += 1
        self._resampler = None
        with self._lock:
            if self._sounding:
                tail = self._read(min(self._waiting, round(self.rate * FADE)))
                loudness = (self._level + 1) / (self._ramp + 1)
                self._fade = tail * np.linspace(loudness, 0.0, len(tail), dtype=np.float32)
                self._flushed += len(tail)
            self._flushed += self._waiting
            self._waiting = 0
            self._reply_from = min(self._reply_from, self._played)
            self._on_first = None
            self._more = self._sounding = False
            self._end_pause()
        self._wake()

    def pull(self, count: int) -> Samples:
        """Exactly `count` samples, silence where there is no sound. Any thread."""
        block = np.zeros(count, dtype=np.float32)
        first = resumed = None
        with self._lock:
            faded = min(len(self._fade), count)
            block[:faded], self._fade = self._fade[:faded], self._fade[faded:]
            hushed = faded + self._hush(block[faded:])
            self._sound(block[hushed:])
            if self._played > self._reply_from:
                first, self._on_first = self._on_first, None
            if not self._pause:
                resumed, self._on_resumed = self._on_resumed, None
            rouse = self._waiting <= self._wake_at
            if rouse:
                self._wake_at = ASLEEP
        for call in (first, resumed, self._wake if rouse else None):
            if call is not None:
                self._call_on_loop(call)
        return block

    def _hush(self, block: Samples) -> int:
        """The pause's share of a block: a ramp down, then silence; how long it is. Under the lock."""
        hushed = min(len(block), self._pause)
        if not hushed:
            return 0
        self._pause -= hushed
        falling = self._read(min(hushed, self._level, self._waiting))
        block[: len(falling)] = falling * self._levels(self._level, -1, len(falling))
        self._played += len(falling)
        self._level -= len(falling)
        if len(falling) < hushed:
            self._level, self._sounding = 0, False
        return hushed

    def _sound(self, block: Samples) -> None:
        """Sound into a block, up from where a pause left it, as far as there is any. Under the lock."""
        if not len(block):
            return
        sound = self._read(min(len(block), self._waiting))
        rising = min(len(sound), self._ramp - self._level)
        if rising:
            sound[:rising] *= self._levels(self._level + 1, 1, rising)
            self._level += rising
        block[: len(sound)] = sound
        self._played += len(sound)
        dry = len(sound) < len(block)
        if dry and self._more and (len(sound) or self._sounding):
            self._underruns += 1
        self._sounding = not dry

    def _levels(self, first: int, step: int, count: int) -> Samples:
        """Factors between 0 and 1, neither of them included."""
        return (first + step * np.arange(count, dtype=np.float32)) / np.float32(self._ramp + 1)

    def _end_pause(self) -> None:
        self._pause, self._level, self._on_resumed = 0, self._ramp, None

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
