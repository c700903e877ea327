"""The tokenizer's door, and SentencePiece behind it: text as numbered pieces.

`CJK_SPLIT`: every Hanzi, kana or hangul is an item of its own between spaces, and letters are capitals, since
that is how the vocabulary was made. Heavy import: sentencepiece, when a model is opened.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple, Protocol

from core.errors import ModelDamaged, ModelMissing

_log = logging.getLogger(__name__)
_CJK = re.compile(
    r"([\u1100-\u11ff\u2e80-\ua4cf\ua840-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff65-\uffdc\U00020000-\U0002ffff])"
)
"""Blocks of Hanzi, kana, hangul and their marks, by the Unicode standard."""
_ITEM = re.compile(r"\S+")
_SPACE = "▁"
"""SentencePiece's mark for a space; one stands before the first item too."""
_INSTEAD = {
    "@": " AT ", "&": " AND ", "%": " PERCENT ", "+": " PLUS ", "=": " EQUALS ", "!": ".", "?": ".", "…": ".",
    "-": ",", ";": ",", ":": ",", "/": ",", "_": " ", "“": "'", "”": "'",
}  # fmt: skip
"""For a character that a vocabulary lacks."""


class Token(NamedTuple):
    """One piece of a text."""

    piece: str
    id: int
    end: int
    """Characters of the text up to and with the word, or Hanzi, that this piece is of."""


class Tokenizer(Protocol):
    """What the front end needs of a vocabulary; each version of the model has its own."""

    def encode(self, text: str) -> list[Token]:
        """Pieces of a normalised text, in order; never raises for any text."""
        ...


class SentencePieces:
    """The vocabulary of version 2.0, `bpe.model`."""

    def __init__(self, model: Path) -> None:
        """Open the model.

        Raises:
            ModelMissing: there is no such file.
            ModelDamaged: it is no SentencePiece model.
        """
        from sentencepiece import SentencePieceProcessor

        if not model.is_file():
            raise ModelMissing(
                f"the text vocabulary {model} is not there",
                code="indextts2-bpe",
                hint="Copy bpe.model of the IndexTTS-2 checkpoint to that place.",
            )
        try:
            self._model = SentencePieceProcessor(model_file=str(model))
        except Exception as error:
            raise ModelDamaged(
                f"the text vocabulary {model} cannot be read: {error}",
                code="indextts2-bpe",
                hint="Copy bpe.model of the IndexTTS-2 checkpoint again; a file of 130 bytes is no model.",
            ) from error
        self._unknown = self._model.unk_id()
        self._known: dict[str, bool] = {}
        self.unknown: Counter[str] = Counter()
        """Characters without a piece, and how often they were met; each is logged once."""

    @property
    def size(self) -> int:
        """Pieces in the vocabulary: ids are below."""
        return self._model.vocab_size()

    def pieces(self, text: str) -> list[str]:
        """Pieces of a normalised text as it is; none is replaced."""
        return self._model.encode(_clean(cjk_split(text)), out_type=str)

    def ids(self, pieces: list[str]) -> list[int]:
        """Ids of pieces; one that the vocabulary lacks has that of `<unk>`."""
        return [self._model.piece_to_id(piece) for piece in pieces]

    def encode(self, text: str) -> list[Token]:
        """Pieces, with characters that the vocabulary lacks replaced where something is known instead."""
        items, places = _split(text)
        spoken, where = self._replaced(items, places)
        pieces = self._model.encode(spoken, out_type=str)
        ends = [where[item.end() - 1] for item in _ITEM.finditer(spoken)]
        tokens: list[Token] = []
        item = 0
        for piece, number in zip(pieces, self.ids(pieces), strict=True):
            item += piece.count(_SPACE)
            tokens.append(Token(piece, number, ends[min(max(item - 1, 0), len(ends) - 1)]))
        return tokens

    def _replaced(self, items: str, places: list[int]) -> tuple[str, list[int]]:
        lacking = {c: self._instead(c) for c in set(items) if not self._knows(c)}
        if not lacking:
            return items, places
        for c in items:
            if c in lacking:
                self._count(c)
        said = [lacking.get(c, c) for c in items]
        where = [place for place, words in zip(places, said, strict=True) for _ in words]
        return "".join(said), where

    def _knows(self, character: str) -> bool:
        known = self._known.get(character)
        if known is None:
            ids = self._model.encode(_clean(character), out_type=int)
            known = self._known[character] = self._unknown not in ids
        return known

    def _instead(self, character: str) -> str:
        """What is said for a character without a piece: itself, where nothing is known."""
        plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
        for words in (_INSTEAD.get(character, ""), plain):
            if words and all(self._knows(c) for c in words):
                return words
        return _clean(character)

    def _count(self, character: str) -> None:
        if not self.unknown[character]:
            _log.warning("the vocabulary has no piece for %r (U+%04X)", character, ord(character))
        self.unknown[character] += 1


def cjk_split(text: str, *, upper: bool = True) -> str:
    """Every Hanzi, kana or hangul between spaces; `upper` also makes capitals of all letters.

    `你好world` gives `你 好 WORLD`. Blanks at both ends of an item are dropped.
    """
    items = (item.strip() for item in _CJK.split(text.strip()))
    joined = " ".join(item for item in items if item)
    return joined.upper() if upper else joined


def _split(text: str) -> tuple[str, list[int]]:
    """`cjk_split`, and for each of its characters how many of `text` it reaches."""
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for raw in _CJK.split(text):
        start = at + len(raw) - len(raw.lstrip())
        at += len(raw)
        item = raw.strip()
        if not item:
            continue
        if parts:
            parts.append(" ")
            places.append(places[-1])
        for index, character in enumerate(item, start + 1):
            capital = _clean(character).upper()
            parts.append(capital)
            places += [index] * len(capital)
    return "".join(parts), places


def _clean(text: str) -> str:
    """Half a surrogate pair cannot be encoded; a replacement mark stands for it."""
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text
