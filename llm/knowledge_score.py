"""How well a question fits an entry: overlap of weighted terms, in [0, 1]. Pure.

A term weighs its inverse document frequency (over entries; Spärck Jones 1972), less when it is one
Hanzi of a word or says nothing about the topic. `fit` is the weighted Dice overlap with the nearest
wording, blended with how much of the question the whole entry explains: a word that the entry has
never seen counts against it as much as it would have counted for it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from llm.knowledge_terms import FUNCTION_TERMS

# The constants below were the best of 250 random settings on the demo knowledge base: most right
# answers to the `tune` questions of tests/unit/llm/paraphrases.toml and to wordings left out one at a
# time, with no more than one wrong answer in a hundred. Its `held_out` questions had no part in that.
_HANZI = 0.5
"""Weight of one Hanzi against a pair of them."""
_FUNCTION = 0.2
"""Weight of a term that names no topic."""
_MIXED_PAIR = 0.2
"""Weight of a pair with a Hanzi that names no topic."""
_DICE_SHARE = 0.6
"""Share of the nearest wording in the score; the rest is the entry as a whole."""
_ANSWER_SHARE = 0.5
"""What a term found only in the answer explains."""
_WRONG_KIND = 0.7
"""Factor when the entry cannot answer the kind of question."""
_RIGHT_KIND = 0.4
"""Pull towards 1 when it can."""
_STRANGERS = (1.0, 0.87, 0.76)
"""Factor by number of topical words of the question that the entry does not know."""
_UNSAID = (1.0, 0.97, 0.94)
"""Factor by number of topical words of the nearest wording that were not said."""
_NO_TOPIC = 0.5
"""Factor when the question names no topic at all."""
_NEARLY = 0.99
"""Only the very same terms score 1."""
_HALF = 0.5


class Weights:
    """Term weights learnt from the entries of one language."""

    def __init__(self, frequency: Mapping[str, int], entries: int) -> None:
        self._unseen = math.log(1 + entries / _HALF)
        self._entries = entries
        self._totals: dict[frozenset[str], float] = {}
        self._weights = {term: self._rarity(seen) * kind_weight(term) for term, seen in frequency.items()}

    def __contains__(self, term: object) -> bool:
        return term in self._weights

    def of(self, term: str) -> float:
        weight = self._weights.get(term)
        return kind_weight(term) if weight is None else weight

    def total(self, question: frozenset[str]) -> float:
        """Weight of a wording; remembered, for it is needed with every question asked."""
        total = self._totals.get(question)
        if total is None:
            total = self._totals[question] = sum(map(self.of, question))
        return total

    def _rarity(self, seen: int) -> float:
        return math.log(1 + self._entries / (seen + _HALF)) / self._unseen


@dataclass(frozen=True, slots=True)
class Wordings:
    """An entry as the scorer sees it."""

    questions: tuple[frozenset[str], ...]
    everything: frozenset[str]
    """Terms of all wordings."""
    answer: frozenset[str]
    kinds: frozenset[str]
    """What it can answer: `knowledge_intents.answered`."""


class Asked:
    """A question as the scorer sees it, against the entries of one language."""

    def __init__(self, found: Iterable[str], kinds: frozenset[str], weights: Weights) -> None:
        self.terms = frozenset(found)
        self.kinds = kinds
        """What it asks for: `knowledge_intents.asked_for`."""
        self.weights = weights
        self.of = {term: weights.of(term) for term in self.terms}
        self.total = sum(self.of.values())
        self.topical = _topical(self.terms)

    def shared(self, others: frozenset[str]) -> float:
        """Weight of the terms that are also in `others`."""
        return sum(map(self.of.__getitem__, self.terms & others))


def kind_weight(term: str) -> float:
    """Weigh a term by what kind of term it is."""
    if term in FUNCTION_TERMS:
        return _FUNCTION
    if term[0] < "\u3400":
        return 1.0
    if len(term) == 1:
        return _HANZI
    return _MIXED_PAIR if any(hanzi in FUNCTION_TERMS for hanzi in term) else 1.0


def learn(entries: Collection[Wordings]) -> Weights:
    """Count in how many entries each term occurs."""
    frequency: dict[str, int] = {}
    for wordings in entries:
        for term in wordings.everything:
            frequency[term] = frequency.get(term, 0) + 1
    return Weights(frequency, len(entries))


def fit(asked: Asked, wordings: Wordings) -> tuple[float, int]:
    """Score a question against an entry; also gives the index of the nearest wording."""
    if asked.total <= 0:
        return 0.0, 0
    overlaps = [
        2 * asked.shared(question) / (asked.total + asked.weights.total(question))
        for question in wordings.questions
    ]
    nearest = max(range(len(overlaps)), key=overlaps.__getitem__)
    if asked.terms == wordings.questions[nearest]:
        return 1.0, nearest
    explained = asked.shared(wordings.everything) + _ANSWER_SHARE * asked.shared(
        wordings.answer - wordings.everything
    )
    score = _DICE_SHARE * overlaps[nearest] + (1 - _DICE_SHARE) * explained / asked.total
    if asked.kinds - wordings.kinds:
        score *= _WRONG_KIND
    elif asked.kinds:
        score += _RIGHT_KIND * score * (1 - score)
    if not asked.topical:
        score *= _NO_TOPIC
    score *= _at(_STRANGERS, _topical(asked.terms - wordings.everything - wordings.answer))
    score *= _at(_UNSAID, _topical(wordings.questions[nearest] - asked.terms))
    return min(score, _NEARLY), nearest


def _topical(found: frozenset[str]) -> int:
    """Count words and single Hanzi that name a topic."""
    return sum(1 for term in found - FUNCTION_TERMS if term[0] < "\u3400" or len(term) == 1)


def _at(factors: tuple[float, ...], count: int) -> float:
    return factors[min(count, len(factors) - 1)]
