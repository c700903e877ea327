"""Mandarin for an English acoustic model: a toneless pinyin syllable in, ARPAbet pronunciations out.

The table is `mandarin.toml`; `y` and `w` spellings, and `ju qu xu` (whose u is ü), are undone here. Pure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

_PALATALS: Final = ("j", "q", "x")
_TABLE: Final = Path(__file__).with_name("mandarin.toml")
_INITIALS_LONGEST_FIRST: Final = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sounds:
    initials: dict[str, list[str]]
    finals: dict[str, list[str]]
    syllables: dict[str, list[str]]
    variants_at_most: int


def split_syllable(syllable: str) -> tuple[str, str]:
    """Cut a toneless pinyin syllable (`ü` written `v`) into initial and final: `quan` → `("q", "van")`."""
    initial = next((i for i in _INITIALS_LONGEST_FIRST if syllable.startswith(i)), "")
    final = syllable[len(initial) :]
    if initial in _PALATALS and final.startswith("u"):
        final = "v" + final[1:]
    return initial, final


def pronounce(syllable: str) -> tuple[str, ...]:
    """Spell a syllable in ARPAbet, the most usual variant first.

    Raises:
        KeyError: not a syllable of Standard Chinese.
    """
    sounds = _sounds()
    if syllable in sounds.syllables:
        return tuple(sounds.syllables[syllable])
    initial, final = split_syllable(syllable)
    pairs = product(enumerate(sounds.initials[initial]), enumerate(sounds.finals[final]))
    ranked = sorted(pairs, key=lambda pair: pair[0][0] + pair[1][0])
    return tuple(f"{i} {f}".strip() for (_, i), (_, f) in ranked[: sounds.variants_at_most])


@cache
def _sounds() -> _Sounds:
    table = tomllib.loads(_TABLE.read_text("utf-8"))
    return _Sounds(
        initials=table["initials"],
        finals=table["finals"],
        syllables=table["syllables"],
        variants_at_most=table["variants_at_most"],
    )
