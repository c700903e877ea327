"""Every syllable of Standard Chinese has an English spelling, and no two series collapse by accident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from asr.mandarin import pronounce, split_syllable

pytestmark = pytest.mark.unit

# fmt: off
ARPABET = frozenset([
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
])
# fmt: on
GB2312_LEVEL_1 = [
    bytes((row + 0xA0, cell + 0xA0)).decode("gb2312")
    for row in range(16, 56)
    for cell in range(1, 95)
    if (row, cell) <= (55, 89)
]


def test_every_common_hanzi_can_be_pronounced() -> None:
    assert len(GB2312_LEVEL_1) == 3755
    for hanzi in GB2312_LEVEL_1:
        (syllable,) = lazy_pinyin(hanzi)
        assert pronounce(syllable), f"{hanzi} {syllable}"


@given(st.sampled_from(GB2312_LEVEL_1))
def test_pronunciations_are_few_distinct_and_in_the_acoustic_models_alphabet(hanzi: str) -> None:
    variants = pronounce(lazy_pinyin(hanzi)[0])
    assert 1 <= len(variants) <= 4
    assert len(set(variants)) == len(variants)
    assert all(set(variant.split()) <= ARPABET and variant.split() for variant in variants)


@pytest.mark.parametrize(
    ("syllable", "parts"),
    [
        ("zhuang", ("zh", "uang")),
        ("quan", ("q", "van")),
        ("ju", ("j", "v")),
        ("lv", ("l", "v")),
        ("lu", ("l", "u")),
        ("an", ("", "an")),
        ("shi", ("sh", "i")),
        ("niu", ("n", "iu")),
    ],
)
def test_syllables_are_cut_into_initial_and_final(syllable: str, parts: tuple[str, str]) -> None:
    assert split_syllable(syllable) == parts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ba", "pa"),
        ("ban", "bang"),
        ("si", "shi"),
        ("si", "xi"),
        ("nan", "lan"),
        ("lu", "lou"),
        ("jin", "jing"),
        ("zi", "zhi"),
    ],
)
def test_contrasting_syllables_differ_in_their_usual_variant(one: str, other: str) -> None:
    assert pronounce(one)[0] != pronounce(other)[0]


def test_an_unknown_syllable_is_an_error() -> None:
    with pytest.raises(KeyError):
        pronounce("thwack")
