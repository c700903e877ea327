"""The dialogue: what was said in this visit, as the model and the policy may know it.

Held by the session, grown once per turn. User messages stay exactly as they were sent, so that the
model's evaluated prefix is never invalidated; the agent's hold only what was heard.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.text import Language, Message, Transcript
from emotion_policy.memory import Memory
from llm import prompt

UNASKED = "…"
"""Stands for a customer who has said nothing yet when the agent speaks: chat templates want both sides."""


@dataclass(slots=True, kw_only=True)
class Dialogue:
    """One visit of one customer. `Dialogue()` is the next customer."""

    history: list[Message] = field(default_factory=list[Message])
    memory: Memory = Memory()
    language: Language = "zh"
    """Of the last turn that said something."""
    last_reply: str = ""
    """All of the last reply, heard or not: what "say that again" repeats."""
    unconfirmed: Transcript | None = None
    """What the agent has just asked about: "did you mean …?"."""
    last_heard: str = ""
    """The agent's last words that were heard in this visit."""
    unanswered: str = ""
    """Words of the customer that no reply was heard to; they go before the next ones."""

    @property
    def begun(self) -> bool:
        """True once the customer has said anything."""
        return bool(self.history or self.unanswered or self.last_reply or self.memory.states)

    def words(self, text: str) -> str:
        """The customer's words for the model: those still unanswered, then these."""
        return f"{self.unanswered} {text}" if self.unanswered else text

    def close_turn(self, user: Message, words: str, heard: str) -> None:
        """Enter a turn: the user's message as it was sent and what was heard in answer."""
        if heard:
            self.history += (user, Message("assistant", heard))
            self.last_heard, self.unanswered = heard, ""
        else:
            self.unanswered = words

    def interject(self, heard: str) -> None:
        """Enter what was heard of words that answer no message: an operator's, or the site's.

        They answer what the customer has said and nobody answered yet; else they go on with the last reply.
        """
        if not heard:
            return
        self.last_heard = heard
        if not self.unanswered and self.history:
            self.history[-1] = Message("assistant", f"{self.history[-1].text} {heard}")
            return
        user = prompt.user_message(self.unanswered or UNASKED, language=self.language)
        self.history += (user, Message("assistant", heard))
        self.unanswered = ""
