"""The opener cache: first sentences rendered before anybody needs them, played the instant they are chosen.

Runs on the loop; rendering happens on the voice's lane, one opener at a time, and gives way whenever a
customer is being answered. Bounded: the least recently used is forgotten. What is not there yet is rendered
when it is said, and kept. The word events are kept with the sound, so that what was heard stays exact.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from core.audio import Waveform
from core.clock import Clock
from core.errors import EngineError
from core.text import Sentence, Spoken
from pipeline.lane import Given, Lane, Steps
from tts.engine import Synthesizer

MOST_BYTES = 32 * 2**20
"""Of sound: about 6 minutes at 22 kHz, or 150 openers."""
LOOK = 0.25
"""Seconds between two looks at whether the voice is free."""
AHEAD = 4
"""Steps of sound that may wait for the loop."""

_log = logging.getLogger("pipeline.openers")
_Sound = tuple[Waveform | Spoken, ...]


class OpenerCache:
    """For one session: it belongs to the voice's lane.

    Args:
        voice: renders.
        lane: the voice's.
        expected: rendered by `prepare`, in this order.
        most_bytes: of sound, kept at most.
    """

    def __init__(
        self,
        voice: Synthesizer,
        lane: Lane,
        expected: Iterable[Sentence] = (),
        *,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._voice = voice
        self._lane = lane
        self._expected = tuple(expected)
        self._most_bytes = most_bytes
        self._bytes = 0
        self._voices = 0  # how many have spoken before this one
        self._rendered: OrderedDict[Sentence, _Sound] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Of sound that is kept."""
        return self._bytes

    def holds(self, sentence: Sentence) -> bool:
        """Whether it would sound at once."""
        return _key(sentence) in self._rendered

    def steps(self, sentence: Sentence) -> Steps[Waveform | Spoken]:
        """The opener's sound with its word events: what is kept, or the voice at work."""
        key = _key(sentence)
        known = self._rendered.get(key)
        if known is not None:
            self._rendered.move_to_end(key)
            return Given(*known)
        walk = self._lane.walk(partial(self._voice.synthesize, sentence), ahead=AHEAD)
        return _Kept(walk, partial(self._keep, key, self._voices))

    def forget(self) -> None:
        """Another voice speaks from now on: what was rendered is of no use."""
        self._rendered.clear()
        self._bytes = 0
        self._voices += 1

    async def prepare(self, clock: Clock, busy: Callable[[], bool]) -> None:
        """Render what is expected while nobody is being answered; give up quietly if the voice fails."""
        try:
            for sentence in self._expected:
                while self._bytes < self._most_bytes and not await self._rendered_now(sentence, busy):
                    await clock.sleep(LOOK)
        except EngineError as error:
            _log.warning("openers are not rendered beforehand: %s", error.message)

    async def _rendered_now(self, sentence: Sentence, busy: Callable[[], bool]) -> bool:
        """Whether the opener is there now; a customer who comes in between goes first."""
        if busy():
            return False
        steps = self.steps(sentence)
        try:
            async for _ in steps:
                if busy():
                    return False
        finally:
            steps.close()
        return True

    def _keep(self, key: Sentence, voice: int, sound: _Sound) -> None:
        if voice != self._voices:
            return
        before = self._rendered.pop(key, ())
        self._bytes += _size(sound) - _size(before)
        self._rendered[key] = sound
        while self._bytes > self._most_bytes:
            _, oldest = self._rendered.popitem(last=False)
            self._bytes -= _size(oldest)


class _Kept:
    """Steps whose values go to `keep` once all have come; a walk that was let go of leaves nothing."""

    def __init__(self, steps: Steps[Waveform | Spoken], keep: Callable[[_Sound], None]) -> None:
        self._steps = steps
        self._keep = keep
        self._taken: list[Waveform | Spoken] = []

    def __aiter__(self) -> _Kept:
        return self

    async def __anext__(self) -> Waveform | Spoken:
        try:
            value = await anext(self._steps)
        except StopAsyncIteration:
            self._keep(tuple(self._taken))
            raise
        self._taken.append(value)
        return value

    def close(self) -> None:
        self._steps.close()


def _key(sentence: Sentence) -> Sentence:
    """What sounds the same: the reason for a delivery does not sound."""
    return replace(sentence, index=0, delivery=replace(sentence.delivery, because=""))


def _size(sound: _Sound) -> int:
    return sum(piece.samples.nbytes for piece in sound if isinstance(piece, Waveform))
