"""What every voice offers. Blocking, synchronous, ignorant of asyncio and of turns."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol, runtime_checkable

from core.audio import Waveform
from core.errors import TtsError
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


@runtime_checkable
class ManyVoiced(Protocol):
    """A synthesizer that can take another voice while it runs."""

    def voices(self) -> tuple[str, ...]:
        """What `use` may be given now, the voice that speaks first."""
        ...

    def use(self, voice: str) -> Generator[str | None, None, None]:
        """Speak with another voice from the next sentence on, on the lane's thread.

        Yields the engine's `name` with that voice, last.

        Raises:
            VoiceError: there is no such voice, or it may not speak; the voice before it goes on.
        """
        ...


def known(synthesizer: Synthesizer) -> tuple[str, ...]:
    """The voices to choose from, the one that speaks first; of an engine with one voice, nothing."""
    return synthesizer.voices() if isinstance(synthesizer, ManyVoiced) else ()


def changed(synthesizer: Synthesizer, voice: str) -> Generator[str | None, None, None]:
    """Give an engine another voice: `ManyVoiced.use`, where the engine has it.

    Raises:
        TtsError: it has one voice.
        VoiceError: as `ManyVoiced.use`.
    """
    return synthesizer.use(voice) if isinstance(synthesizer, ManyVoiced) else _one_voice(synthesizer.name)


def _one_voice(name: str) -> Generator[str | None, None, None]:
    raise TtsError(f"{name} has one voice", code="one-voice", hint="start again with another tts.engine")
    yield
