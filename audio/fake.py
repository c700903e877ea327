"""A microphone and a loudspeaker made of nothing: scripted by a test, on the virtual clock or none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audio.ports import Deliver, Finished, Lost, Pull
from core.audio import FRAME_SAMPLES, HEARING_RATE, SILENT_FRAME, Samples, Waveform, to_pcm
from core.errors import DeviceError

LOUD_FRAME = to_pcm(Waveform(np.tile(np.asarray([0.5, -0.5], np.float32), FRAME_SAMPLES // 2), HEARING_RATE))
"""A frame that `audio.vad.EnergyGate` calls voiced."""


class FakeSource:
    """Delivers a frame when told to."""

    def __init__(self, name: str = "fake microphone") -> None:
        self.name = name
        self.overruns = 0
        self.running = False
        self._deliver: Deliver | None = None
        self._finished: Finished | None = None

    def start(self, deliver: Deliver, finished: Finished) -> None:
        self._deliver, self._finished, self.running = deliver, finished, True

    def stop(self) -> None:
        self.running = False

    def hear(self, *voiced: bool) -> None:
        """Deliver one loud or silent frame for each."""
        for loud in voiced:
            self.frame(LOUD_FRAME if loud else SILENT_FRAME)

    def frame(self, pcm: bytes) -> None:
        if self.running and self._deliver is not None:
            self._deliver(pcm)

    def end(self, error: DeviceError | None = None) -> None:
        """The recording is over, or the device is gone."""
        if self.running and self._finished is not None:
            self.running = False
            self._finished(error)


class FakeSink:
    """Pulls when told to and keeps what it got."""

    def __init__(self, rate: int = 48_000, name: str = "fake loudspeaker") -> None:
        self.name = name
        self.rate = rate
        self.running = False
        self._blocks: list[Samples] = []
        self._pull: Pull | None = None
        self._lost: Lost | None = None

    def start(self, pull: Pull, lost: Lost) -> None:
        self._pull, self._lost, self.running = pull, lost, True

    def stop(self) -> None:
        self.running = False

    def sound(self, seconds: float) -> Samples:
        """Play so long; what was played."""
        assert self._pull is not None
        block = self._pull(round(seconds * self.rate))
        self._blocks.append(block)
        return block

    @property
    def played(self) -> Samples:
        """All that was played, silence included."""
        return np.concatenate([*self._blocks, np.zeros(0, np.float32)])

    def lose(self, error: DeviceError) -> None:
        """The device is unplugged."""
        if self.running and self._lost is not None:
            self.running = False
            self._lost(error)


class ScriptedGate:
    """Answers from a list (and suspects by another), then silence, whatever it hears."""

    def __init__(self, voiced: Sequence[bool], suspicious: Sequence[bool] = ()) -> None:
        self._answers = list(reversed(voiced))
        self._suspicions = list(reversed(suspicious))
        self.suspicious = False

    def voiced(self, pcm: bytes) -> bool:
        del pcm
        self.suspicious = self._suspicions.pop() if self._suspicions else False
        return self._answers.pop() if self._answers else False
