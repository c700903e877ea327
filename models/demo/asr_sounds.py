"""What a text sounds like, for the CTC head: Mandarin initials, finals and tones, English pieces.

Few classes make the head cheap, and sounds instead of hanzi teach the encoder to hear rather than to guess.
English keeps the tokens of the vocabulary: its letters would be more than the encoder has positions for in
quick speech.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pypinyin import Style, lazy_pinyin
from tokenizers import Tokenizer

from models.demo.sentences import Language

_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s"
_FINALS = (
    "a o e ê i u v ai ei ao ou an en ang eng er ia ie iao iou ian in iang ing iong io "
    "ua uo uai uei uan uen uang ueng ong ve van vn n"
)
_TONES = "1 2 3 4 5"
_NAMES = dict.fromkeys(" ".join((_INITIALS, _FINALS, _TONES)).split())
_CLASS = {name: number for number, name in enumerate(_NAMES, 1)}  # 0 is CTC's blank
_ENGLISH = re.compile("Ġ?[a-z]+|Ġ")  # as byte-level BPE writes it: Ġ is a space


class Sounds:
    """The classes of texts, for one tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        vocabulary = tokenizer.get_vocab()
        pieces = sorted(number for symbol, number in vocabulary.items() if _ENGLISH.fullmatch(symbol))
        self._piece = {token: number for number, token in enumerate(pieces, len(_CLASS) + 1)}
        self.classes = len(_CLASS) + len(pieces) + 1

    def of(self, language: Language, text: str, tokens: list[int]) -> list[int]:
        """The classes of a text in order; `tokens` are its ids in the vocabulary."""
        if language == "zh":
            return list(_mandarin(text))
        return [self._piece[token] for token in tokens if token in self._piece]


@lru_cache(maxsize=100_000)
def _mandarin(text: str) -> tuple[int, ...]:
    initials = lazy_pinyin(text, style=Style.INITIALS, strict=True)
    finals = lazy_pinyin(
        text, style=Style.FINALS_TONE3, strict=True, neutral_tone_with_five=True, tone_sandhi=True
    )
    names: list[str] = []
    for initial, final in zip(initials, finals, strict=True):
        names += [initial, final[:-1], final[-1:]]
    return tuple(_CLASS[name] for name in names if name in _CLASS)
