"""English words: the dictionary, compounds, guesses from letters, and figures as words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr import english
from asr.numerals import cardinal, digits, spoken

pytestmark = pytest.mark.unit

KNOWN = {"tooth": ("T UW TH",), "ache": ("EY K",), "to": ("T UW",), "get": ("G EH T",), "her": ("HH ER",)}
# fmt: off
PHONES = frozenset([
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
])
# fmt: on


def test_the_dictionary_gives_all_variants_of_wanted_words_only(tmp_path: Path) -> None:
    dictionary = tmp_path / "words.dict"
    dictionary.write_text("a AH\na(2) EY\nlead L EH D\nlead(2) L IY D\nzoo Z UW\n", "utf-8")
    assert english.look_up(dictionary, ["a", "lead"]) == {"a": ("AH", "EY"), "lead": ("L EH D", "L IY D")}


def test_halves_of_compounds_are_looked_up_too(tmp_path: Path) -> None:
    dictionary = tmp_path / "words.dict"
    dictionary.write_text("ache EY K\ntooth T UW TH\n", "utf-8")
    assert english.pronounce("toothache", english.look_up(dictionary, ["toothache"])) == (
        ("T UW TH EY K",),
        False,
    )


def test_a_known_word_is_not_guessed() -> None:
    assert english.pronounce("tooth", KNOWN) == (("T UW TH",), False)


def test_derived_words_keep_their_stem() -> None:
    assert english.pronounce("unache", KNOWN) == (("AH N EY K",), False)
    assert english.pronounce("redo", {"do": ("D UW",)})[1] is True


def test_short_words_do_not_make_compounds() -> None:
    assert english.pronounce("together", KNOWN)[1] is True


@pytest.mark.parametrize(
    ("word", "phones"),
    [("tongwei", "T AA NG W EY"), ("station", "S T AE SH AH N"), ("knight", "N AY T"), ("phone", "F AA N")],
)
def test_letters_are_read_by_rule(word: str, phones: str) -> None:
    assert phones in english.guess(word)


def test_abbreviations_are_spelled_out() -> None:
    assert english.guess("bmw") == ("B IY EH M D AH B AH L Y UW",)
    assert "EY AY" in english.guess("ai")


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_any_word_with_a_letter_gets_valid_phones(word: str) -> None:
    variants = english.guess(word)
    assert bool(variants) == any(c.isalpha() for c in word)
    assert all(variant and set(variant.split()) <= PHONES for variant in variants)


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        (0, "zero", "零"),
        (10, "ten", "十"),
        (12, "twelve", "十二"),
        (20, "twenty", "二十"),
        (45, "forty five", "四十五"),
        (105, "one hundred five", "一百零五"),
        (110, "one hundred ten", "一百一十"),
        (1005, "one thousand five", "一千零五"),
        (1050, "one thousand fifty", "一千零五十"),
        (9999, "nine thousand nine hundred ninety nine", "九千九百九十九"),
    ],
)
def test_numbers_are_said(number: int, en: str, zh: str) -> None:
    assert cardinal(number, "en") == en
    assert cardinal(number, "zh") == zh


def test_telephone_numbers_are_read_digit_by_digit() -> None:
    assert spoken("12345", "zh") == ("一二三四五", "幺二三四五")
    assert spoken("007", "en") == ("zero zero seven",)
    assert digits("11", "zh") == ("一一",)


def test_numbers_out_of_reach_are_refused() -> None:
    with pytest.raises(ValueError, match="10000"):
        cardinal(10_000, "en")


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_different_numbers_sound_different(one: int, other: int) -> None:
    for language in ("en", "zh"):
        assert (cardinal(one, language) == cardinal(other, language)) == (one == other)


@given(st.from_regex(r"[0-9]{1,12}", fullmatch=True))
def test_figures_always_have_a_reading_without_figures(figures: str) -> None:
    for language in ("en", "zh"):
        readings = spoken(figures, language)
        assert readings
        assert not any(c.isdigit() and c.isascii() for reading in readings for c in reading)
