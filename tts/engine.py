"""What every voice offers. Blocking, synchronous, ignorant of asyncio and of turns."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from core.audio import Waveform
from core.text import Sentence, Spoken


class Synthesizer(Protocol):
    """One engine instance serves one lane (one thread) at a time."""

    name: str
    """For the banner and the log: engine, voice."""
    rate: int
    """Hz of every waveform yielded."""

    def warm_up(self) -> None:
        """Do the first slow call now, so that the first customer does not wait for it."""
        ...

    def synthesize(self, sentence: Sentence) -> Generator[Waveform | Spoken | None, None, None]:
        """Yield sound as it is made, and word events where the engine knows them.

        A None is neither: the engine is at work, and may be closed here.

        A `Spoken` comes before the waveform that holds its position, in rising order. An engine
        without word events yields none. The pause after the sentence (`delivery.pause`) is part of
        the sound. Closing the generator is the cancel: it takes effect at the next yield, so yield
        often (at most 0.25 s of sound at once).

        Raises:
            TtsError: the engine failed; it stays usable for the next sentence.
        """
        ...

    def close(self) -> None: ...
