"""The house's own sentences for moments without an answer. Data and a deterministic choice. Pure.

Short, spoken, honest: they never promise what the machine cannot do and never guess a feeling.
"""

from __future__ import annotations

import zlib
from enum import StrEnum
from typing import Literal

from core.text import Language

_Sentences = dict[Language, tuple[str, ...]]


class Moment(StrEnum):
    """Why the agent speaks without the knowledge base or the model."""

    UNKNOWN = "unknown"
    """Nothing known and nothing said by the model."""
    FAILED = "failed"
    """Thinking failed or took too long."""
    AGAIN = "again"
    """Nothing intelligible was heard."""


_SAID: dict[Moment, _Sentences] = {
    Moment.UNKNOWN: {
        "zh": (
            "这个我不太清楚，要不要我帮您叫工作人员？",
            "抱歉，我没有这方面的信息，需要我请工作人员来帮您吗？",
            "这个问题我答不上来，我可以帮您叫工作人员。",
        ),
        "en": (
            "I don't know that one. Shall I call a member of staff?",
            "I'm sorry, I have no information about that. Would you like a member of staff to help you?",
            "I can't answer that, but I can call a member of staff for you.",
        ),
    },
    Moment.FAILED: {
        "zh": (
            "抱歉，我这边出了点问题，请您再说一遍。",
            "对不起，刚才没能处理好，请您再说一次，或者我帮您叫工作人员。",
        ),
        "en": (
            "I'm sorry, something went wrong here. Please say that again.",
            "I'm sorry, that did not work. Please say it again, or I can call a member of staff.",
        ),
    },
    Moment.AGAIN: {
        "zh": ("抱歉，我没听清楚，请您再说一遍。", "不好意思，请您再说一次好吗？"),
        "en": ("I'm sorry, I didn't catch that. Please say it again.", "Sorry, could you say that again?"),
    },
}
_DID_YOU_MEAN: dict[Language, str] = {"zh": "您是想问“{question}”吗？", "en": "Did you mean: {question}?"}
CALLING_STAFF: dict[Language, str] = {
    "zh": "好的，我帮您叫工作人员，请稍等。",
    "en": "All right, I am calling a member of staff. Please wait a moment.",
}
"""When the customer accepts the offer."""


def sentence_for(moment: Moment, language: Language, *, turn: int = 0, heard: str = "") -> str:
    """Choose a sentence: the same turn and words give the same one, the next turn another.

    Args:
        moment: why.
        language: the customer's.
        turn: 0-based number of the turn in the visit.
        heard: what the customer said, to vary the choice between visits.
    """
    sentences = _SAID[moment][language]
    return sentences[(turn + zlib.crc32(heard.encode())) % len(sentences)]


def did_you_mean(question: str, language: Language) -> str:
    """Ask back with the nearest known question."""
    return _DID_YOU_MEAN[language].format(question=question.strip().rstrip("？?。."))


def every_sentence(language: Language) -> tuple[str, ...]:
    """All fixed sentences of a language, to be synthesised before they are needed."""
    return (*(s for moment in Moment for s in _SAID[moment][language]), CALLING_STAFF[language])


Answered = Literal["yes", "no", "neither"]
_YES: dict[Language, tuple[str, ...]] = {
    "zh": ("是", "是的", "对", "对的", "好", "好的", "要", "需要", "可以", "嗯", "行", "没错", "麻烦您"),
    "en": (
        "yes",
        "yeah",
        "yep",
        "yes please",
        "sure",
        "ok",
        "okay",
        "right",
        "correct",
        "please do",
        "please",
    ),
}
_NO: dict[Language, tuple[str, ...]] = {
    "zh": ("不", "不是", "不要", "不用", "不用了", "不对", "没有", "算了", "不需要", "不是的"),
    "en": ("no", "nope", "no thanks", "no thank you", "not that", "never mind", "wrong", "no need"),
}


YES_OR_NO = tuple(word for words in (*_YES.values(), *_NO.values()) for word in words if "'" not in word)
"""All of these wordings, for a recogniser with a closed grammar."""


def yes_or_no(text: str) -> Answered:
    """Read the customer's answer to "did you mean …?" or to the offer of staff."""
    said = " ".join(text.casefold().replace("’", "'").replace(",", " ").split()).strip(" 。！!.，？?、~")
    for particle in ("谢谢", "啊", "呀", "吧", "的呀"):
        said = said.removesuffix(particle).strip(" ，,")
    if any(said in words for words in _YES.values()):
        return "yes"
    if any(said in words for words in _NO.values()):
        return "no"
    return "neither"
