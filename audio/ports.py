"""The doors of the room: where sound comes from and where it goes.

A source and a sink are started once and stopped once, both from the event loop's thread. Neither knows
of sessions or turns; a recording, a sound card and a fake stand behind the same two protocols.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.audio import Samples
from core.errors import VoiceError

Deliver = Callable[[bytes], None]
"""Takes `core.audio.FRAME_BYTES` of int16 mono at `core.audio.HEARING_RATE`, on the loop's thread."""
Finished = Callable[[VoiceError | None], None]
"""None: a recording came to its end. An error: the device is gone."""
Pull = Callable[[int], Samples]
"""Gives so many samples, always exactly that many: what is missing is already silence. Any thread."""
Lost = Callable[[VoiceError], None]


class AudioSource(Protocol):
    """Something that hears: one frame every 20 ms from `start` until `stop` or `finished`."""

    @property
    def name(self) -> str:
        """For the banner and the log."""
        ...

    @property
    def overruns(self) -> int:
        """Frames lost so far, because nobody took them in time; always 0 for a recording."""
        ...

    def start(self, deliver: Deliver, finished: Finished) -> None:
        """Begin. `finished` is called at most once, on the loop's thread, and not after `stop`.

        Raises:
            DeviceError: the device cannot be opened.
        """
        ...

    def stop(self) -> None:
        """End now; may be called again."""
        ...


class AudioSink(Protocol):
    """Something that sounds: asks for samples whenever it needs them."""

    @property
    def name(self) -> str:
        """For the banner and the log."""
        ...

    @property
    def rate(self) -> int:
        """Hz of the samples it pulls."""
        ...

    def start(self, pull: Pull, lost: Lost) -> None:
        """Begin. `lost` is called at most once, on the loop's thread, and not after `stop`.

        Raises:
            DeviceError: the device cannot be opened.
        """
        ...

    def stop(self) -> None:
        """End now; may be called again."""
        ...
