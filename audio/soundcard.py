"""The sound card: microphone and loudspeaker through PortAudio. An adapter; imported by assembly alone.

PortAudio's threads do the least they can: the microphone's hands its block to the loop, the
loudspeaker's pulls a block from playout. Live input never waits: at most a second of it is held for a busy
loop, the oldest is dropped and counted. Loss of a device is noticed in three ways (audio/device_watch.py).

Times measured on a PulseAudio null sink: blocks of 20 ms in and 10 ms out at "low" latency, 30 ms from
`pull` to the ear.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from audio.device_watch import DeviceWatch
from audio.devices import Device, choose, explained
from audio.portaudio import sounddevice
from audio.ports import Deliver, Finished, Lost, Pull
from audio.resample import FrameConverter
from core.audio import FRAME_SECONDS, HEARING_RATE
from core.errors import DeviceError

__all__ = ["Device", "MicrophoneSource", "SpeakerSink", "list_devices"]

BACKLOG = round(1.0 / FRAME_SECONDS)
"""Blocks held for a busy loop: one second."""
SPEAKER_RATE = 48_000
"""Hz, if the loudspeaker takes it: what sound servers run at, so that nobody resamples twice."""
SPEAKER_BLOCK = 0.01
"""Seconds a block: the shortest that gave no underflow with both cores busy (600 callbacks)."""

Shape = tuple[int, int]
"""(Hz, channels)."""


def list_devices() -> tuple[Device, ...]:
    """All devices, in PortAudio's order. Empty on a machine without any.

    PortAudio looks once per process: what is plugged in later appears after a restart, unless it has a
    name in the sound server's configuration.
    """
    chosen = sounddevice.default.device
    return tuple(
        Device(
            index=index,
            name=info["name"],
            inputs=info["max_input_channels"],
            outputs=info["max_output_channels"],
            rate=round(info["default_samplerate"]),
            default_input=index == chosen[0],
            default_output=index == chosen[1],
        )
        for index, info in enumerate(sounddevice.query_devices())
    )


class MicrophoneSource:
    """A microphone, at 16 kHz mono if it does that, else at its own rate and brought to ours.

    Args:
        device: index, name or part of one; None is the default.

    Raises:
        DeviceError: there is no such microphone.
    """

    def __init__(self, device: str | None = None) -> None:
        self._device = choose(device, "input", list_devices())
        self.name = self._device.name
        self.overruns = 0
        """Blocks of 20 ms lost because the loop or the machine was too busy."""
        self.backlog = BACKLOG
        """Blocks that may wait for a busy loop."""
        self._backlog: deque[bytes] = deque(maxlen=BACKLOG)
        self._hopping = False
        self._stream: sounddevice.RawInputStream | None = None
        self._watch: DeviceWatch | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deliver: Deliver | None = None
        self._converter: FrameConverter | None = None

    @property
    def waiting(self) -> int:
        """Blocks that the loop has not taken yet."""
        return len(self._backlog)

    def start(self, deliver: Deliver, finished: Finished) -> None:
        """Open the device. See `audio.ports.AudioSource`."""
        self._deliver, self._loop = deliver, asyncio.get_running_loop()
        best: Shape = (HEARING_RATE, 1)
        rate, channels = shape = _accepted(self._device, self._fits, best, self._device.inputs)
        self._converter = None if shape == best else FrameConverter(rate, channels)

        def lost(error: DeviceError) -> None:
            self.stop()
            finished(error)

        watch = self._watch = DeviceWatch(self.name, lambda: self._fits(shape), lost)
        try:
            self._stream = sounddevice.RawInputStream(
                samplerate=rate,
                blocksize=round(rate * FRAME_SECONDS),
                device=self._device.index,
                channels=channels,
                dtype="int16",
                latency="low",
                callback=self._hear,
                finished_callback=watch.ended,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise explained(error, self._device) from error
        watch.start()

    def stop(self) -> None:
        """Close the device; what it heard and was not delivered is dropped."""
        if self._watch is not None:
            self._watch.stop()
        if self._stream is not None:
            self._stream.abort()
            self._stream.close()
        self._watch = self._stream = None
        self._backlog.clear()

    def _fits(self, shape: Shape) -> None:
        sounddevice.check_input_settings(
            device=self._device.index, channels=shape[1], dtype="int16", samplerate=shape[0]
        )

    def _hear(self, pcm: bytes, frames: int, time: object, status: sounddevice.CallbackFlags) -> None:
        """On PortAudio's thread."""
        del frames, time
        if self._watch is not None:
            self._watch.beat()
        if status.input_overflow or len(self._backlog) == BACKLOG:
            self.overruns += 1
        self._backlog.append(bytes(pcm))
        if not self._hopping and self._loop is not None:
            self._hopping = True
            with suppress(RuntimeError):  # the device may outlive the loop by one block
                self._loop.call_soon_threadsafe(self._arrived)

    def _arrived(self) -> None:
        self._hopping = False
        while self._backlog and self._stream is not None and self._deliver is not None:
            block = self._backlog.popleft()
            for frame in (block,) if self._converter is None else self._converter.frames(block):
                self._deliver(frame)


