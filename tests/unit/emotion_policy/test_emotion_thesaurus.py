"""Words by meaning: the longest entry counts, both languages come to the same class, and none is out of reach."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy import thesaurus as module
from emotion_policy.normalise import normalise
from emotion_policy.thesaurus import REACH, grams, thesaurus
from emotion_policy.tokens import tokens

pytestmark = pytest.mark.unit

SHEET: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(module.__file__).with_name("thesaurus.toml").read_text(encoding="utf-8")
)
ENTRIES = [
    (name, entry) for name, listed in SHEET.items() for entries in listed.values() for entry in entries
]
ALIKE = (
    ("等了两个小时", "waited for two hours"), ("坏了", "it is broken"), ("退款", "a refund"), ("我很害怕", "i am scared"),
    ("谢谢", "thank you"), ("再见", "goodbye"), ("去世了", "has died"), ("老公", "husband"), ("几点", "what time"), ("迷路了", "i am lost"),
)  # fmt: skip
classes = st.lists(st.sampled_from(sorted(SHEET)), max_size=12)


def read(text: str) -> list[str]:
    return thesaurus().read(tokens(text))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Reads a text by a thesaurus of a few classes."""

    def small(text: str, **classes: list[str]) -> list[str]:
        file = tmp_path / "thesaurus.toml"
        file.write_text(
            "".join(f"[{name}]\nzh = {listed}\n" for name, listed in classes.items()), encoding="utf-8"
        )
        monkeypatch.setattr(module, "_FILE", file)
        return thesaurus.__wrapped__().read(tokens(text))

    return small


def test_the_longest_entry_that_begins_at_a_place_counts_alone(small) -> None:
    assert small("手机店", phone=["手机"], phone_shop=["手机店"], shop=["店"]) == ["phone_shop"]
    assert small("手机和店", phone=["手机"], phone_shop=["手机店"], shop=["店"]) == ["phone", "shop"]


def test_a_longer_entry_that_does_not_fit_gives_way_to_a_shorter_one(small) -> None:
    assert small("手机大商场", phone=["手机"], phone_shop=["手机大商店"]) == ["phone"]


def test_an_english_entry_is_found_by_whole_words(small) -> None:
    assert small("i lost my way home", lost=["lost my way"], way=["way"]) == ["lost"]
    assert small("i lost the way, always", lost=["lost my way"], way=["way"]) == ["way"]


def test_an_entry_of_two_classes_says_both(small) -> None:
    assert small("好", a=["好"], b=["好"]) == ["a", "b"]


def test_words_of_no_class_are_left_out(small) -> None:
    assert small("", a=["好"]) == []
    assert small("坏x7", a=["好"]) == []


def test_every_class_has_words_in_both_languages() -> None:
    assert {
        name for name, listed in SHEET.items() if set(listed) != {"zh", "en"} or not all(listed.values())
    } == set()
    assert len(SHEET) >= 100


def test_no_class_lists_an_entry_twice() -> None:
    assert len(set(ENTRIES)) == len(ENTRIES)


def test_every_entry_can_be_met_in_normalised_text() -> None:
    """A filler, a stutter or an upper-case letter in an entry would be gone before it is looked for."""
    assert [
        pair for pair in ENTRIES if tokens(normalise(pair[1])) != tokens(pair[1]) or not tokens(pair[1])
    ] == []


@given(st.sampled_from(ENTRIES))
def test_every_entry_by_itself_is_of_its_class(pair: tuple[str, str]) -> None:
    name, entry = pair
    assert name in read(entry)


@given(st.sampled_from(sorted(SHEET)), st.data())
def test_both_languages_come_to_the_same_class(name: str, data: st.DataObject) -> None:
    chinese, english = (data.draw(st.sampled_from(SHEET[name][language])) for language in ("zh", "en"))
    assert name in set(read(chinese)) & set(read(english))


@pytest.mark.parametrize(("chinese", "english"), ALIKE)
def test_a_sentence_and_its_translation_share_a_meaning(chinese: str, english: str) -> None:
    assert set(read(chinese)) & set(read(english))


@given(classes)
def test_grams_are_the_classes_and_their_pairs_in_order_within_reach(names: list[str]) -> None:
    pairs = {
        f"k>{names[first]} {names[second]}"
        for first in range(len(names))
        for second in range(first + 1, min(first + 1 + REACH, len(names)))
    }
    assert set(grams(names)) == {f"k>{name}" for name in names} | pairs
