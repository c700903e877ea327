"""The sentences of one reply on their way to the voice: numbered, checked, told how to sound. Pure.

The words are the model's or the operator's, the tone is the decision's: where a sentence's words break the
tone and cannot be mended, at least the voice stays with the customer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core import events as e
from core.emotion import Delivery, State
from core.text import Language, Sentence
from emotion_policy import words
from emotion_policy.decision import Decision, Flag
from emotion_policy.roles import exact, role
from emotion_policy.styles import eased
from emotion_policy.words import Checked
from pipeline.crew import Banned

_UNFINISHED = re.compile(r"[，,、；;：:]$")
"""The end of a piece that is a clause: the cutter lets the first one go early."""


def prepare() -> None:
    """Read what sentences are checked by now, so that no customer waits for it."""
    words.check("好", State.COMPLAINT, "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrased:
    """A sentence for the voice, and what had to be done about its words."""

    sentence: Sentence | None
    """None: nothing of the piece is left to say, and something else was said or follows."""
    checked: Checked
    index: int
    """Of the sentence; of the next one, where there is none."""

    def events(self, *, at: float, turn: int) -> Iterator[e.Event]:
        """What there is to tell of it."""
        checked, sentence = self.checked, self.sentence
        if checked.found:
            yield e.WordsConflicted(
                at=at,
                turn=turn,
                index=self.index,
                words=" · ".join(checked.found),
                mended=not checked.conflict,
            )
        if sentence is not None:
            style = sentence.delivery.style
            yield e.SentenceReady(at=at, turn=turn, index=self.index, text=sentence.text, style=style)


class Phrasing:
    """One reply. Give it the sentences in order."""

    def __init__(self, banned: Banned) -> None:
        self._banned = banned
        self._apologised = False
        self.given = 0
        """Pieces so far, without an opener."""
        self.count = 0
        """Sentences so far."""
        self.last: Delivery | None = None
        """How the last one is said."""

    def say(
        self,
        text: str,
        decision: Decision | None,
        language: Language,
        *,
        last: bool = False,
        opener: bool = False,
        manner: Delivery | None = None,
    ) -> Phrased:
        """Turn the next piece of the reply into a sentence.

        Args:
            text: of the piece.
            decision: in force now; None for an announcement, which has no customer and no tone.
            language: of the reply.
            last: no other piece follows.
            opener: it was chosen for this moment, so it is not checked again.
            manner: of an announcement; None: the voice's own.
        """
        checked, delivery = Checked(text=text), manner or Delivery()
        self.given += not opener
        if decision is not None:
            if not opener:
                more = self.count > 0 or (not last and bool(_UNFINISHED.search(text)))
                checked = self._check(text, decision, language, more=more)
            if not checked.text:
                return Phrased(sentence=None, checked=checked, index=self.count)
            delivery = self._delivery(checked, decision, last=last)
            self._apologised = self._apologised or words.apologises(checked.text)
        index = self.count
        sentence = Sentence(text=checked.text, index=index, language=language, delivery=delivery)
        self.count += 1
        self.last = delivery
        return Phrased(sentence=sentence, checked=checked, index=index)

    def _check(self, text: str, decision: Decision, language: Language, *, more: bool) -> Checked:
        state = answered(decision)
        apologised = self._apologised and state is State.COMPLAINT
        banned = self._banned(decision.style, language)
        return words.check(text, state, language, banned, apologised=apologised, more=more)

    def _delivery(self, checked: Checked, decision: Decision, *, last: bool) -> Delivery:
        """The arc's part; where words break the tone, the opening's, which is the state's own."""
        arc, part = decision.arc, role(checked.text, self.count, last=last)
        if checked.conflict and not exact(checked.text):
            part = "open"
        wanted = {"open": arc.open, "body": arc.body, "close": arc.close}[part]
        return wanted if self.last is None else eased(self.last, wanted)


def answered(decision: Decision) -> State:
    """The state that a reply's words must suit: a grief lasts for the visit."""
    if decision.memory.grief or Flag.SELF_HARM in decision.flags:
        return State.GRIEF if decision.state is not State.URGENT else State.URGENT
    return State.URGENT if Flag.SCAM_IN_PROGRESS in decision.flags else decision.state
