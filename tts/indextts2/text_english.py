"""How numbers and signs are read in English, for IndexTTS2; what it leaves is read as for the other voice.

The model was trained on text that WeTextProcessing had normalised, so its habits come first: `and` after
hundred, negative for a minus, `the fourth of july , twenty twenty five`, 4o as four o. Pure data, mostly.
"""

from __future__ import annotations

import re

from tts.indextts2.text_protected import PROTECTED, TERM, in_parts
from tts.indextts2.traced import rewritten, traced
from tts.numerals import digits_en, ordinal_en, quantity_en, year_en
from tts.spoken_en import ENGLISH
from tts.spoken_rules import Rule, rule

_N = r"\d{1,3}(?:,\d{3}){1,4}(?!\d)(?:\.\d{1,20})?|\d{1,15}(?:\.\d{1,20})?"
"""A number; bounded, so that no text takes long."""
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_MONTH = (
    r"(?P<m>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_HALF = r"[AaPp](?:\.[Mm]\.(?!\s*$)|\.[Mm]\b|[Mm]\b)"
"""Of the day; a full stop at the text's end stays the sentence's."""
_CURRENCY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yuan", "￥": "yuan"}
_UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "km": "kilometer", "cm": "centimeter",
    "mm": "millimeter", "ml": "milliliter", "mL": "milliliter", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "ms": "millisecond",
    "min": "minute", "mins": "minute", "hr": "hour", "hrs": "hour", "GB": "gigabyte", "MB": "megabyte",
    "TB": "terabyte", "KB": "kilobyte", "km/h": "kilometer per hour", "mph": "mile per hour",
    "kW": "kilowatt", "kWh": "kilowatt hour", "yd": "yard",
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_TITLES = {"Dr": "doctor", "Mr": "Mister", "Mrs": "Misses", "Ms": "Miss", "Mt": "Mount", "Jr": "junior"}
_TENTHS = "zero tens twenties thirties forties fifties sixties seventies eighties nineties"
_DECADES = _TENTHS.split()
_WORD = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen"
    "|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_AND = re.compile(
    rf"\b(hundred|thousand|million) (?=(?:{_WORD})\b(?: (?:{_WORD})\b)?"
    rf"(?! (?:{_WORD}|hundred|thousand|million|billion)\b))"
)
"""Before the last tens and ones of a number."""


def number(text: str) -> str:
    """`1,299.05` as one thousand two hundred and ninety nine point oh five."""
    whole, _, fraction = text.partition(".")
    said = _AND.sub(r"\1 and ", quantity_en(whole))
    return f"{said} point {digits_en(fraction).replace('zero', 'oh')}" if fraction else said


def _bare(m: re.Match[str]) -> str:
    text = m["n"]
    if len(text) > 1 and text[0] == "0" and text.isdigit():
        said = digits_en(text).replace("zero", "oh")
    elif re.fullmatch(r"1[1-9]\d\d|20\d\d", text):
        said = year_en(text)
    else:
        said = number(text)
    before = " " if m.start() and m.string[m.start() - 1].isalnum() else ""
    after = " " if m.end() < len(m.string) and m.string[m.end()].isalnum() else ""
    return before + said + after


def _month_day(m: re.Match[str]) -> str:
    month = next(name for name in _MONTHS if name.startswith(m["m"][:3].lower()))
    year = "" if not m["y"] else f"{' ,' if ',' in m['c'] else ''} {year_en(m['y'])}"
    return f"the {ordinal_en(m['d'])} of {month}{year}"


