"""From a sentence as written to the segments of token ids that version 2.5 speaks one by one.

As `tts.indextts2.text_front`, but for what the later model was trained with: small letters, readings that a
writer gives as `<word|reading>` between special tokens, and before each segment the tag of its language.
Chinese and English alone; the model's other languages have rules of their own, which are not built.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from core.text import Language
from tts.indextts2.glossary import Glossary
from tts.indextts2.text_front import TextSegment
from tts.indextts2.text_normal import normalised
from tts.indextts2.text_protected import reading_language
from tts.indextts2.text_ranks import HANZI_MARK, SOUNDS_MARK, RankedTokens
from tts.indextts2.text_segments import DEFAULT_LIMIT
from tts.indextts2.traced import Traced, rewritten
from tts.spoken_rules import Rule, rule

FRAME_TOKENS: Final = 2
"""Of a segment's limit: the tag, and the blank behind it (upstream counts it as one)."""
_HANZI: Final = re.compile(r"[\u4e00-\u9fff]")
_MARKS: Final = SOUNDS_MARK + HANZI_MARK
_RUN: Final = re.compile(rf"([{_MARKS}])[^{_MARKS}]*\1|[^,.!?;:\n{_MARKS}]*[,.!?;:\n]|[^,.!?;:\n{_MARKS}]+|.")
"""A reading, or a stretch up to and with the mark that ends it."""


class TaggedFront:
    """Normaliser, tokenizer and segmenter, in this order."""

    def __init__(
        self, vocabulary: RankedTokens, glossary: Glossary | None = None, *, dropped: Collection[int] = ()
    ) -> None:
        """Take the model's vocabulary, and the owner's readings if any.

        Args:
            dropped: ids that do not reach the model. Upstream drops 0, which is `!`, and 1, taking them for
                the start and the stop of the text; the model's training code, as published, does not.
        """
        self._vocabulary = vocabulary
        self._glossary = glossary or Glossary()
        self._dropped = frozenset(dropped)

    def segments(
        self, written: str, *, reply: Language | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[TextSegment]:
        """See `TextFront.segments`; the tag is the first piece, and is written as nothing."""
        language = reading_language(written, reply)
        text = rewritten(_small(normalised(written, self._glossary, reply)), (_READING,))
        parts = _joined(text.text, max(1, limit - FRAME_TOKENS), self._vocabulary.count)
        found: list[TextSegment] = []
        at = 0
        for part in parts:
            before = text.reached[at - 1] if at else 0
            end = at + len(part)
            places = [before, *text.reached[at:end]]
            if end == len(text.text):
                places[-1] = len(written)
            found.append(self._segment(part, places, language))
            at = end
        return found

    def _segment(self, part: str, places: Sequence[int], language: Language) -> TextSegment:
        """Of a part; with its n-th character `places[n]` characters of the written text are said."""
        encoded = self._vocabulary.encode(part, language)
        tokens = [token for token in encoded if token.id not in self._dropped]
        return TextSegment(
            pieces=tuple(token.piece for token in tokens),
            ids=tuple(token.id for token in tokens),
            reached=tuple(places[token.end] for token in tokens),
            language=language,
        )


def _marked(found: re.Match[str]) -> str:
    """`<行|xing2>` between the marks of pinyin, `<going|g ow1>` between those of phonemes; in capitals."""
    mark = HANZI_MARK if _HANZI.search(found["word"]) else SOUNDS_MARK
    return f"{mark}{found['said'].upper()}{mark}"


_READING: Final[Rule] = rule(r"<(?P<word>[^|>\n]+)\|(?P<said>[^>\n]+)>", _marked)


def _small(text: Traced) -> Traced:
    letters = [letter.lower() for letter in text.text]
    places = [place for place, letter in zip(text.reached, letters, strict=True) for _ in letter]
    return Traced("".join(letters), places)


def _joined(text: str, limit: int, count: Callable[[str], int]) -> list[str]:
    """Cut a text where it has more than `limit` tokens; together the parts are the text.

    Runs are joined while they fit, as upstream does, and a run that does not fit is cut between characters.
    """
    if not text or count(text) <= limit:
        return [text] if text else []
    parts: list[str] = []
    for run in _runs(text, limit, count):
        if parts and count(parts[-1] + run) <= limit:
            parts[-1] += run
        else:
            parts.append(run)
    return parts


def _runs(text: str, limit: int, count: Callable[[str], int]) -> Iterator[str]:
    for found in _RUN.finditer(text):
        run = ""
        whole = found[0]
        if found[1] or count(whole) <= limit:
            yield whole
            continue
        for character in whole:
            if run and count(run + character) > limit:
                yield run
                run = ""
            run += character
        yield run
