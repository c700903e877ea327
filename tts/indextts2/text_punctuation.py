"""Every mark as one of the few that the model knows: `, . ! ? - … '` (upstream's table). Pure."""

from __future__ import annotations

import re
from typing import Final

from core.text import Language
from tts.spoken_rules import Rule, rule

_QUOTES = '"“”„‟‘’‚‛`´()（）[]［］{}｛｝《》〈〉【】〖〗「」『』〔〕〝〞«»'
_SINGLE: Final = {
    **dict.fromkeys("：；;，、:､﹐", ","),
    **dict.fromkeys("。｡．", "."),
    "！": "!",
    "？": "?",
    "\n": " ",
    "\r": " ",
    "\t": " ",
    **dict.fromkeys("·—～~–―", "-"),
    **dict.fromkeys(_QUOTES, "'"),
}
_ELLIPSIS = r"(?:\.{3,}|…|,{3,}|，{3,}|。{3,})+"
_ONE = "[" + re.escape("".join(_SINGLE)) + "]"
_PLAIN: tuple[Rule, ...] = (rule(_ELLIPSIS, "…"), rule(_ONE, lambda m: _SINGLE[m[0]]))

PUNCTUATION: dict[Language, tuple[Rule, ...]] = {"zh": (*_PLAIN, rule(r"\$", ".")), "en": _PLAIN}
"""The last step before the tokenizer. A mark that the table lacks stays."""
