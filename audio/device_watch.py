"""Is the sound device still there? Tells once, on the loop.

Three signs, because no one of them is always given: PortAudio ends the stream (the sound server died);
the callbacks stay away (a card was pulled out); the device can no longer be asked for. The last is for
PulseAudio, which moves the stream of an unplugged device to another one and says nothing: the callbacks
go on, and a kiosk would listen to its own loudspeaker. A thread of its own asks, because asking opens a
connection (1 to 25 ms). Where a device cannot be asked for while it is in use, that sign is left out. A
stream on the server's *default* device cannot be judged by it: there is always some default; kiosks
should name their devices.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from audio.portaudio import sounddevice
from core.errors import DeviceError

LOOK_EVERY = 0.25
SILENT_LOOKS = 4
"""So many looks without a callback, 1 s, and the device is gone."""
FIRST_LOOKS = 16
"""Until the stream has settled, 4 s: an idle null sink takes up to 2 s to wake, some of them after its
first callbacks (measured)."""
SETTLED = 8
"""Looks with sound, 2 s, after which a stream has settled."""
PROBE_EVERY = 1.0
PROBE_AGAIN = 0.2
"""Seconds between the two refusals that make a device gone."""
PATIENCE = 0.5
"""Seconds that `stop` waits for a question under way: PortAudio must not be closed during one."""


class DeviceWatch:
    """One stream's.

    Args:
        name: of the device, for the message.
        ask: asks PortAudio for the device; raises its error when it cannot be had.
        lost: called at most once, and not after `stop`.
    """

    def __init__(self, name: str, ask: Callable[[], None], lost: Callable[[DeviceError], None]) -> None:
        self._name = name
        self._ask = ask
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._beats = 0
        self._seen = 0
        self._silent_looks = self._sounding_looks = 0
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._probe, name=f"watch {name}", daemon=True)

    def start(self) -> None:
        self._look_later()
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def beat(self) -> None:
        """A callback came. On PortAudio's thread."""
        self._beats += 1

    def ended(self) -> None:
        """PortAudio ended the stream. On PortAudio's thread."""
        self._tell("the sound system ended the stream")

    def _look_later(self) -> None:
        self._timer = self._loop.call_later(LOOK_EVERY, self._look)

    def _look(self) -> None:
        if self._beats != self._seen:
            self._seen, self._silent_looks = self._beats, 0
            self._sounding_looks += 1
        else:
            self._silent_looks += 1
        if self._silent_looks >= (SILENT_LOOKS if self._sounding_looks >= SETTLED else FIRST_LOOKS):
            self._report("no sound comes or goes")
        else:
            self._look_later()

    def _probe(self) -> None:
        if not self._answers():
            return
        while not self._stopped.wait(PROBE_EVERY):
            if not self._answers() and not self._stopped.wait(PROBE_AGAIN) and not self._answers():
                self._tell("the device is no longer there")
                return

    def _answers(self) -> bool:
        try:
            self._ask()
        except sounddevice.PortAudioError:
            return False
        return True

    def _tell(self, why: str) -> None:
        if not self._stopped.is_set():
            with suppress(RuntimeError):  # the device may outlive the loop
                self._loop.call_soon_threadsafe(self._report, why)

    def _report(self, why: str) -> None:
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._lost(
            DeviceError(
                f"{self._name!r} is gone: {why}",
                code="lost",
                hint="plug it in again",
            )
        )
