"""A text as the model was trained to read it: numbers and signs as words, every mark as one of a few.

The order is upstream's: contractions, glossary, protected stretches and readings (one step here, since the
first rule to claim a stretch keeps it), marks. A sentence is never lost: what no rule can read stays.
"""

from __future__ import annotations

from core.text import Language
from tts.indextts2.glossary import Glossary
from tts.indextts2.text_chinese import CHINESE
from tts.indextts2.text_english import ENGLISH_READINGS
from tts.indextts2.text_protected import CONTRACTIONS, MARKUP, folded, reading_language
from tts.indextts2.text_punctuation import PUNCTUATION
from tts.indextts2.traced import Traced, rewritten, traced
from tts.spoken_rules import Rule, rule

_READINGS = {"zh": CHINESE, "en": ENGLISH_READINGS}
_BLANKS: tuple[Rule, ...] = (rule(r" {2,}", " "), rule(r"^ +| +$", ""))
_LONG_DIGITS: tuple[Rule, ...] = (rule(r"\d{15}(?=\d{6})", lambda m: f"{m[0]} "),)
"""Parts of endless digit strings, so that no text takes long to read."""
_NO_GLOSSARY = Glossary()


def normalised(written: str, glossary: Glossary = _NO_GLOSSARY, reply: Language | None = None) -> Traced:
    """The text that goes to the tokenizer, each character with its place in `written`.

    Args:
        written: what stands on the screen.
        glossary: the owner's readings; they are read on by the rules, so that a digit in one is a word.
        reply: the language of the whole reply; None decides by the text alone, as upstream does.
    """
    text = traced(written)
    language = reading_language(written, reply)
    for step in (CONTRACTIONS, MARKUP, glossary.rules(language)):
        text = rewritten(text, step)
    text = rewritten(folded(text), _LONG_DIGITS)
    if len(text.text) > 1 or text.text.isdigit():
        text = rewritten(text, _READINGS[language])
    text = rewritten(text, PUNCTUATION[language])
    return rewritten(text, _BLANKS) if language == "en" else text
