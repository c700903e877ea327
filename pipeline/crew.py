"""The crew of a session: each engine with its lane, the loudspeaker, the policy, the knowledge.

Put together by `pipeline.assembly` (or by a test); used by every turn. Nothing here is chosen here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from asr.engine import Recognizer
from core.audio import Waveform
from core.emotion import Delivery, Opinion, Style
from core.text import Language
from emotion_policy.decision import Decision, Observation, Scenario
from llm.engine import LanguageModel
from llm.knowledge_entry import Advice
from pipeline.lane import Lane
from pipeline.openers import OpenerCache
from tts.engine import Synthesizer

if TYPE_CHECKING:
    from emotion_policy.policy_keeper import Look

Banned = Callable[[Style, Language], Sequence[str]]
"""The words that break a style, by the policy in force."""


class Loudspeaker(Protocol):
    """Where a reply's sound goes; `audio.playout.Playout` is the real one."""

    def begin(self, on_first: Callable[[], None]) -> None:
        """A new reply: count from zero; call `on_first` on the loop when its first sample is played."""
        ...

    async def play(self, waveform: Waveform) -> None:
        """Queue sound, waiting for room."""
        ...

    async def finish(self) -> None:
        """No more sound will come for this reply."""
        ...

    async def drained(self) -> None:
        """Wait until everything queued has been played."""
        ...

    def pause(self, seconds: float, on_resumed: Callable[[], None]) -> None:
        """Silence, now; then on where it stopped, and call `on_resumed`, unless a flush comes first."""
        ...

    def flush(self) -> None:
        """Silence, now: drop everything queued."""
        ...

    @property
    def reply_played(self) -> float:
        """Seconds of this reply's sound that have been played."""
        ...


def _shipped(style: Style, language: Language) -> Sequence[str]:
    from emotion_policy.policy import FALLBACK, packaged

    return packaged(FALLBACK).styles[style].banned[language]


def _revised(decision: Decision, opinion: Opinion, before: Delivery | None) -> Decision:
    from emotion_policy.opinion import revise

    return revise(decision, opinion, before)


def _forced(decision: Decision, style: Style, language: Language) -> Decision:
    from emotion_policy.forced import forced

    return forced(decision, style, language)


class Site(Protocol):
    """The policy that the site works by; `pipeline.tone.PolicyKeeper` has more of it."""

    def look(self, *, anew: bool = False) -> Look | None:
        """Take an edit of the site's file over, if there is one; None: nothing to tell.

        Args:
            anew: read it although it has not changed; None then means that no file is in force.
        """
        ...

    def switch(self, scenario: Scenario) -> None:
        """Put the policy of a kind of site in force: the site's own if it is of that kind, or a packaged."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    recognizer: Recognizer
    hearing: Lane
    model: LanguageModel
    thinking: Lane
    voice: Synthesizer
    speaking: Lane
    loudspeaker: Loudspeaker
    decide: Callable[[Observation], Decision]
    consult: Callable[[str, Language], Advice]
    revise: Callable[[Decision, Opinion, Delivery | None], Decision] = _revised
    """Of a decision, the model's opinion and the delivery of the sentence before, if there was one."""
    force: Callable[[Decision, Style, Language], Decision] = _forced
    """A decision in a style that the operator has chosen."""
    banned: Banned = _shipped
    openers: OpenerCache | None = None
    """First sentences that are rendered already; None: each is rendered when it is said."""
    site: Site | None = None
    """None: the policy cannot be changed."""

    def forget(self) -> None:
        """The visit is over: the model wipes what it holds of the dialogue, behind what it is doing."""
        self.thinking.walk(lambda: _forgetting(self.model))

    def close(self) -> None:
        """End the lanes, in the order sound flows. The engines live on."""
        for lane in (self.hearing, self.thinking, self.speaking):
            lane.close()


def _forgetting(model: LanguageModel) -> Generator[None, None, None]:
    model.forget()
    yield
