"""A recogniser that hears what the script says. Ships: tests, the demo of failures and benchmarks use it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence

from asr.guard import is_silent
from core.audio import Waveform
from core.errors import AsrError
from core.text import Transcript, script_of

_SILENCE = -60.0


class FakeRecognizer:
    """Answers each utterance with the next scripted text; silent sound and an empty script give empty text.

    Args:
        texts: one per utterance; an `AsrError` among them is raised instead.
        partials: hypotheses yielded before every final.
        delay: called before every yield, to take time on a test's clock or on a real one.
    """

    name = "fake recogniser"

    def __init__(
        self,
        texts: Iterable[str | AsrError] = (),
        *,
        partials: Sequence[str] = (),
        delay: Callable[[], None] | None = None,
    ) -> None:
        self._texts = deque(texts)
        self._partials = tuple(partials)
        self._delay = delay
        self.heard: list[Waveform] = []
        """Every utterance handed in, for assertions."""

    def warm_up(self) -> None:
        return

    def transcribe(self, speech: Waveform) -> Generator[Transcript, None, None]:
        self.heard.append(speech)
        if is_silent(speech, _SILENCE):
            yield Transcript(text="", final=True, language="zh", no_speech=1.0)
            return
        text = self._texts.popleft() if self._texts else ""
        for partial in self._partials:
            self._wait()
            yield Transcript(text=partial, final=False, language=script_of(partial))
        self._wait()
        if isinstance(text, AsrError):
            raise text
        yield Transcript(text=text, final=True, language=script_of(text))

    def close(self) -> None:
        return

    def _wait(self) -> None:
        if self._delay is not None:
            self._delay()
