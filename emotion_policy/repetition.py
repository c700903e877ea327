"""Whether a customer asks the same thing again, in the same or nearly the same words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

ALIKE = 0.7
"""Dice coefficient of letter pairs from which two turns ask the same."""
SHORTEST = 4
"""Hanzi, or half as many words more, of a turn that can be a repetition: "嗯" and "yes" are answers."""
_PIECE = re.compile(r"[a-z0-9']+|[\u3400-\u9fff]")


def asked_again(text: str, earlier: Iterable[str]) -> bool:
    """Compare a normalised turn with normalised earlier ones."""
    pairs = _pairs(text)
    return bool(pairs) and any(_alike(pairs, _pairs(other)) for other in earlier)


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    """Neighbouring Hanzi and words; none of a text that is too short."""
    pieces = _PIECE.findall(text)
    weight = sum(1.5 if piece.isascii() else 1.0 for piece in pieces)
    return frozenset(pairwise(pieces)) if weight >= SHORTEST else frozenset()


def _alike(one: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    return 2 * len(one & other) >= ALIKE * (len(one) + len(other)) > 0
