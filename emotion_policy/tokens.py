"""Hanzi, words and numbers of a normalised text, in order. Pure.

Marks of punctuation are no tokens, because a recogniser may deliver none; every number is the same token.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|[\u3400-\u9fff]")


def tokens(text: str) -> list[str]:
    """Cut normalised text into Hanzi, words and numbers."""
    return ["0" if token[0].isdigit() else token for token in _TOKEN.findall(text)]
