"""What is wrong or doubtful in a knowledge base: a proof-reader for the operator. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.text import Language, script_of
from llm.knowledge import Knowledge
from llm.knowledge_entry import Entry
from llm.knowledge_normal import normalise
from llm.knowledge_terms import terms

_LONGEST = {"zh": 80, "en": 200}
"""Characters of an answer that can be listened to: about 20 s of speech at 4 Hanzi or 2.5 words a second."""
_NEAR = 0.9
_MARKUP = ("**", "http://", "https://", "](", "<", "|", "```")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at."""

    kind: Literal["duplicate", "conflict", "near", "untranslated", "long", "markup", "unsearchable", "script"]
    source: str
    """file:line."""
    text: str
    """What is wrong and what to do."""


def check(knowledge: Knowledge) -> tuple[Finding, ...]:
    """Look through all entries; an empty result means that nothing was found."""
    entries = knowledge.entries
    return (*_wordings(entries), *_answers(entries), *_translations(entries), *_near(knowledge))


def _wordings(entries: Sequence[Entry]) -> Iterator[Finding]:
    first: dict[tuple[Language, str], Entry] = {}
    for entry in entries:
        for question in entry.questions:
            normal = normalise(question)
            if not terms(normal):
                yield _finding("unsearchable", entry, f"{question!r} holds no word to search for: reword it")
                continue
            if script_of(question) != entry.language:
                yield _finding("script", entry, f"{question!r} is not {entry.language}: set language")
            other = first.setdefault((entry.language, normal), entry)
            if other is entry:
                continue
            if other.answer == entry.answer:
                yield _finding("duplicate", entry, f"{question!r} is also at {other.source}: remove one")
            else:
                yield _finding(
                    "conflict",
                    entry,
                    f"{question!r} has another answer at {other.source}: keep one, or reword",
                )


def _answers(entries: Sequence[Entry]) -> Iterator[Finding]:
    for entry in entries:
        limit = _LONGEST[entry.language]
        if len(entry.answer) > limit:
            yield _finding(
                "long",
                entry,
                f"the answer has {len(entry.answer)} characters; nobody listens past {limit}: split it",
            )
        marks = [mark for mark in _MARKUP if mark in entry.answer]
        if marks:
            yield _finding(
                "markup", entry, f"the answer holds {marks[0]!r}, which cannot be spoken: write it out"
            )


def _translations(entries: Sequence[Entry]) -> Iterator[Finding]:
    languages: dict[str, set[Language]] = defaultdict(set)
    for entry in entries:
        languages[entry.id].add(entry.language)
    used = {language for found in languages.values() for language in found}
    for entry in entries:
        missing = sorted(used - languages[entry.id])
        if missing:
            yield _finding(
                "untranslated", entry, f"{entry.id} has no {', '.join(missing)}: add the translation"
            )


def _near(knowledge: Knowledge) -> Iterator[Finding]:
    """Find wordings that the search itself can hardly tell from another entry's."""
    reported: set[frozenset[str]] = set()
    for entry in knowledge.entries:
        for question in entry.questions:
            for match in knowledge.search(question, entry.language, limit=2):
                pair = frozenset((question, match.question))
                same = (
                    match.entry == entry.id
                    or match.language != entry.language
                    or match.answer == entry.answer
                )
                if same or match.score < _NEAR or match.score == 1.0 or pair in reported:
                    continue
                reported.add(pair)
                yield _finding(
                    "near",
                    entry,
                    f"{question!r} is close to {match.question!r} of {match.entry} ({match.score:.2f}), "
                    "which is answered otherwise: make them differ",
                )


def _finding(
    kind: Literal[
        "duplicate", "conflict", "near", "untranslated", "long", "markup", "unsearchable", "script"
    ],
    entry: Entry,
    text: str,
) -> Finding:
    return Finding(kind=kind, source=entry.source or entry.id, text=text)
