"""A speaker's consent to the use of their voice: a short TOML file, strictly checked.

    speaker = "王小明"          # who speaks in the clip
    given   = 2026-03-01       # the day on which they agreed
    expires = 2027-03-01       # the last day on which the voice may be used
    purpose = "Answers at the information kiosks of the service hall"
    scope   = "the hall in Station Road, no advertising"     # may be left out
    contact = "privacy@example.org"                          # may be left out

The same record lies in every voice file, so that a voice tells by itself whether it may still be used.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationError,
)

from core.errors import InputError

WARN_DAYS = 30
"""Days before the last one on which an operator is told: time to ask the speaker again."""
LARGEST = 65_536
"""Bytes of a consent file; a longer one is something else."""
_SHOWN = 60
"""Characters of a wrong value that a message repeats."""
HINT = (
    "A consent file is TOML: speaker, given, expires and purpose, for example "
    'speaker = "Wang Xiaoming", given = 2026-03-01; see tingshuo voice make --help.'
)


def _day(value: object) -> object:
    """A TOML date, or one in quotes; numbers and times of day are not taken for dates."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-03-01")


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


Day = Annotated[date, BeforeValidator(_day)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), AfterValidator(_printable)
]


class Consent(BaseModel):
    """Who agreed, when, to what, and until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    speaker: Line
    """The name of the person who speaks in the clip."""
    given: Day
    """The day on which they agreed."""
    expires: Day
    """The last day on which the voice may be used."""
    purpose: Line
    """What they agreed to."""
    scope: Line | None = None
    """Where, or where not."""
    contact: Line | None = None
    """Whom to ask, or to tell when they take it back."""

    def fault(self, today: date) -> str | None:
        """Why the voice may not be used today; None if it may."""
        if self.expires < self.given:
            return (
                f"the consent of {self.speaker} expires on {self.expires}, before it is given on {self.given}"
            )
        if self.given > today:
            return (
                f"the consent of {self.speaker} is given on {self.given}, which is in the future: "
                f"this machine's date is {today}"
            )
        if self.expires < today:
            return f"the consent of {self.speaker} expired on {self.expires}; today is {today}"
        return None

    def warning(self, today: date) -> str | None:
        """That the consent ends soon; None while there is time."""
        left = (self.expires - today).days
        if left > WARN_DAYS:
            return None
        days = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
        return f"the consent of {self.speaker} ends {days}, on {self.expires}: ask again in time"


def read_consent(path: Path, today: date) -> Consent:
    """The consent that a file records, in force today.

    Raises:
        InputError: it cannot be read, has mistakes (all are told), lies in the future or has expired.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"the consent {path} cannot be read: {error.strerror}", code="consent-unreadable", hint=HINT
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"the consent {path} is not UTF-8 text: {error}", code="consent-unreadable", hint=HINT
        ) from error
    if len(content) > LARGEST:
        raise InputError(
            f"the consent {path} is longer than {LARGEST} bytes", code="consent-unreadable", hint=HINT
        )
    consent = parse_consent(text, str(path))
    fault = consent.fault(today)
    if fault is not None:
        raise InputError(
            f"{path}: {fault}", code="consent-dates", hint="A voice needs a consent that is in force today."
        )
    return consent


def parse_consent(text: str, name: str) -> Consent:
    """The consent that a text records, whatever its dates.

    Raises:
        InputError: it is not TOML, or fields are missing, unknown or of the wrong kind.
    """
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the consent {name} is not valid TOML: {error}", code="consent-toml", hint=HINT
        ) from error
    try:
        return Consent.model_validate(tree)
    except ValidationError as error:
        faults = "; ".join(_told(fault) for fault in error.errors())
        raise InputError(
            f"the consent {name} is not complete: {faults}", code="consent-fields", hint=HINT
        ) from error


def _told(fault: Any) -> str:
    field = str(fault["loc"][0])
    match fault["type"]:
        case "missing":
            return f"{field} is missing"
        case "extra_forbidden":
            close = difflib.get_close_matches(field, Consent.model_fields, n=1, cutoff=0.5)
            return f"{field} is unknown" + (f", did you mean {close[0]}?" if close else "")
        case "string_too_short":
            return f"{field} is empty"
        case _:
            value = repr(fault["input"])
            shown = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
            return f"{field} {fault['msg'].removeprefix('Value error, ').lower()}, not {shown}"
