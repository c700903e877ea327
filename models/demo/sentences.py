"""What customers say at the demo kiosk: a seeded generator of spoken sentences, Chinese and English.

Goes in: `knowledge/hall.toml` (its wordings) and the phrase tables of `phrases.toml`. Comes out: texts as
spoken, zh without punctuation or spaces, en in lower case without punctuation, no digits. Pure: the same
seed gives the same texts. A text, or a template with its slot words, that is held out never comes out of
`training_texts`. Knows nothing of sound.
"""

from __future__ import annotations

import random
import re
import tomllib
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
Mix = Literal["hall", "free"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

HELD_OUT_SHARE = 16  # one of so many composed texts is held out
LONGEST = {"zh": 22, "en": 14}  # characters / words: what fits six seconds of speech

_HERE = Path(__file__).parent
_ARTICLE = re.compile(r"\b(a) ([aeio])")
_KINDS = ("question", "wrapped", "template", "phrase", "joined", "shuffled")
_KIND_WEIGHTS: dict[Mix, tuple[int, ...]] = {
    "hall": (16, 20, 26, 14, 8, 16),
    "free": (4, 12, 26, 4, 8, 46),  # what cannot be recited has to be heard
}


def domain_sentences(language: Language) -> tuple[str, ...]:
    """Every wording of the knowledge base, then every fixed phrase, without repeats."""
    return tuple(dict.fromkeys((*_questions(language), *_phrases(language))))


def written_held_out_texts(language: Language) -> tuple[str, ...]:
    """Sentences never trained on that somebody wrote: they follow no template."""
    return tuple(_tables(language)["held_out"])


def held_out_texts(language: Language) -> tuple[str, ...]:
    """Sentences never trained on: the written ones, then held-out template and wrapping combinations."""
    written = written_held_out_texts(language)
    composed = sorted(_forbidden(language) - frozenset(written))
    random.Random(f"held out {language}").shuffle(composed)
    return tuple(dict.fromkeys((*written, *composed)))


def training_texts(seed: int, count: int, mix: Mix = "hall") -> tuple[tuple[Language, str], ...]:
    """`count` (language, text) pairs, half of them zh, with repeats; prefix-stable for a seed and mix."""
    stream = _training_stream(seed, mix)
    return tuple(next(stream) for _ in range(count))


def written_characters(language: Language) -> str:
    """Every character that training texts of this language can contain, sorted."""
    composed = (text for text in _compositions(language) if not _is_held_out(text))
    parts = [*domain_sentences(language), *_tables(language)["words"], *composed]
    return "".join(sorted(set("".join(parts))))


def _training_stream(seed: int, mix: Mix) -> Iterator[tuple[Language, str]]:
    source = random.Random(f"training {seed}")
    forbidden = {language: _forbidden(language) for language in LANGUAGES}
    while True:
        language = source.choice(LANGUAGES)
        text = _draw(language, mix, source)
        if text and text not in forbidden[language] and _fits(language, text):
            yield language, text


def _draw(language: Language, mix: Mix, source: random.Random) -> str:
    kind = source.choices(_KINDS, _KIND_WEIGHTS[mix])[0]
    match kind:
        case "question":
            return source.choice(_questions(language))
        case "phrase":
            return source.choice(_phrases(language))
        case "joined":
            text = _join(language, source.choice(_phrases(language)), source.choice(_questions(language)))
        case "shuffled":
            text = _shuffle(language, source)
        case "wrapped":
            text = _wrap(language, source.choice(_questions(language)), source)
        case _:
            text = _fill(language, source)
    return "" if _is_held_out(text) else text


def _wrap(language: Language, question: str, source: random.Random) -> str:
    tables = _tables(language)
    opener = source.choice(tables["openers"]) if source.random() < 0.8 else ""
    closer = source.choice(tables["closers"]) if not opener or source.random() < 0.25 else ""
    return _join(language, opener, question, closer)


def _fill(language: Language, source: random.Random) -> str:
    """One template with its slots filled, sometimes wrapped."""
    tables = _tables(language)
    text = source.choice(tables["templates"])
    while "{" in text:
        start, stop = text.index("{"), text.index("}")
        text = text[:start] + source.choice(tables["slots"][text[start + 1 : stop]]) + text[stop + 1 :]
    text = _ARTICLE.sub(r"\1n \2", text)
    return _join(language, source.choice(tables["openers"]), text) if source.random() < 0.25 else text


def _shuffle(language: Language, source: random.Random) -> str:
    """Pieces of unrelated sentences in a row: nothing to recite, so the decoder has to listen."""
    pieces: list[str] = []
    wanted = source.randint(3, 5)
    for _ in range(wanted):
        text = _loose_text(language, source)
        units = text.split() if language == "en" else list(text)
        length = source.randint(1, 3) if language == "en" else source.randint(1, 4)
        start = source.randrange(max(1, len(units) - length + 1))
        pieces.append((" " if language == "en" else "").join(units[start : start + length]))
    return _join(language, *pieces)


def _loose_text(language: Language, source: random.Random) -> str:
    chance = source.random()
    if chance < 0.45:
        return source.choice(_tables(language)["words"])
    return _fill(language, source) if chance < 0.8 else source.choice(domain_sentences(language))


def _join(language: Language, *parts: str) -> str:
    return (" " if language == "en" else "").join(part for part in parts if part)


def _fits(language: Language, text: str) -> bool:
    return len(text.split() if language == "en" else text) <= LONGEST[language]


def _is_held_out(text: str) -> bool:
    """A fixed share of composed texts, by checksum: the same on every machine and for every seed."""
    return zlib.crc32(text.encode()) % HELD_OUT_SHARE == 0


@cache
def _compositions(language: Language) -> tuple[str, ...]:
    """A large fixed sample of the composed texts that fit."""
    source = random.Random(f"compositions {language}")
    questions = _questions(language)
    wrapped = [_wrap(language, source.choice(questions), source) for _ in range(6000)]
    filled = [_fill(language, source) for _ in range(9000)]
    return tuple(text for text in dict.fromkeys((*wrapped, *filled)) if _fits(language, text))


@cache
def _forbidden(language: Language) -> frozenset[str]:
    composed = (text for text in _compositions(language) if _is_held_out(text))
    return frozenset((*_tables(language)["held_out"], *composed)) - frozenset(domain_sentences(language))


@cache
def _questions(language: Language) -> tuple[str, ...]:
    entries: list[dict[str, Any]] = tomllib.loads((_HERE / "knowledge" / "hall.toml").read_text("utf-8"))[
        "entry"
    ]
    return tuple(question for entry in entries for question in entry[language]["questions"])


@cache
def _phrases(language: Language) -> tuple[str, ...]:
    tables = _tables(language)
    return tuple(phrase for kind in tables["phrases"].values() for phrase in kind)


@cache
def _tables(language: Language) -> dict[str, Any]:
    return tomllib.loads((_HERE / "phrases.toml").read_text("utf-8"))[language]
