"""Consent: every mistake of the file has its message, and dates decide."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from tts.indextts2.consent import LARGEST, WARN_DAYS, Consent, parse_consent, read_consent

pytestmark = pytest.mark.unit

TODAY = date(2026, 6, 1)
WHOLE = """\
speaker = "王小明"
given = 2026-03-01
expires = 2027-03-01
purpose = "Answers in the hall"
"""


def _fault(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_consent(text, "anna.toml")
    assert "anna.toml" in caught.value.message
    assert "given" in caught.value.hint
    return caught.value


def test_a_whole_file_is_read(tmp_path: Path):
    file = tmp_path / "anna.toml"
    file.write_text(WHOLE + 'scope = "the hall"\ncontact = "a@example.org"\n', encoding="utf-8")
    assert read_consent(file, TODAY) == Consent(
        speaker="王小明",
        given=date(2026, 3, 1),
        expires=date(2027, 3, 1),
        purpose="Answers in the hall",
        scope="the hall",
        contact="a@example.org",
    )


def test_dates_may_stand_in_quotes_and_a_byte_order_mark_is_no_mistake(tmp_path: Path):
    file = tmp_path / "anna.toml"
    file.write_text(WHOLE.replace("2026-03-01", '"2026-03-01"'), encoding="utf-8-sig")
    assert read_consent(file, TODAY).given == date(2026, 3, 1)


@pytest.mark.parametrize("field", ["speaker", "given", "expires", "purpose"])
def test_each_field_that_is_missing_is_named(field: str):
    text = "".join(line + "\n" for line in WHOLE.splitlines() if not line.startswith(field))
    error = _fault(text)
    assert error.code == "input.consent-fields"
    assert f"{field} is missing" in error.message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('expiry = "2027"', "expiry is unknown, did you mean expires?"),
        ("zzz = 1", "zzz is unknown"),
        ('scope = "  "', "scope is empty"),
        ("scope = 3", "scope"),
        ('contact = "one\\ntwo"', "contact must be one line"),
        ('contact = "\\u001b[2J"', "contact must be one line"),
        (f'scope = "{"x" * 301}"', "scope"),
    ],
)
def test_what_is_more_or_other_is_named(line: str, told: str):
    assert told in _fault(WHOLE + line + "\n").message


@pytest.mark.parametrize(
    "value", ["2026-03-01T10:00:00", "20260301", '"20260301"', '"1 March 2026"', "true", '"2026-02-30"', "[]"]
)
def test_what_is_no_date_is_no_date(value: str):
    assert "given" in _fault(WHOLE.replace("2026-03-01", value)).message


def test_all_mistakes_are_told_at_once():
    told = _fault('speaker = ""\ngiven = 1\n').message
    assert all(field in told for field in ("speaker", "given", "expires", "purpose"))


def test_what_is_no_toml_is_told_with_its_line():
    error = _fault("speaker = \n")
    assert error.code == "input.consent-toml"
    assert "line 1" in error.message


def test_a_file_that_is_not_there_a_folder_and_a_picture_are_unreadable(tmp_path: Path):
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "novel").write_text("#" * (LARGEST + 1))
    for name in ("nowhere", ".", "picture", "novel"):
        with pytest.raises(InputError) as caught:
            read_consent(tmp_path / name, TODAY)
        assert caught.value.code == "input.consent-unreadable"


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2026, 2, 28), "in the future"),
        (date(2026, 3, 1), None),
        (date(2027, 3, 1), None),
        (date(2027, 3, 2), "expired on 2027-03-01"),
    ],
)
def test_it_is_in_force_from_the_first_day_to_the_last(tmp_path: Path, today: date, told: str | None):
    file = tmp_path / "anna.toml"
    file.write_text(WHOLE, encoding="utf-8")
    if told is None:
        read_consent(file, today)
        return
    with pytest.raises(InputError, match=told) as caught:
        read_consent(file, today)
    assert caught.value.code == "input.consent-dates"


def test_one_that_ends_before_it_begins_is_never_in_force():
    consent = parse_consent(WHOLE.replace("2027", "2025"), "x")
    assert "before it is given" in str(consent.fault(date(2025, 6, 1)))


@pytest.mark.parametrize(
    ("left", "told"),
    [(WARN_DAYS + 1, None), (WARN_DAYS, f"in {WARN_DAYS} days"), (1, "tomorrow"), (0, "today")],
)
def test_its_end_is_told_in_time(left: int, told: str | None):
    consent = parse_consent(WHOLE, "x")
    warning = consent.warning(consent.expires - timedelta(left))
    assert warning is None if told is None else told in str(warning)


days = st.dates(date(1990, 1, 1), date(2100, 1, 1))
lines = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=80)


@given(lines, days, days, lines, st.none() | lines)
def test_a_consent_survives_its_way_through_json(
    speaker: str, given: date, expires: date, purpose: str, scope: str | None
):
    consent = Consent(speaker=speaker, given=given, expires=expires, purpose=purpose, scope=scope)
    assert Consent.model_validate_json(consent.model_dump_json()) == consent


@given(days, days, days)
def test_it_is_in_force_exactly_between_its_dates(given: date, expires: date, today: date):
    consent = Consent(speaker="a", given=given, expires=expires, purpose="b")
    assert (consent.fault(today) is None) == (given <= today <= expires)
