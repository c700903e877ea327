"""What the reply comes from: the operator's words, the model, or a stock sentence. Pure.

A confident match of the knowledge base is answered word for word; a middling one grounds the model;
with none, a question gets an honest "I don't know" and anything else goes to the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from core.emotion import State
from core.events import Source
from core.text import Message, Transcript
from emotion_policy.decision import Decision, Flag
from llm import answers
from llm.answers import Moment
from llm.knowledge_entry import Advice
from llm.prompt import user_message
from pipeline.dialogue import Dialogue
from pipeline.spoken_commands import SpokenCommand, spoken_command

UPSET = frozenset({State.URGENT, State.GRIEF, State.ABUSIVE, State.COMPLAINT, State.ANXIOUS})
"""States in which a curated answer alone would sound deaf: the model answers, grounded on it."""
ASKING = frozenset({State.INQUIRY, State.REQUEST, State.CONFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How this turn is answered."""

    source: Source
    user: Message
    """The customer's message, exactly as the model gets it and the history keeps it."""
    text: str | None = None
    """The whole reply, unless the model writes it; empty means: stay silent."""
    said: str = ""
    """How the model's reply begins, before the model; the model is told."""
    call_staff: bool = False
    unknown: bool = False
    """The agent has no answer: the policy counts it as a failure of the agent."""


def settle(transcript: Transcript, dialogue: Dialogue) -> Transcript:
    """Replace a "yes" to "did you mean …?" by what it confirms."""
    asked = dialogue.unconfirmed
    if asked is not None and answers.yes_or_no(transcript.text) == "yes":
        return replace(asked, confirm=False)
    return transcript


def plan(
    transcript: Transcript,
    decision: Decision,
    advice: Advice,
    dialogue: Dialogue,
    *,
    model_knows: bool = False,
    opener: str = "",
) -> Plan:
    """Choose the reply's source.

    Args:
        transcript: final, not empty, already settled.
        decision: the emotion policy's.
        advice: the knowledge base's.
        dialogue: before this turn.
        model_knows: let the model answer questions the knowledge base does not know.
        opener: a first sentence for the customer's state; only before a reply of the model.
    """
    language = transcript.language
    user = user_message(dialogue.words(transcript.text), language=language)
    stock = _stock_reply(transcript, dialogue)
    if stock is not None:
        return Plan(source="stock", user=user, text=stock)
    if Flag.WANTS_HUMAN in decision.flags:
        return Plan(source="stock", user=user, text=answers.CALLING_STAFF[language], call_staff=True)
    if advice.kind == "answer" and decision.state not in UPSET:
        return Plan(source="knowledge", user=user, text=advice.matches[0].answer)
    staff = decision.escalation == "now"
    if advice.kind == "none" and decision.state in ASKING and not model_knows:
        unknown = _stock(Moment.UNKNOWN, transcript, dialogue)
        return Plan(source="stock", user=user, text=unknown, call_staff=staff, unknown=True)
    references = (
        tuple((match.question, match.answer) for match in advice.matches) if advice.kind != "none" else ()
    )
    grounded = user_message(
        dialogue.words(transcript.text),
        language=language,
        steering=decision.steering,
        references=references,
        said=opener,
    )
    return Plan(source="model", user=grounded, said=opener, call_staff=staff)


def _stock_reply(transcript: Transcript, dialogue: Dialogue) -> str | None:
    if transcript.confirm:
        return answers.did_you_mean(transcript.text, transcript.language)
    if dialogue.unconfirmed is not None and answers.yes_or_no(transcript.text) == "no":
        return _stock(Moment.AGAIN, transcript, dialogue)
    command = spoken_command(transcript.text)
    match command:
        case SpokenCommand.STOP:
            return ""
        case SpokenCommand.REPEAT:
            return dialogue.last_reply or _stock(Moment.AGAIN, transcript, dialogue)
        case None:
            return None
        case _:
            assert_never(command)


def _stock(moment: Moment, transcript: Transcript, dialogue: Dialogue) -> str:
    turn = len(dialogue.history) // 2
    return answers.sentence_for(moment, transcript.language, turn=turn, heard=transcript.text)
