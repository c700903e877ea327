"""Words that are to be read in a way of the owner's choosing: `C++` as C plus plus. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.text import Language
from tts.spoken_rules import Rule

Reading = str | Mapping[Language, str]
"""What is read instead; one per language, or one for both."""


class Glossary:
    """Literal replacements, whatever the case of the letters; the longest term wins."""

    def __init__(self, readings: Mapping[str, Reading] | None = None) -> None:
        """Take terms and readings; a language that a term has no reading for leaves it as it is."""
        self._rules: dict[Language, tuple[Rule, ...]] = {
            language: _rules(readings or {}, language) for language in ("zh", "en")
        }

    def rules(self, language: Language) -> tuple[Rule, ...]:
        """A step for `traced.rewritten`: at most one rule, however many the terms."""
        return self._rules[language]


def _rules(readings: Mapping[str, Reading], language: Language) -> tuple[Rule, ...]:
    spoken: dict[str, str] = {}
    for term, reading in readings.items():
        said = reading if isinstance(reading, str) else reading.get(language)
        if term and said is not None:
            spoken[term.casefold()] = said
    if not spoken:
        return ()
    longest_first = sorted(spoken, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
    return ((pattern, lambda found: spoken.get(found[0].casefold())),)
