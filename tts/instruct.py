"""CosyVoice3's instruction for a style: what `inference_instruct2` is given beside the text. Pure.

Upstream's tested list (`instruct_list`) holds dialects, loud and soft, fast and slow, happy, sad and angry,
and two characters; a finer wording is an experiment, and a model that does not know one may read it aloud. So
each style also has an instruction of that list to fall back on, or none: the speaker's own manner. Sad and
angry are never among them.
"""

from __future__ import annotations

from core.emotion import Style
from core.text import Language

_BEGINS = "You are a helpful assistant."
_ENDS = "<|endofprompt|>"
_SOFT = "Please say a sentence in a very soft voice."
_HAPPY = "请非常开心地说一句话。"

_WORDS: dict[Style, dict[Language, str]] = {
    Style.NEUTRAL: {"zh": "", "en": ""},
    Style.PROFESSIONAL: {
        "zh": "请用专业、清晰、平稳的语气说一句话。",
        "en": "Please say a sentence in a professional, clear and even tone.",
    },
    Style.WARM: {
        "zh": "请用亲切、温暖的语气说一句话。",
        "en": "Please say a sentence in a warm and friendly tone.",
    },
    Style.CHEERFUL: {"zh": _HAPPY, "en": "Please say a sentence in a very happy tone."},
    Style.ENCOURAGING: {
        "zh": "请用鼓励、有活力的语气说一句话。",
        "en": "Please say a sentence in an encouraging and lively tone.",
    },
    Style.GENTLE: {
        "zh": "请用轻柔、缓慢、耐心的语气说一句话。",
        "en": "Please say a sentence in a gentle, slow and patient tone.",
    },
    Style.SOOTHING: {
        "zh": "请用温柔、安抚的语气慢慢地说一句话。",
        "en": "Please say a sentence slowly, in a soft and soothing tone.",
    },
    Style.APOLOGETIC: {
        "zh": "请用诚恳、带歉意的语气说一句话。",
        "en": "Please say a sentence in a sincere and apologetic tone.",
    },
    Style.CALM_FIRM: {
        "zh": "请用沉着、坚定、清楚的语气说一句话。",
        "en": "Please say a sentence in a calm, firm and clear tone.",
    },
}
_DOCUMENTED: dict[Style, str] = {
    Style.NEUTRAL: "",
    Style.PROFESSIONAL: "",
    Style.WARM: "",
    Style.CHEERFUL: _HAPPY,
    Style.ENCOURAGING: _HAPPY,
    Style.GENTLE: _SOFT,
    Style.SOOTHING: _SOFT,
    Style.APOLOGETIC: _SOFT,
    Style.CALM_FIRM: "",
}


def instruct(style: Style, language: Language, *, documented: bool = False) -> str:
    """The instruction, with the wrapper that the model was trained on.

    Args:
        style: how to sound.
        language: of the instruction's wording; upstream's own are the same for every language.
        documented: only what upstream has tested.
    """
    words = _DOCUMENTED[style] if documented else _WORDS[style][language]
    return f"{_BEGINS} {words}{_ENDS}" if words else f"{_BEGINS}{_ENDS}"
