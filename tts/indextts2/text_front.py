"""From a sentence as written to the segments of token ids that the model speaks one by one.

In: a text. Out: segments, each with how far into the text it reaches. Knows the tokenizer by its protocol
only; sounds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.text import Language
from tts.indextts2.glossary import Glossary
from tts.indextts2.text_normal import normalised
from tts.indextts2.text_segments import DEFAULT_LIMIT, segment_sizes
from tts.indextts2.text_tokens import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSegment:
    """What is spoken in one go."""

    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    """Below the vocabulary's size; the model's own start and stop marks are not among them. In version 2.5
    the numbers of those marks are characters."""
    reached: tuple[int, ...]
    """For each piece, how many characters of the written text are said once it sounds; never falling."""
    language: Language | None = None
    """What version 2.5 is told; version 2.0 finds out by itself."""

    @property
    def characters(self) -> int:
        """Characters of the written text that are said at the segment's end."""
        return self.reached[-1]


class TextFront:
    """Normaliser, tokenizer and segmenter, in this order."""

    def __init__(self, tokenizer: Tokenizer, glossary: Glossary | None = None) -> None:
        """Take the vocabulary of the model, and the owner's readings if any."""
        self._tokenizer = tokenizer
        self._glossary = glossary or Glossary()

    def segments(
        self,
        written: str,
        *,
        reply: Language | None = None,
        limit: int = DEFAULT_LIMIT,
        quick_streaming: int = 0,
    ) -> list[TextSegment]:
        """Segments of a sentence, in order; none where nothing can be said.

        Args:
            written: any text.
            reply: the language of the reply that it is a part of; see `normalised`.
            limit: pieces in a segment, at most.
            quick_streaming: pieces at the start within which segments are kept half as long.
        """
        text = normalised(written, self._glossary, reply)
        tokens = self._tokenizer.encode(text.text)
        pieces = [token.piece for token in tokens]
        found: list[TextSegment] = []
        at = 0
        for size in segment_sizes(pieces, limit, quick_streaming):
            part = tokens[at : at + size]
            at += size
            reached = [text.reached[token.end - 1] if token.end else 0 for token in part]
            if at == len(tokens):
                reached[-1] = len(written)
            found.append(
                TextSegment(
                    pieces=tuple(pieces[at - size : at]),
                    ids=tuple(token.id for token in part),
                    reached=tuple(reached),
                )
            )
        return found
