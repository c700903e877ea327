"""What the language model is told: one system message that never changes, and the user's message.

Everything that differs from turn to turn (references, tone) goes on the last user message, and the
history keeps each message exactly as it was sent, so that the engine's evaluated prefix stays the
same from turn to turn and only new tokens are paid for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text import Language, Message

SYSTEM_PROMPT = (
    "你是听说，服务大厅的语音助手。用顾客的语言回答，一两句口语，不用列表和符号。"
    "只说你知道的或参考里写的；不知道就说不知道，并提出请工作人员帮忙。\n"
    "You are Tingshuo, the voice assistant of a service hall. Answer in the customer's language, in one or "
    "two short spoken sentences, no lists or markup. Say only what you know or what the reference says; "
    "otherwise say you don't know and offer a member of staff."
)
"""Bilingual, so that a small model meets both languages before the first customer does."""

_REFERENCE = {"zh": ("（参考：", " → ", "；", "）"), "en": ("(Reference: ", " -> ", "; ", ")")}
_TONE = {"zh": ("（语气：", "）"), "en": ("(Tone: ", ")")}
_SAID = {"zh": ("（已说：", "）"), "en": ("(Already said: ", ")")}
_ANNOTATION = re.compile(r"\n(?:（参考：|（语气：|（已说：|\(Reference: |\(Tone: |\(Already said: )")


def user_message(
    text: str,
    *,
    language: Language,
    steering: str = "",
    references: Sequence[tuple[str, str]] = (),
    said: str = "",
) -> Message:
    """Build the customer's message: the words, then a line each of references, what was said, and tone.

    Args:
        text: the final transcript; line breaks become blanks, so that `customer_words` finds the end.
        language: of the annotations' wording.
        steering: how to answer, one short phrase; no line when empty.
        references: (question, answer) passages from the knowledge base; no line when empty.
        said: how the reply has begun already, before the model; no line when empty. It stands before the
            tone: a small model heeds what comes last.
    """
    lines = [_one_line(text)]
    if references:
        opening, arrow, between, closing = _REFERENCE[language]
        passages = (_one_line(question) + arrow + _one_line(answer) for question, answer in references)
        lines.append(opening + between.join(passages) + closing)
    if said:
        opening, closing = _SAID[language]
        lines.append(opening + _one_line(said) + closing)
    if steering:
        opening, closing = _TONE[language]
        lines.append(opening + _one_line(steering) + closing)
    return Message("user", "\n".join(lines))


def customer_words(message: Message) -> str:
    """Give back the customer's own words of a message made by `user_message`."""
    return _ANNOTATION.split(message.text, maxsplit=1)[0]


def build(system: str, history: Sequence[Message], user: Message) -> list[Message]:
    """Put the messages in the order that `LanguageModel.reply` takes.

    Args:
        system: the system prompt; the same string all day.
        history: user messages exactly as they were sent and assistant messages with only what was heard.
        user: the new message.
    """
    return [Message("system", system), *history, user]


def _one_line(text: str) -> str:
    return " ".join(text.split())
