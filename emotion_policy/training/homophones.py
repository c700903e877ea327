"""Write `syllables.toml`: which common Hanzi share a toneless syllable with a term of `sounds.toml`.

Readings come from pypinyin; the candidates are the 3,755 Hanzi of the first level of GB 2312.
"""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict

from pypinyin import lazy_pinyin

from emotion_policy.sounds import SYLLABLES, TERMS

_HEADER = (
    "# Made by `python -m emotion_policy.training.homophones`: toneless syllable, Hanzi that are read so.\n"
)


def main() -> int:
    with TERMS.open("rb") as file:
        terms = [term for listed in tomllib.load(file)["terms"].values() for term in listed]
    in_terms: dict[str, str] = {}
    for term in terms:
        for character, syllable in zip(term, lazy_pinyin(term), strict=True):
            in_terms.setdefault(character, syllable)
    alike: dict[str, set[str]] = defaultdict(set)
    for character, syllable in in_terms.items():
        alike[syllable].add(character)
    for character in common():
        (syllable,) = lazy_pinyin(character)
        if syllable in alike and character not in in_terms:
            alike[syllable].add(character)
    lines = (f'{syllable} = "{"".join(sorted(alike[syllable]))}"\n' for syllable in sorted(alike))
    SYLLABLES.write_text(_HEADER + "".join(lines), encoding="utf-8")
    sys.stderr.write(f"wrote {SYLLABLES.name}: {len(alike)} syllables\n")
    return 0


def common() -> list[str]:
    """The first level of GB 2312: rows 16 to 55 of its table."""
    cells = (bytes([row + 0xA0, cell + 0xA0]) for row in range(16, 56) for cell in range(1, 95))
    return [character for cell in cells for character in cell.decode("gb2312", errors="ignore")]


if __name__ == "__main__":
    raise SystemExit(main())
