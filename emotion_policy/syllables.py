"""How many syllables a text has, about: one a Hanzi or digit, one a vowel group of an English word. Pure."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?", re.IGNORECASE)
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^aeiouytd])ed$|(?<=[^aeiouyscxz])es$")
_ALONE = re.compile(r"[\u3400-\u9fff0-9]")


def syllables(text: str) -> int:
    """Count of a transcript's syllables; English by rule, right to about a tenth over a sentence."""
    return len(_ALONE.findall(text)) + sum(_of_word(word) for word in _WORD.findall(text))


def _of_word(word: str) -> int:
    if len(word) > 1 and word.isupper() and len(word) <= 4:
        return len(word)
    small = word.lower()
    return max(1, len(_VOWELS.findall(_SILENT.sub("", small))))
