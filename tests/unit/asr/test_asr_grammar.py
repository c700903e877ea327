"""Sentences become readings, and readings a tree that says them and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.grammar import END, START, Reading, compile_grammar, language_of, read, tree

pytestmark = pytest.mark.unit

WORDS = st.sampled_from(["a", "b", "c", "zh:ni", "zh:hao"])
READINGS = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(tuple), min_size=1, max_size=12)


def spell(hanzi: str) -> list[str]:
    """Every Hanzi its own syllable, by code point."""
    return [f"u{ord(c):x}" for c in hanzi]


def sounds(hanzi: str) -> tuple[str, ...]:
    return tuple(f"zh:{syllable}" for syllable in spell(hanzi))


def accepted(readings: list[Reading]) -> set[Reading]:
    """Walk the tree from start to end in every way."""
    steps: dict[int, list[tuple[int, str]]] = {}
    for start, stop, _, *word in tree(readings):
        steps.setdefault(start, []).append((stop, word[0] if word else ""))
    found: set[Reading] = set()

    def walk(state: int, said: Reading) -> None:
        if state == END:
            found.add(said)
        for stop, word in steps.get(state, []):
            walk(stop, (*said, word) if word else said)

    walk(START, ())
    return found


@given(READINGS)
def test_the_tree_says_its_readings_and_nothing_else(readings: list[Reading]) -> None:
    assert accepted(readings) == set(readings)


@given(READINGS)
def test_no_state_offers_a_word_twice(readings: list[Reading]) -> None:
    offered = [(start, tuple(word)) for start, _, _, *word in tree(readings) if word]
    assert len(offered) == len(set(offered))


def test_marks_are_silent_and_case_is_not_heard() -> None:
    assert read("What's your address?", spell) == (("what's", "your", "address"),)
    assert read("你好，请问！", spell) == ((*sounds("你好"), *sounds("请问")),)
    assert read("don’t", spell) == (("don't",),)


def test_figures_are_said_in_the_language_of_the_sentence() -> None:
    assert read("line 12", spell) == (("line", "twelve"), ("line", "one", "two"))
    assert read("去2号线", spell) == ((*sounds("去"), *sounds("二"), *sounds("号线")),)


def test_mixed_sentences_keep_their_order() -> None:
    assert read("我的ATM卡", spell) == ((*sounds("我的"), "atm", *sounds("卡")),)
    assert language_of(read("我的ATM卡", spell)[0]) == "zh"
    assert language_of(("where", "is", "it")) == "en"


def test_telephone_numbers_do_not_explode() -> None:
    assert len(read("call 1 2 3 4 5 6 7 8 or 12 34 56", spell)) <= 8


def test_sentences_that_sound_the_same_are_heard_as_the_first() -> None:
    grammar = compile_grammar(["Stop!", "stop", "go"], spell)
    assert grammar.sentences == {("stop",): "Stop!", ("go",): "go"}
    assert grammar.shadowed == (("stop", "Stop!"),)


def test_sentences_without_words_are_named() -> None:
    assert compile_grammar(["？！", "", "go"], spell).unread == ("？！", "")


def test_dropping_a_word_drops_its_sentences_only() -> None:
    grammar = compile_grammar(["go home", "go away", "stop"], spell).without(["home"])
    assert set(grammar.sentences.values()) == {"go away", "stop"}
    assert grammar.unread == ("go home",)


@given(st.lists(st.text(max_size=20), max_size=8))
def test_every_sentence_is_read_shadowed_or_named(sentences: list[str]) -> None:
    grammar = compile_grammar(sentences, spell)
    accounted = {
        *grammar.sentences.values(),
        *grammar.unread,
        *(left_out for left_out, _ in grammar.shadowed),
    }
    assert accounted == set(sentences)
    assert all(word and not word.isspace() for word in grammar.words)


@given(st.text(max_size=30))
def test_readings_never_hold_white_space(sentence: str) -> None:
    for reading in read(sentence, spell):
        assert all(not any(c.isspace() or c in "()" for c in word) for word in reading)


def test_beginnings_are_shared() -> None:
    shared = [s for s in tree([("where", "is", "a"), ("where", "is", "b")]) if len(s) == 4]
    assert [step[3] for step in shared] == ["where", "is", "a", "b"]