class SpeakerSink:
    """A loudspeaker; all its channels sound alike.

    Args:
        device: index, name or part of one; None is the default.

    Raises:
        DeviceError: there is no such loudspeaker, or it cannot be opened.
    """

    def __init__(self, device: str | None = None) -> None:
        self._device = choose(device, "output", list_devices())
        self.name = self._device.name
        self.rate, self._channels = _accepted(
            self._device, self._fits, (SPEAKER_RATE, 1), self._device.outputs
        )
        self.underflows = 0
        """Blocks the machine was too late for; the ring had sound or not, the device got none."""
        self._stream: sounddevice.OutputStream | None = None
        self._watch: DeviceWatch | None = None
        self._pull: Pull | None = None

    @property
    def latency(self) -> float:
        """Seconds from `pull` to the ear, as PortAudio knows it; 0 while stopped."""
        return self._stream.latency if self._stream is not None else 0.0

    def start(self, pull: Pull, lost: Lost) -> None:
        """Open the device. See `audio.ports.AudioSink`."""
        self._pull = pull

        def gone(error: DeviceError) -> None:
            self.stop()
            lost(error)

        watch = self._watch = DeviceWatch(self.name, lambda: self._fits((self.rate, self._channels)), gone)
        try:
            self._stream = sounddevice.OutputStream(
                samplerate=self.rate,
                blocksize=round(self.rate * SPEAKER_BLOCK),
                device=self._device.index,
                channels=self._channels,
                dtype="float32",
                latency="low",
                callback=self._sound,
                finished_callback=watch.ended,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            self.stop()
            raise explained(error, self._device) from error
        watch.start()

    def stop(self) -> None:
        """Close the device at once; what it holds is not played."""
        if self._watch is not None:
            self._watch.stop()
        if self._stream is not None:
            self._stream.abort()
            self._stream.close()
        self._watch = self._stream = None

    def _fits(self, shape: Shape) -> None:
        sounddevice.check_output_settings(
            device=self._device.index, channels=shape[1], dtype="float32", samplerate=shape[0]
        )

    def _sound(
        self, block: NDArray[np.float32], frames: int, time: object, status: sounddevice.CallbackFlags
    ) -> None:
        """On PortAudio's thread."""
        del time
        if self._watch is not None:
            self._watch.beat()
        if status.output_underflow:
            self.underflows += 1
        assert self._pull is not None
        block[:] = self._pull(frames)[:, np.newaxis]


def _accepted(device: Device, fits: Callable[[Shape], None], best: Shape, channels: int) -> Shape:
    """The first shape that the device takes: the best, else at its own rate, with as few channels as may be.

    Raises:
        DeviceError: it takes none.
    """
    refusal: Exception | None = None
    for rate in dict.fromkeys((best[0], device.rate)):
        for count in dict.fromkeys((best[1], min(2, channels), channels)):
            try:
                fits((rate, count))
            except sounddevice.PortAudioError as error:
                refusal = error
            else:
                return rate, count
    assert refusal is not None
    raise explained(refusal, device) from refusal
