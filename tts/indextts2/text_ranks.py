"""The text vocabulary of version 2.5: byte pairs merged by rank, and special tokens numbered behind them.

The file is one of tiktoken's kind: a line for each token, its bytes in base64 and its rank, which is its id.
A text is cut into words of letters, of digits and of signs, each with the blank before it; a word's bytes
are merged, the lowest rank first (Sennrich et al. 2016), as far as the file goes. Pure but for the file.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from core.errors import ModelDamaged, ModelMissing
from core.text import Language
from tts.indextts2.text_tokens import Token

LANGUAGE_ROWS: Final[Mapping[Language, int]] = {"en": 0, "zh": 1}
"""Place of a language among the model's: of its tag, and its row of the language table (upstream's order)."""
SPECIALS: Final = 1673
"""Special tokens behind the ranks: 2, 99 languages, 21 of other tasks, 30 free, 20 sounds, 1501 times."""
SOUNDS_MARK: Final = "\ue001"
HANZI_MARK: Final = "\ue002"
"""Stand for the special tokens around phonemes, and around pinyin. No text can spell them: private-use
characters do not get through the normaliser."""
_FIRST_TAG: Final = 2
_SPECIAL_OF: Final = {SOUNDS_MARK: 122, HANZI_MARK: 123}
"""Places behind the ranks: upstream's SPECIAL_TOKEN_1 and SPECIAL_TOKEN_2, by its order."""
_LARGEST: Final = 16 << 20
"""Bytes; the released file has 0.9 million."""
_BLANKS: Final = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(code) for code in range(0x2000, 0x200B)
}
"""White_Space of the Unicode standard."""
_CONTRACTION: Final = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
_WORD: Final = re.compile(r" ?L{1,400}| ?N{1,400}| ?O{1,400}|[ B]+(?![LNO])|[ B]+")
"""Over kinds of characters, see `_kind`: GPT-2's way of cutting a text into words, none of them endless."""
_Decoder: Final = codecs.getincrementaldecoder("utf-8")
_MARK: Final = re.compile(f"([{SOUNDS_MARK}{HANZI_MARK}])")


class RankedTokens:
    """One vocabulary, opened."""

    def __init__(self, file: Path) -> None:
        """Open the file.

        Raises:
            ModelMissing: there is no such file.
            ModelDamaged: it is no file of ranks, or not whole.
        """
        self._ranks = _read(file)

    @property
    def size(self) -> int:
        """Ids are below: ranks and special tokens."""
        return len(self._ranks) + SPECIALS

    def encode(self, text: str, language: Language) -> list[Token]:
        """The language's tag, then a normalised text with a blank before it; never raises for any text.

        A piece is the characters that its token completes, so that all pieces together are the text; that of
        a tag, of a mark, and of a token that ends within a character is empty.
        """
        tag = Token("", len(self._ranks) + _FIRST_TAG + LANGUAGE_ROWS[language], 0)
        return [tag, *self._tokens(f" {text}")]

    def count(self, text: str) -> int:
        """Tokens of a normalised text by itself."""
        return sum(1 for _ in self._tokens(text))

    def _tokens(self, text: str) -> Iterator[Token]:
        at = -1  # the blank before the text is none of its characters
        for stretch in _MARK.split(text.encode("utf-8", "replace").decode()):
            if stretch in _SPECIAL_OF:
                at += 1
                yield Token("", len(self._ranks) + _SPECIAL_OF[stretch], at)
                continue
            for word in _words(stretch):
                yield from self._of_word(word, at)
                at += len(word)

    def _of_word(self, word: str, at: int) -> Iterator[Token]:
        """Tokens of one word that begins at a character of the text.

        Each reaches the word's end; in a word of other than ASCII characters, that of its own character.
        """
        whole, decoder = word.encode(), _Decoder()
        done = said = 0  # bytes and characters
        for rank, size in _merged(whole, self._ranks):
            piece = decoder.decode(whole[done : done + size])
            done, said = done + size, said + len(piece)
            reached = len(word) if word.isascii() else said + (not piece)
            yield Token(piece, rank, max(0, at + reached))


def _merged(word: bytes, ranks: Mapping[bytes, int]) -> Iterator[tuple[int, int]]:
    """Rank and number of bytes of each token of a word."""
    if word in ranks:
        yield ranks[word], len(word)
        return
    never = len(ranks)
    parts = [word[i : i + 1] for i in range(len(word))]
    joins = [ranks.get(a + b, never) for a, b in pairwise(parts)]
    while joins and (best := min(joins)) < never:
        i = joins.index(best)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
        del joins[i]
        for j in (i - 1, i):
            if 0 <= j < len(joins):
                joins[j] = ranks.get(parts[j] + parts[j + 1], never)
    for part in parts:
        yield ranks[part], len(part)


def _words(text: str) -> Iterator[str]:
    kinds = "".join(map(_kind, text))
    at = 0
    while at < len(text):
        found = _CONTRACTION.match(text, at) or _WORD.match(kinds, at)
        assert found is not None, "every kind is in some word"
        yield text[at : found.end()]
        at = found.end()


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    """A letter, a number, a blank that is no space, a space, or another."""
    if character == " ":
        return " "
    if character in _BLANKS:
        return "B"
    kind = unicodedata.category(character)[0]
    return kind if kind in "LN" else "O"


def _read(file: Path) -> dict[bytes, int]:
    try:
        with file.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except OSError as error:
        raise ModelMissing(
            f"the text vocabulary {file} cannot be read: {error.strerror}",
            code="indextts2-vocabulary",
            hint="Copy the .tiktoken file of the IndexTTS-2.5 checkpoint to that place.",
        ) from error
    if len(raw) > _LARGEST:
        raise _damaged(file, f"it is larger than {_LARGEST >> 20} MB")
    try:
        ranks = dict(_entry(line) for line in raw.splitlines() if line.strip())
    except (ValueError, binascii.Error) as error:
        raise _damaged(file, "a line is not base64 and a number") from error
    if sorted(ranks.values()) != list(range(len(ranks))):
        raise _damaged(file, "its ranks are not 0, 1, 2, ...")
    if any(bytes((value,)) not in ranks for value in range(256)):
        raise _damaged(file, "it lacks single bytes")
    return ranks


def _entry(line: bytes) -> tuple[bytes, int]:
    """A token's bytes and its rank; a lone `=` is a token of no bytes, which no text has."""
    token, rank = line.split()
    return b"" if token == b"=" else base64.b64decode(token, validate=True), int(rank)


def _damaged(file: Path, fault: str) -> ModelDamaged:
    return ModelDamaged(
        f"the text vocabulary {file} cannot be used: {fault}",
        code="indextts2-vocabulary",
        hint="Copy the .tiktoken file of the IndexTTS-2.5 checkpoint again.",
    )