def _numeric_date(year: str, month: str, day: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"the {ordinal_en(day)} of {_MONTHS[int(month) - 1]} {year_en(year)}"


def _clock(m: re.Match[str]) -> str:
    minute = m["n"]
    half = f" {'AM' if m['p'].strip()[0] in 'aA' else 'PM'}" if m["p"] else ""
    if minute == "00":
        past = "" if half else " o'clock"
    else:
        past = f" o {digits_en(minute[1])}" if minute[0] == "0" else f" {quantity_en(minute)}"
    return quantity_en(m["h"]) + past + half


def _money(m: re.Match[str]) -> str:
    amount = re.sub(r"\.?0+$", "", m["a"]) if "." in m["a"] else m["a"]
    unit = _CURRENCY[m["c"]]
    plural = unit if unit == "yuan" or (amount == "1" and not m["w"]) else unit + "s"
    return f"{number(amount)}{m['w'] or ''} {plural}"


def _measured(m: re.Match[str]) -> str:
    name, _, rest = _UNITS[m["u"]].partition(" ")
    plural = name if m["b"] == "1" and not m["a"] else name + "s"
    if rest == "hour":
        plural, rest = name, rest + ("" if m["b"] == "1" else "s")
    low = f"{number(m['a'])} to " if m["a"] else ""
    return f"{low}{number(m['b'])} {plural}{' ' + rest if rest else ''}"


def _part(text: str) -> str:
    return rewritten(traced(text), ENGLISH_READINGS).text


def _anded(shared: Rule) -> Rule:
    """A rule of the other voice, with the `and` of this one's numbers."""
    pattern, say = shared

    def said(found: re.Match[str]) -> str | None:
        words = say(found)
        return None if words is None else _AND.sub(r"\1 and ", words)

    return pattern, said


ENGLISH_READINGS: tuple[Rule, ...] = (
    *PROTECTED,
    rule(TERM, lambda m: in_parts(m[0], _part)),
    rule(r"\b(?:Dr|Mr|Mrs|Ms|Mt|Jr)\.(?=\s)", lambda m: _TITLES[m[0][:-1]]),
    rule(
        rf"\b{_MONTH} (?P<d>[12]\d|3[01]|[1-9])(?:st|nd|rd|th)?(?!\d|:|\.\d)"
        r"(?:(?P<c>,? )(?P<y>[12]\d{3})(?!\d))?",
        _month_day,
    ),
    rule(
        r"(?<![\d/-])(?P<y>[12]\d{3})([-/])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\d/-])",
        lambda m: _numeric_date(m["y"], m["m"], m["d"]),
    ),
    rule(
        r"(?<![\d/-])(?P<m>\d{1,2})([-/])(?P<d>\d{1,2})\2(?P<y>[12]\d{3})(?![\d/-])",
        lambda m: _numeric_date(m["y"], m["m"], m["d"]),
    ),
    rule(r"(?<![\d:])(?P<h>1?\d|2[0-4]):(?P<n>[0-5]\d)(?![\d:])(?P<p> ?" + _HALF + r")?", _clock),
    rule(r"(?<=[\d ][ap]m)\s?[-–—]\s?(?=\d)", " to ", re.IGNORECASE),
    rule(r"\b(\d{1,2}) ?(?P<p>" + _HALF + r")", lambda m: f"{quantity_en(m[1])} {m['p'][0].upper()}M"),
    rule(rf"(?P<c>[$£€￥¥])(?P<a>{_N})(?P<w> (?:hundred|thousand|million|billion|trillion)\b)?", _money),
    rule(
        r"(?<![\d-])(?:(?<!\w)['’])?(?P<y>(?:[12]\d)?)(?P<d>[1-9])0s\b",
        lambda m: (f"{quantity_en(m['y'])} " if m["y"] else "") + _DECADES[int(m["d"])],
    ),
    rule(rf"(?<![\d.])(?:(?P<a>{_N})\s?[-–~]\s?)?(?P<b>{_N})\s?(?P<u>{_UNIT})(?![A-Za-z/])", _measured),
    rule(r"(?<![\d.])\d+(?:\.\d+){2,}", lambda m: " point ".join(number(part) for part in m[0].split("."))),
    rule(r"\b(?:[A-Z]\.){2,}(?=.)", lambda m: m[0].replace(".", "")),
    rule(r"(?<!=)=(?!=)", " equals "),
    rule(r"(?<=[\w)] )\+(?= [\w(])|(?<=\d)\+(?=\d)", " plus "),
    rule(r"~(?!\d)", "tilde"),
    rule(r"(?<![\w-])-(?=\d)", "negative "),
    *(
        _anded(shared)
        for shared in ENGLISH[:-1]
        if shared[0].pattern not in (r"(?<=[A-Za-z])-?(?P<x>\d{1,2})(?!\d)", r"(?<=[A-Za-z])(?P<x>\d{3,})")
    ),
    rule(rf"(?P<n>{_N})", _bare),
)
