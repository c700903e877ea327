"""One portion on its way from codes to sound, launched step by step while the host does something else too.

At most `AHEAD` steps are launched and not done: the one that runs and the one that follows without a pause.
So a cancel leaves a GPU no more than these to finish.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

from torch import Tensor

from tts.indextts2.beside import Beside
from tts.indextts2.reading import Mark, Reading

AHEAD = 2


class Rendering:
    """The steps of a portion."""

    def __init__(self, steps: Generator[None, None, Reading], beside: Beside, *, urgent: bool) -> None:
        """Launch nothing yet.

        Args:
            steps: launches one step between two yields, and returns the sound, float32 (n,). It begins after
                what the current stream was given before its first step.
            urgent: before other work on the GPU.
        """
        self._steps, self._beside, self._urgent = steps, beside, urgent
        self._launched: deque[Mark] = deque()
        self._began = False
        self._sound: Reading | None = None  # known when the last step was launched

    @property
    def done(self) -> bool:
        """Whether the sound is there."""
        return self._sound is not None and all(mark.reached for mark in self._launched)

    def sound(self) -> Tensor:
        """It, on the host, when it is `done`."""
        assert self._sound is not None, "its last step was not launched yet"
        return self._sound.tensor()

    def go_on(self) -> None:
        """Launch what may be launched; do not wait."""
        while self._launched and self._launched[0].reached:
            self._launched.popleft()
        while self._sound is None and len(self._launched) < AHEAD:
            self._launch()
            if not self._beside.apart:
                return  # the step is done, and whoever called may want to end it here

    def wait(self) -> None:
        """The same, but wait for one step to be done."""
        if self._launched:
            self._launched.popleft().wait()
        self.go_on()

    def close(self) -> None:
        """Launch nothing more."""
        self._steps.close()

    def _launch(self) -> None:
        with self._beside(urgent=self._urgent, follow=not self._began):
            self._began = True
            try:
                next(self._steps)
            except StopIteration as end:
                self._sound = end.value
            self._launched.append(self._beside.mark())
