"""Situation cards: what a file of cards comes to, and what the shipped ones must hold."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from core.emotion import State
from emotion_policy.decision import Scenario
from emotion_policy.normalise import normalise
from emotion_policy.tokens import tokens
from emotion_policy.training import cards

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
POLICY = ROOT / "emotion_policy"
DEVELOPMENT = ROOT.parent / "shared" / "eval" / "emotion_dev.jsonl"
UNSEEN = ROOT / "tests" / "data" / "emotion_unseen.jsonl"
ROWS = cards.read()
SAYS = 6
"""Tokens from which a sentence is nobody's common property."""

CARD = """
[[card]]
state = "grief"
lang = "zh"
who = "somebody"
tags = ["implied"]
says = ["他的号不用了", "帮我把他的会员退了"]
history = [["user", "你好"], ["assistant", "您好"]]
"""


def spoken(text: str) -> str:
    """What is left of a sentence without its marks."""
    return " ".join(tokens(normalise(text)))


def spoken_in(path: Path) -> set[str]:
    """Every turn of an evaluation set that is long enough to be recognised."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    said = [
        turn["text"] for row in rows for turn in (*row["history"], row) if turn.get("role") != "assistant"
    ]
    return {words for words in map(spoken, said) if len(words.split()) >= SAYS}


def test_a_card_is_one_row_for_each_voice(tmp_path: Path) -> None:
    (tmp_path / "smart_home.toml").write_text(CARD, encoding="utf-8")
    first, second = cards.read(tmp_path)
    assert (first.text, second.text) == ("他的号不用了", "帮我把他的会员退了")
    assert first.card == second.card == "smart_home:1"
    assert (first.state, first.lang, first.scenario) == (State.GRIEF, "zh", "smart-home")
    assert first.history == (("user", "你好"), ("assistant", "您好"))
    assert first.tags == {"implied"}


def test_a_card_may_name_its_site_and_files_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(CARD.replace("tags", 'scenario = "retail"\ntags'), encoding="utf-8")
    (tmp_path / "a.toml").write_text(CARD.replace("tags", 'scenario = "medical"\ntags'), encoding="utf-8")
    assert [row.scenario for row in cards.read(tmp_path)] == ["medical"] * 2 + ["retail"] * 2


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('state = "grief"', 'state = "sad"'),
        ('state = "grief"\n', ""),
        ('lang = "zh"\n', ""),
        ('lang = "zh"', 'lang = "fr"'),
        ('["user", "你好"]', '["customer", "你好"]'),
        ('who = "somebody"', 'scenario = "moon base"'),
        ('[["user", "你好"], ["assistant", "您好"]]', '["你好"]'),
        ("says = ", "said = "),
    ],
)
def test_what_is_no_card_is_an_error_that_names_file_and_number(
    tmp_path: Path, right: str, wrong: str
) -> None:
    broken = CARD.replace(right, wrong)
    assert broken != CARD
    (tmp_path / "retail.toml").write_text(CARD + broken, encoding="utf-8")
    with pytest.raises(ValueError, match=r"retail\.toml, card 2"):
        cards.read(tmp_path)


def test_there_are_some_thousand_written_rows() -> None:
    assert 3_000 <= len(ROWS) <= 5_100
    assert len({row.card for row in ROWS}) >= 1_000


def test_both_languages_all_sites_and_every_state_are_there() -> None:
    languages, sites, states = (
        Counter(getattr(row, name) for row in ROWS) for name in ("lang", "scenario", "state")
    )
    assert languages.keys() == {"zh", "en", "mixed"}
    assert min(languages["zh"], languages["en"]) >= 1_000
    assert sites.keys() == set(get_args(Scenario))
    assert min(sites.values()) >= 500
    assert states.keys() == set(State)
    assert min(states.values()) >= 100


def test_every_state_is_told_in_both_languages_on_every_site() -> None:
    told = defaultdict[tuple[State, Scenario], set[str]](set)
    for row in ROWS:
        told[row.state, row.scenario].add(row.lang)
    assert len(told) == len(State) * len(get_args(Scenario))
    assert {pair for pair, languages in told.items() if not {"zh", "en"} <= languages} == set()


def test_what_makes_detection_hard_is_among_them() -> None:
    tags = Counter(tag for row in ROWS for tag in row.tags)
    for tag in ("negation", "sarcasm", "dialect", "asr_noisy", "keyword_trap", "polite", "elderly", "child"):
        assert tags[tag] >= 30, tag
    assert sum(bool(row.history) for row in ROWS) >= 100


def test_a_history_alternates_and_ends_before_the_customer_speaks() -> None:
    for row in ROWS:
        roles = [role for role, _ in row.history]
        assert all(one != other for one, other in pairwise(roles)), row.card
        assert roles[-1:] in ([], ["assistant"]), row.card


def test_hardly_a_row_says_nothing_and_no_words_are_of_two_states_on_one_site() -> None:
    assert sum(not spoken(row.text) for row in ROWS) <= 3
    states = defaultdict[tuple[str, object, object], set[State]](set)
    for row in ROWS:
        states[spoken(row.text), row.scenario, row.history].add(row.state)
    assert {key[0] for key, found in states.items() if len(found) > 1} == set()


def test_hardly_a_sentence_is_written_twice() -> None:
    counts = Counter(spoken(row.text) for row in ROWS)
    assert sum(count - 1 for count in counts.values()) <= 0.01 * len(ROWS)


@pytest.mark.skipif(not DEVELOPMENT.exists(), reason=f"the shared development set is not at {DEVELOPMENT}")
class TestTheDevelopmentSetIsKeptApart:
    """It judges the model, so nothing of it may be in what the model is made of."""

    def test_no_text_of_it_is_among_the_cards(self) -> None:
        written = {spoken(text) for row in ROWS for text in (row.text, *(said for _, said in row.history))}
        shared = len(written & spoken_in(DEVELOPMENT))
        assert shared == 0, f"{shared} texts of the development set are among the cards"

    def test_no_text_of_it_is_a_cue_an_entry_or_a_term(self) -> None:
        for name in ("cues.toml", "thesaurus.toml", "normalise.toml", "sounds.toml", "openers.toml"):
            held = f" {spoken((POLICY / name).read_text(encoding='utf-8'))} "
            shared = sum(f" {text} " in held for text in spoken_in(DEVELOPMENT))
            assert shared == 0, f"{shared} texts of the development set are in {name}"


def test_the_unseen_set_is_kept_apart_too() -> None:
    written = {spoken(text) for row in ROWS for text in (row.text, *(said for _, said in row.history))}
    shared = len(written & spoken_in(UNSEEN))
    assert shared == 0, f"{shared} texts of the set that nobody tunes on are among the cards"
