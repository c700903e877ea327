"""Spoken-form rules of English: numbers, abbreviations, signs. Pure data, mostly."""

from __future__ import annotations

import re

from tts.numerals import digits_en, ordinal_en, pairs_en, quantity_en, year_en
from tts.spoken_rules import Rule, rule

_N = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_CALENDAR = """
    January February March April May June July August September October November December
"""
_MONTHS = _CALENDAR.split()
_MONTH = r"(?P<m>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)(?:[a-z]*)\.?"
_UNITS = {
    "kg": "kilograms", "g": "grams", "mg": "milligrams", "km": "kilometers", "cm": "centimeters",
    "mm": "millimeters", "m": "meters", "ml": "milliliters", "L": "liters", "lb": "pounds", "lbs": "pounds",
    "GB": "gigabytes", "MB": "megabytes", "Mbps": "megabits per second", "°F": "degrees Fahrenheit",
    "℉": "degrees Fahrenheit", "°C": "degrees Celsius", "℃": "degrees Celsius", "kWh": "kilowatt hours",
    "mph": "miles per hour", "%": "percent", "ft": "feet", "min": "minutes", "hrs": "hours", "x": "times",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_CURRENCY = {
    "$": ("dollar", "cent"),
    "£": ("pound", "penny"),
    "€": ("euro", "cent"),
    "￥": ("yuan", ""),
    "¥": ("yuan", ""),
}
_ABBREVIATIONS = {
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor", "Mt.": "Mount",
    "e.g.": "for example,", "i.e.": "that is,", "vs.": "versus", "etc.": "et cetera", "min.": "minutes",
    "approx.": "approximately", "dept.": "department", "Dept.": "Department", "ext.": "extension",
    "Apt.": "apartment", "Ave.": "Avenue", "Rd.": "Road", "Blvd.": "Boulevard", "appt.": "appointment",
    "hrs.": "hours",
}  # fmt: skip


def _money(m: re.Match[str]) -> str:
    one, small = _CURRENCY[m["c"]]
    whole, _, cents = m["a"].replace(",", "").partition(".")
    plural = one if one == "yuan" else one + "s"
    if m["w"]:
        return f"{quantity_en(m['a'])} {m['w'].strip()} {plural}"
    said = f"{quantity_en(whole)} {one if int(whole) == 1 else plural}"
    if cents.strip("0"):
        pennies = cents.ljust(2, "0")[:2]
        name = small if int(pennies) == 1 else ("pence" if small == "penny" else small + "s")
        said += f" and {quantity_en(pennies)} {name}"
    return said


def _clock(m: re.Match[str]) -> str:
    hour, minute = m["h"], m["n"]
    half = f" {'AM' if m['p'].strip()[0] in 'aA' else 'PM'}" if m["p"] else ""
    if minute == "00":
        said = quantity_en(hour) + ("" if half else " o'clock")
    else:
        past = f"oh {digits_en(minute[1])}" if minute[0] == "0" else quantity_en(minute)
        said = f"{quantity_en(hour)} {past}"
    return said + half + (" to " if m["to"] else "")


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3]))


def _month_day(m: re.Match[str]) -> str:
    year = f", {year_en(m['y'])}" if m["y"] else ""
    return f"{_month(m['m'])} {ordinal_en(m['d'])}{year}"


def _numeric_date(month: str, day: str, year: str) -> str | None:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{_MONTHS[int(month) - 1]} {ordinal_en(day)}, {year_en(year)}"


def _fraction(m: re.Match[str]) -> str | None:
    names = {"2": "half", "3": "third", "4": "quarter"}
    above, below = m["a"], m["b"]
    if (above, below) == ("24", "7"):
        return "twenty four seven"
    if len(below) > 2:
        return None
    name = names.get(below) or ordinal_en(below)
    return f"{quantity_en(above)} {name if above == '1' else ('halves' if below == '2' else name + 's')}"


def _web(m: re.Match[str]) -> str:
    named = {".": " dot ", "-": " dash ", "_": " underscore ", "/": " slash ", "@": " at ", ":": " colon "}
    text = re.sub(r"^https?://", "", m[0])
    return "".join(named.get(c, f" {digits_en(c)} " if c.isdigit() else c) for c in text if c not in "?&=#%")


def _phone(m: re.Match[str]) -> str:
    groups = re.findall(r"\d+", m[0])
    return ", ".join("eight hundred" if group == "800" else digits_en(group) for group in groups)


def _bare(m: re.Match[str]) -> str:
    number = m[0]
    long = (
        "." not in number
        and "," not in number
        and (len(number) >= 5 or (len(number) > 1 and number[0] == "0"))
    )
    return digits_en(number) if long else quantity_en(number)


def _street(m: re.Match[str]) -> str:
    return "Street"


