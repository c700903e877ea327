"""Pinyin with a tone number, by which a writer fixes a reading: `chong2`, `lü4`, `JU3`. Pure."""

from __future__ import annotations

import re

_FINALS = """
    a o e i u ü v ai ei ao ou ia ie iu ua uo ue üe ve ui uai iao
    an en in un vn ün ang eng ing ong ian uan üan van iang uang iong
"""
"""Of Hanyu Pinyin, with v beside ü; syllables that begin with a vowel are finals with no initial."""
_INITIALS = "[zcs]h|[bpmfdtnlgkhjqxrzcsyw]"
SYLLABLE = rf"(?:(?:{_INITIALS})?(?:{'|'.join(sorted(_FINALS.split(), key=len, reverse=True))})|ng|er)"
TOKEN = re.compile(rf"(?<![A-Za-z]){SYLLABLE}[1-5]", re.IGNORECASE)
"""A syllable and its tone; Latin letters before it would make it a part of a word (`beta1`)."""
WHOLE_TOKEN = re.compile(
    rf"(?<![A-Za-z\d])(?!(?-i:[A-Z])\d|[zcsdtngkhjqx]h?o\d|v\d){SYLLABLE}[1-5](?!\d|\.\d|[A-Za-z])",
    re.IGNORECASE,
)
"""One that stands alone and is a syllable: no version (`v2.3`), part (`a10`), paper (`A4`) or `CO2`."""
_UMLAUT = re.compile(r"^([jqx])[uü]", re.IGNORECASE)


def corrected(token: str) -> str:
    """The spelling that the model was trained with: after j, q and x the vowel is v, in capitals.

    `ju4` gives JV4, `xün2` XVN2, `jiong3` JIONG3; other syllables stay as they are (a later step makes
    capitals of all letters).
    """
    return _UMLAUT.sub(r"\1v", token).upper() if token[:1].lower() in ("j", "q", "x") else token
