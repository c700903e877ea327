"""Figures as they are said, in English words and in Hanzi: as a number, and digit by digit. Pure."""

from __future__ import annotations

from typing import Final

from core.text import Language

_ONES: Final = (
    *(
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HANZI: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_LARGEST: Final = 9_999


def spoken(figures: str, language: Language) -> tuple[str, ...]:
    """Write ASCII figures out in every way they are commonly said: as a number, then digit by digit.

    Longer figures than four digits, and those that start with 0, are telephone numbers: digit by digit
    only.
    """
    singly = digits(figures, language)
    if len(figures) > 4 or (figures[0] == "0" and len(figures) > 1):
        return singly
    return tuple(dict.fromkeys((cardinal(int(figures), language), *singly)))


def cardinal(number: int, language: Language) -> str:
    """Write a number of at most four digits in words or Hanzi."""
    if not 0 <= number <= _LARGEST:
        raise ValueError(f"{number} is not within 0-{_LARGEST}")
    return _english(number) if language == "en" else _mandarin(number)


def digits(figures: str, language: Language) -> tuple[str, ...]:
    """Write figures one by one; in Mandarin also with 幺 for one, as telephone numbers are read."""
    if language == "en":
        return (" ".join(_ONES[int(figure)] for figure in figures),)
    plain = "".join(_HANZI[int(figure)] for figure in figures)
    return tuple(dict.fromkeys((plain, plain.replace("一", "幺")))) if len(figures) > 2 else (plain,)


def _english(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    if number < 100:
        return " ".join([_TENS[number // 10], *([_ONES[number % 10]] if number % 10 else [])])
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = [_english(number % size)] if number % size else []
    return " ".join([_english(number // size), name, *rest])


def _mandarin(number: int) -> str:
    if number == 0:
        return _HANZI[0]
    figures = str(number)
    said: list[str] = []
    gap = False
    for place, figure in zip(range(len(figures) - 1, -1, -1), figures, strict=True):
        if figure == "0":
            gap = True
            continue
        if gap:
            said.append(_HANZI[0])
            gap = False
        said.append(_HANZI[int(figure)] + _PLACES[place])
    text = "".join(said)
    return text[1:] if 10 <= number < 20 else text
