"""A vocabulary of ranks for random weights of version 2.5: bytes, characters and a few English words.

In the published file's format, made from lists alone. Tokens that no text has fill it up, so that ids reach
as far as the embedding does. The same size gives the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from itertools import count, islice
from typing import Final

_WORDS: Final = """
    the and you your is are to of in for we will can please thank good morning welcome how help today number
    seat counter floor opens closes nine five card ready days passport next train airport leaves platform
    minutes follow line left doctor afternoon patience price percent week anything customer
"""
_SPARE: Final = b"\xff"
"""Starts what no text has: it is in no UTF-8."""


def text_ranks(tokens: int) -> bytes:
    """A file of exactly so many ranks, at least 256.

    Printable ASCII comes first, as in the published file, where `!` is 0 and a double quote 1.
    """
    first = [*range(33, 127), *range(33), *range(127, 256)]
    listed = dict.fromkeys(bytes((value,)) for value in first)
    listed |= dict.fromkeys(_merges())
    spare = (_SPARE + str(number).encode() for number in count())
    ranks = islice([*listed, *islice(spare, tokens)], tokens)
    return "".join(f"{base64.b64encode(each).decode()} {rank}\n" for rank, each in enumerate(ranks)).encode()


def _merges() -> Iterator[bytes]:
    """Every token after those that it is merged from."""
    yield from _grown(f" {word}" for word in _WORDS.split())
    yield from _grown(_characters())


def _grown(words: Iterable[str]) -> Iterator[bytes]:
    for word in words:
        whole = word.encode()
        yield from (whole[:end] for end in range(2, len(whole) + 1))


def _characters() -> Iterator[str]:
    """GB 2312's first level: 3755 common characters."""
    for row in range(0xB0, 0xD8):
        for place in range(0xA1, 0xFF):
            character = bytes((row, place)).decode("gb2312", errors="ignore")
            if character:
                yield character
