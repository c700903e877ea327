"""The examination: 200 prompts whose wordings no training dialogue has, made from the `unseen` lists.

The same seed gives the same prompts; models/demo/llm/unseen_prompts.jsonl holds them as they were examined.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass

from core.text import Language
from llm.prompt import user_message
from models.demo.dialogues.cards import LANGUAGES, TONES_OF_STATE, Card, cards, hall, outside, tones
from models.demo.dialogues.facts import make_fact

SEED = 20
OUTSIDE, HALL, FACTS, FOLLOWS, CARDS = 28, 20, 12, 6, 34
"""Prompts of each kind in each language: 100 together."""
SENSITIVE = ("urgent", "grief", "abusive", "complaint", "anxious")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question of the examination."""

    name: str
    language: Language
    kind: str
    """`outside`, `hall`, `fact`, `follow`, or the name of a card."""
    state: str
    history: tuple[tuple[str, str], ...]
    """(user, assistant) messages before the question."""
    user: str
    """The message as the product sends it."""
    answer: str
    """What a reference says, or empty: the words of it must come back."""

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def prompts(seed: int = SEED) -> list[Prompt]:
    """All prompts, in a fixed order."""
    rng = random.Random(seed)
    found: list[Prompt] = []
    for language in LANGUAGES:
        found += (
            _outside(language, rng) + _hall(language, rng) + _facts(language, rng) + _cards(language, rng)
        )
    return found


def _outside(language: Language, rng: random.Random) -> list[Prompt]:
    side = outside(language)
    made = [frame.format(x=topic) for frame in side.unseen_frames for topic in side.unseen_topics]
    words = rng.sample(side.unseen, OUTSIDE - 8) + rng.sample(made, 8)
    return [
        _prompt(f"{language}-outside-{n}", language, "outside", "inquiry", w, rng)
        for n, w in enumerate(words)
    ]


def _hall(language: Language, rng: random.Random) -> list[Prompt]:
    entries = list(hall(language).values())
    asked = rng.sample([(entry, words) for entry in entries for words in entry.unseen], HALL)
    found: list[Prompt] = []
    for n, (entry, words) in enumerate(asked):
        others = [
            (other.questions[0], other.answer) for other in rng.sample(entries, n % 3) if other is not entry
        ]
        references = ((rng.choice(entry.questions), entry.answer), *others)
        name = f"{language}-hall-{n}"
        found.append(
            _prompt(name, language, "hall", "inquiry", words, rng, references=references, answer=entry.answer)
        )
    return found


def _facts(language: Language, rng: random.Random) -> list[Prompt]:
    found: list[Prompt] = []
    while len(found) < FACTS:
        fact = make_fact(language, rng, unseen=True)
        references = ((fact.questions[-1], fact.answer),)
        name = f"{language}-fact-{len(found)}"
        found.append(
            _prompt(
                name,
                language,
                "fact",
                "inquiry",
                fact.questions[0],
                rng,
                references=references,
                answer=fact.answer,
            )
        )
    while len(found) < FACTS + FOLLOWS:
        fact = make_fact(language, rng, unseen=True)
        words, reply = rng.choice(fact.follow)
        history = ((fact.questions[0], fact.answer),)
        name = f"{language}-follow-{len(found)}"
        found.append(_prompt(name, language, "follow", "inquiry", words, rng, history=history, answer=reply))
    return found


def _cards(language: Language, rng: random.Random) -> list[Prompt]:
    """Every unseen wording in turn, the upset ones first in each round."""
    pool: list[tuple[Card, str]] = []
    free = [card for card in cards() if not card.after]
    for turn in range(5):
        for card in sorted(free, key=lambda card: card.state not in SENSITIVE):
            pool += [(card, words) for words in card.sides[language].unseen[turn : turn + 1]]
    return [
        _prompt(f"{language}-{card.name}-{n}", language, card.name, card.state, words, rng)
        for n, (card, words) in enumerate(pool[:CARDS])
    ]


def _prompt(
    name: str,
    language: Language,
    kind: str,
    state: str,
    words: str,
    rng: random.Random,
    *,
    references: tuple[tuple[str, str], ...] = (),
    history: tuple[tuple[str, str], ...] = (),
    answer: str = "",
) -> Prompt:
    """Send the words as the product would: with its own tone line in two thirds of cases."""
    tone = tones(language)[TONES_OF_STATE[state][0]].product if rng.random() < 0.67 else ""
    message = user_message(words, language=language, steering=tone, references=references)
    return Prompt(
        name=name,
        language=language,
        kind=kind,
        state=state,
        history=history,
        user=message.text,
        answer=answer,
    )