ENGLISH: tuple[Rule, ...] = (
    rule(r"(?:https?://|www\.)[\w./?=&%#:-]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _web, re.ASCII),
    rule(r"(?<![\d$])(?:\+?\d[- .])?(?:\(\d{3}\)|\d{3})[- .]\d{3}[- .]\d{4}(?!\d)", _phone),
    rule(r"(?<![\d$-])\d{3}-\d{4}(?![\d-])", _phone),
    rule(r"\b911\b", "nine one one"),
    rule(r"(?<=[A-Z][a-z] )St\.|(?<=[a-z] )St\.(?= [a-z]|$|,)|(?<=[a-z] )St\.(?=\s*$)", _street),
    rule(r"\bSt\.(?= [A-Z])", "Saint"),
    rule(r"\bSt\.", "Street"),
    rule(r"\bNo\.(?= ?\d)", "number"),
    rule(r"(?:number )(?P<x>#)(?=\d)", ""),
    rule(r"#(?=\d)", "number "),
    *(rule(r"\b" + re.escape(short), long) for short, long in _ABBREVIATIONS.items()),
    rule(rf"\b{_MONTH} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y>(?:19|20)\d\d))?(?!\d)", _month_day),
    rule(
        r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)",
        lambda m: _numeric_date(m["m"], m["d"], m["y"]),
    ),
    rule(
        r"(?<!\d)(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})(?!\d)",
        lambda m: _numeric_date(m["m"], m["d"], m["y"]),
    ),
    rule(
        r"(?<![\d:])(?P<h>\d{1,2}):(?P<n>[0-5]\d)(?!\d)(?P<p> ?[AaPp]\.?[Mm]\b\.?)?"
        r"(?P<to>\s?[-–—]\s?(?=\d))?",
        lambda m: _clock(m) if int(m["h"]) <= 24 else None,
    ),
    rule(r"(?P<a>\d{1,2})(?= ?(?:[AaPp]\.?[Mm]\b))", lambda m: quantity_en(m["a"]) + " "),
    rule(rf"(?P<c>[$£€￥¥])(?P<a>{_N})(?P<w> (?:million|billion|thousand)\b)?", _money),
    rule(
        r"(?:[Rr]oom|[Ss]uite|[Aa]pt\.?|[Ff]light|[Gg]ate|[Bb]us) (?:[A-Z]{1,2} ?)?(?P<x>\d{3,4})(?!\d)",
        lambda m: pairs_en(m["x"]),
    ),
    rule(r"(?<![A-Za-z])[A-Z]{2} (?P<x>\d{2,4})(?!\d)", lambda m: digits_en(m["x"])),
    rule(
        r"(?:ending in|code|passcode|password|PIN|account|card number|order|number is|ID)\b(?: number)?"
        r"(?: is)?:? #?(?P<x>\d{3,})(?!\d)",
        lambda m: digits_en(m["x"]),
    ),
    rule(
        r"(?P<x>[12]\d{2}0s)\b",
        lambda m: year_en(m["x"][:4]).removesuffix("y") + "ies" if m["x"][2] != "0" else None,
    ),
    rule(
        r"(?:in|since|year|of|from|until|by) (?P<x>(?:1[5-9]|20)\d\d)(?![\d,.]\d|\d)",
        lambda m: year_en(m["x"]),
    ),
    rule(r"(?P<a>\d+)(?:st|nd|rd|th)\b", lambda m: ordinal_en(m["a"])),
    rule(
        rf"(?<![\d.])(?P<a>{_N})\s?[-–~]\s?(?P<b>{_N})(?![\d-])",
        lambda m: f"{quantity_en(m['a'])} to {quantity_en(m['b'])}",
    ),
    rule(rf"(?P<a>{_N})\s?(?P<u>{_UNIT})(?![A-Za-z])", lambda m: f"{quantity_en(m['a'])} {_UNITS[m['u']]}"),
    rule(r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,3})(?![\d/])", _fraction),
    rule(
        r"(?<![\d:])(?P<a>\d+):(?P<b>\d+)(?![\d:])",
        lambda m: f"{quantity_en(m['a'])} to {quantity_en(m['b'])}",
    ),
    rule(r"(?<=[A-Za-z])-?(?P<x>\d{1,2})(?!\d)", lambda m: " " + quantity_en(m["x"])),
    rule(r"(?<=[A-Za-z])(?P<x>\d{3,})", lambda m: " " + digits_en(m["x"])),
    rule(r"(?<=[A-Z])&(?=[A-Z])|&", " and "),
    rule(r"(?<!\w)-(?=\d)", "minus "),
    rule(r"@", " at "),
    rule(r"%", " percent"),
    rule(r"\*(?=\S[^*]*\*)|(?<=\S)\*", ""),
    rule(_N, _bare),
)
