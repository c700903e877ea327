"""A recording: writes down what reaches a session, and lets it in one stimulus at a time.

Each stimulus waits until the loop is at rest (`core.clock.SkippingLoop.at_rest`), so that what follows from
it is over before the next one comes: a replay has the same order. Runs on the loop; only pulls come from
other threads. While the microphone is muted, silence is written for what it hears. A file that cannot be
written any more ends the recording and never the conversation.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from itertools import count
from threading import Lock
from typing import Any

from core import events as e
from core.audio import SILENT_FRAME, Samples
from core.clock import Clock, SkippingLoop
from core.errors import OutputError
from pipeline.bus import Bus
from pipeline.journal import Entry, Kind, Output, Segment, part_of
from pipeline.lane import Lane
from pipeline.session_file import SessionWriter

SAVE_EVERY = 0.8
"""Seconds of conversation that one part holds, and that a crash may lose: less than lies between two looks of
the scene at itself, which are stimuli too when nobody speaks."""
PATIENCE = 5.0
"""Seconds that closing waits for a disk."""

log = logging.getLogger(__name__)


class Recording:
    """For one session; open until `close`.

    Args:
        clock: the conversation's own; counts from the session's beginning.
        bus: told when the recording begins and ends.
        writer: of the file.
        lane: what is written is written there; None: on the loop.
        rates: Hz of the loudspeaker and of the voice.
    """

    def __init__(
        self, *, clock: Clock, bus: Bus, writer: SessionWriter, lane: Lane | None, rates: tuple[int, int]
    ) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SkippingLoop), "only this loop tells when it is at rest"
        self._loop = loop
        self._clock = clock
        self._bus = bus
        self._scribe = _Scribe(writer, lane, rates)
        self._numbers = count()
        self._segment = Segment()
        self._pulls: deque[Entry] = deque()
        self._current = Entry(number=next(self._numbers), at=self.now(), kind="begin")
        self._saved = 0.0
        self._on = True
        self._muted = False
        self._talking = False
        """A key is held: what is said is heard, muted or not."""
        self._path = str(writer.path)
        bus.listen(self._note)
        self.admit("told", {"file": self._path}, partial(self._say, on=True))

    @property
    def at(self) -> float:
        """Session seconds at which the present stimulus was let in."""
        return self._current.at

    def now(self) -> float:
        """The conversation's clock, in whole microseconds."""
        return round(self._clock.now(), 6)

    def admit(
        self,
        kind: Kind,
        fields: dict[str, Any],
        act: Callable[[], None],
        *,
        sound: bytes | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Let a stimulus in when the loop is at rest: `act` then, if it is still wanted."""

        def let_in() -> None:
            if wanted():
                deaf = self._muted and not self._talking
                kept = SILENT_FRAME if sound is not None and deaf else sound
                self._begin(Entry(number=-1, at=self.now(), kind=kind, fields=fields, sound=kept))
                act()

        self._loop.at_rest.append(let_in)

    async def admitted(self, kind: Kind, fields: dict[str, Any]) -> None:
        """Wait to be let in oneself."""
        turn: asyncio.Future[None] = self._loop.create_future()
        self.admit(kind, fields, lambda: turn.set_result(None), wanted=lambda: not turn.done())
        await turn

    def read(self, instrument: str, value: Output | float | bool | dict[str, Any]) -> None:
        """A reading that the session has made."""
        self._current.readings.setdefault(instrument, []).append(value)

    def aside(self, kind: Kind, fields: dict[str, Any]) -> None:
        """Something worth knowing that is no stimulus."""
        self._take(Entry(number=next(self._numbers), at=self.at, kind=kind, fields=fields))

    def pulled(self, samples: int, block: Samples) -> None:
        """The loudspeaker has taken a block. Any thread."""
        loud = bool(block.any())
        fields = {"samples": samples, "loud": loud}
        sound = block if loud else None
        if self._on:
            self._pulls.append(
                Entry(number=next(self._numbers), at=self.now(), kind="pull", fields=fields, sound=sound)
            )

    def save(self) -> str:
        """Write everything that came before the present stimulus; names the file.

        Raises:
            OutputError: the recording has ended.
        """
        self._save()
        if not self._on:
            raise self._scribe.failure or OutputError("the recording has ended", code="not-recorded")
        return self._path

    def close(self) -> None:
        """Write what remains."""
        self._take(self._current)
        self._save()
        self._scribe.close()
        self._on = False

    def _begin(self, entry: Entry) -> None:
        self._take(self._current)
        entry.number = next(self._numbers)
        self._current = entry
        if entry.at - self._saved >= SAVE_EVERY:
            self._saved = entry.at
            self._save()

    def _take(self, entry: Entry) -> None:
        if self._on:
            self._segment.entries.append(entry)

    def _note(self, event: e.Event) -> None:
        match event:
            case e.MicrophoneMuted():
                self._muted = event.muted
            case e.CommandTaken(command="StartTalking"):
                self._talking = True
            case e.SpeechEnded():
                self._talking = False
            case _:
                pass
        if self._on:
            self._segment.events.append(event)

    def _save(self) -> None:
        if not self._on:
            return
        if self._scribe.failure is not None:
            self._stop(self._scribe.failure)
            return
        full, self._segment = self._segment, Segment()
        while self._pulls:
            full.entries.append(self._pulls.popleft())
        self._scribe.take(full)

    def _stop(self, error: OutputError) -> None:
        self._on = False
        log.warning("the recording has ended [%s]: %s (%s)", error.code, error.message, error.hint)
        self._pulls.clear()
        self._loop.at_rest.append(partial(self._say, on=False))

    def _say(self, *, on: bool) -> None:
        at = self.now()
        self.read("now", at)
        self._bus.say(e.Recording(at=at, on=on, until=0.0, file=self._path))


class _Scribe:
    """Writes behind the loop's back."""

    def __init__(self, writer: SessionWriter, lane: Lane | None, rates: tuple[int, int]) -> None:
        self.failure: OutputError | None = None
        self._writer = writer
        self._lane = lane
        self._speaker_rate, self._voice_rate = rates
        self._full: deque[Segment] = deque()
        self._writing = Lock()

    def take(self, segment: Segment) -> None:
        self._full.append(segment)
        if self._lane is None:
            self._write()
        else:
            self._lane.walk(self._written)

    def close(self) -> None:
        """The lane first; what it has not written is written here, unless the disk does not answer."""
        if self._lane is not None:
            self._lane.close()
        if self._writing.acquire(timeout=PATIENCE):
            self._writing.release()
            self._write()
            self._attempt(self._writer.close)

    def _written(self) -> Generator[None, None, None]:
        self._write()
        yield

    def _write(self) -> None:
        with self._writing:
            while self._full:
                self._attempt(partial(self._append, self._full.popleft()))

    def _append(self, segment: Segment) -> None:
        self._writer.append(part_of(segment, speaker_rate=self._speaker_rate, voice_rate=self._voice_rate))

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            if self.failure is None:
                write()
        except OutputError as error:
            self.failure = error
