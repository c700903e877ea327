"""What every recogniser offers. Blocking, synchronous, ignorant of asyncio and of turns."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from core.audio import Waveform
from core.text import Transcript


class Recognizer(Protocol):
    """One engine instance serves one lane (one thread) at a time."""

    name: str
    """For the banner and the log: engine, model, size."""

    def warm_up(self) -> None:
        """Do the first slow call now, so that the first customer does not wait for it."""
        ...

    def transcribe(self, speech: Waveform) -> Generator[Transcript, None, None]:
        """Yield zero or more partials and then one final transcript.

        Args:
            speech: mono, 16 kHz (`core.audio.HEARING_RATE`), any length.

        Yields:
            `Transcript`s; the last has `final=True`. Its text is empty when nothing was said:
            silence, noise and hallucinations are dropped here, never passed on.

        Raises:
            AsrError: the engine failed; it stays usable for the next utterance.
        """
        ...

    def close(self) -> None: ...
