"""A bell between two threads of this process: one side rings, the other wakes. A pipe.

It goes one way. A thread waits for it; the event loop listens with `add_reader`. Ringing lets go of the
interpreter lock while the kernel wakes the other side; a queue does not, so that its thread wakes, finds
the lock taken and sleeps once more. A turn's way through three lanes takes 0.1 ms less with bells than
with a queue there and `call_soon_threadsafe` back.
"""

from __future__ import annotations

import os
from io import FileIO

_AT_ONCE = 64
"""Rings that one `hush` takes; any left over keep the loop coming back."""


class Bell:
    """Hangs from construction until `close`."""

    def __init__(self) -> None:
        ear, rope = os.pipe()
        self._ear, self._rope = FileIO(ear, "r"), FileIO(rope, "w")

    def fileno(self) -> int:
        """What the event loop listens to: readable while a ring has not been taken."""
        return self._ear.fileno()

    def ring(self) -> None:
        """From any thread. Waits only behind thousands of rings that nobody has taken."""
        self._rope.write(b"\0")

    def wait(self) -> None:
        """Block this thread until there is a ring, and take it: each ring lets one wait return."""
        self._ear.read(1)

    def hush(self) -> None:
        """Take the rings there are; blocks if there is none."""
        self._ear.read(_AT_ONCE)

    def close(self) -> None:
        """Take it down. Nobody may be ringing or waiting."""
        self._ear.close()
        self._rope.close()
