"""Numbers as words, in Mandarin and English. Pure; digits in, words out."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_TENS = ("", "十", "百", "千")
_MYRIADS = ("", "万", "亿", "万亿")

_COUNTING = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
_ONES = _COUNTING.split()
_DECADES = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def digits_zh(text: str, one: str = "一") -> str:
    """Digit by digit; `one` is 幺 where a clerk would say so. Other characters stay."""
    return "".join((one if c == "1" else _DIGITS[int(c)]) if c in "0123456789" else c for c in text)


def quantity_zh(text: str) -> str:
    """`1,280.50` as 一千二百八十点五零; beyond 16 digits, digit by digit."""
    whole, _, fraction = text.replace(",", "").partition(".")
    spoken = _whole_zh(whole)
    return f"{spoken}点{digits_zh(fraction)}" if fraction else spoken


def _whole_zh(whole: str) -> str:
    number = int(whole or "0")
    if number == 0:
        return "零"
    if number >= 10**16:
        return digits_zh(whole)
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    spoken, gap = "", False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if group:
            spoken += ("零" if spoken and (gap or group < 1000) else "") + _group_zh(group) + _MYRIADS[index]
        gap = not group or (gap and not group)
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _group_zh(group: int) -> str:
    spoken, zero = "", False
    for power in range(3, -1, -1):
        digit = group // 10**power % 10
        if digit:
            spoken += ("零" if zero and spoken else "") + _DIGITS[digit] + _TENS[power]
            zero = False
        else:
            zero = True
    return spoken


def digits_en(text: str) -> str:
    """Digit by digit: `6217` as six two one seven."""
    return " ".join(_ONES[int(c)] for c in text if c in "0123456789")


def quantity_en(text: str) -> str:
    """`1,280.5` as one thousand two hundred eighty point five."""
    whole, _, fraction = text.replace(",", "").partition(".")
    spoken = _whole_en(int(whole or "0"))
    return f"{spoken} point {digits_en(fraction)}" if fraction else spoken


def _whole_en(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _DECADES[tens] + (f" {_ONES[rest]}" if rest else "")
    if number >= 10**12:
        return digits_en(str(number))
    size, name = next(scale for scale in _SCALES if number >= scale[0])
    count, rest = divmod(number, size)
    return f"{_whole_en(count)} {name}" + (f" {_whole_en(rest)}" if rest else "")


def ordinal_en(text: str) -> str:
    """`21` as twenty first."""
    *front, last = quantity_en(text).split()
    regular = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    last = _ORDINALS.get(last, regular)
    return " ".join((*front, last))


def pairs_en(text: str) -> str:
    """Rooms, years, flights: `1203` as twelve oh three, `1900` as nineteen hundred."""
    if len(text) not in (3, 4) or text.startswith("0"):
        return digits_en(text)
    front, back = text[:-2], text[-2:]
    if back == "00":
        return f"{quantity_en(front)} hundred"
    return f"{quantity_en(front)} " + (f"oh {digits_en(back[1])}" if back[0] == "0" else quantity_en(back))


def year_en(text: str) -> str:
    """`2026` as twenty twenty six, `2005` as two thousand five."""
    return quantity_en(text) if text.startswith("200") else pairs_en(text)
