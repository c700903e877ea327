"""What voices and their emotions may be called: letters of any script, digits, - and _. Pure.

A name becomes a file's name and a tensor's, so nothing in it may lead out of a folder or hide: no dots, no
slashes, no blanks, nothing invisible. Names that look the same are the same (Unicode NFC).
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from core.errors import InputError

LONGEST = 40
"""Characters: at most 160 bytes of UTF-8, which with its ending fits into any file system's 255."""
_LETTERS_AND_DIGITS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})
"""Unicode general categories."""


def check_name(name: str) -> str:
    """The name in its normal form.

    Raises:
        InputError: it is empty, too long, or has other characters.
    """
    normal = unicodedata.normalize("NFC", name)
    if is_name(normal):
        return normal
    raise InputError(
        f"{name!r} cannot be the name of a voice or an emotion",
        code="voice-name",
        hint=f"Take 1 to {LONGEST} letters, digits, - and _, a letter or digit first: anna, 王小明, desk-2.",
    )


def is_name(name: str) -> bool:
    """It is a name, in its normal form."""
    return (
        0 < len(name) <= LONGEST
        and name[0] not in "-_"
        and all(_allowed(character) for character in name)
        and unicodedata.is_normalized("NFC", name)
    )


def _named(value: str) -> str:
    if not is_name(value):
        raise ValueError(f"a name has 1 to {LONGEST} letters, digits, - and _, a letter or digit first")
    return value


Name: TypeAlias = Annotated[str, AfterValidator(_named)]
"""In settings and records."""


def _allowed(character: str) -> bool:
    return character in "-_" or unicodedata.category(character) in _LETTERS_AND_DIGITS
