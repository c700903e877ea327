"""Rows made out of rows: the same whatever the order, true to their label, and different where it matters."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy.normalise import normalise
from emotion_policy.sounds import alike
from emotion_policy.tokens import tokens
from emotion_policy.training import cards
from emotion_policy.training import variants as module
from emotion_policy.training.cards import Row
from emotion_policy.training.variants import variants

pytestmark = pytest.mark.unit

WRITTEN = cards.read()
MADE = variants(WRITTEN)
FREE = variants([])
"""Made of no row: topics and pleas for amusement."""
NEAR = [(row, made) for row in WRITTEN[::3] for made in variants([row])[: -len(FREE)]]
"""A third of the written rows, each with what was made of it."""
rows = st.sampled_from(WRITTEN)
SEED = st.integers(0, 2**32)


def made_of(row: Row) -> list[Row]:
    return variants([row])[: -len(FREE)]


def key(row: Row) -> tuple[str, str, str, str]:
    return row.card, row.scenario, row.text, str(row.state)


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_cards_does_not_matter(some: list[Row], shuffler: random.Random) -> None:
    mixed = list(some)
    shuffler.shuffle(mixed)
    assert sorted(map(key, variants(mixed))) == sorted(map(key, variants(some)))


@given(st.lists(rows, max_size=6), rows)
def test_what_is_made_of_a_row_does_not_depend_on_the_others(others: list[Row], row: Row) -> None:
    assert set(made_of(row)) <= set(variants([*others, row]))


@given(rows)
def test_whatever_is_made_of_a_row_keeps_its_label_its_card_and_its_history(row: Row) -> None:
    for made in made_of(row):
        assert (made.state, made.card, made.scenario, made.lang, made.history) == (
            row.state, row.card, row.scenario, row.lang, row.history,
        )  # fmt: skip
        assert made.text != row.text
        assert row.tags <= made.tags


def test_at_most_one_noise_and_one_neighbour_is_made_of_a_row() -> None:
    assert max(Counter(id(row) for row, _ in NEAR).values()) <= 2
    assert 0.5 * len(WRITTEN) <= len(MADE) - len(FREE) <= 1.5 * len(WRITTEN)


def test_nothing_is_made_that_was_written() -> None:
    written = {(row.text, row.history) for row in WRITTEN}
    assert sum((row.text, row.history) in written for row in MADE) <= 0.005 * len(MADE)


@given(st.text(max_size=60), SEED)
def test_punctuation_is_dropped_and_no_word(text: str, seed: int) -> None:
    bare = module._bare(text, random.Random(seed))
    assert not set(bare) & set("，。！？、；：,.!?;:…")
    assert tokens(normalise(bare.replace(" ", ""))) == tokens(normalise(bare.replace(" ", "")))
    assert [each for each in bare if each.isalnum()] == [each for each in text.lower() if each.isalnum()]


@given(rows, SEED)
def test_traditional_script_reads_as_the_same_sentence(row: Row, seed: int) -> None:
    assert normalise(module._traditional(row.text, random.Random(seed))) == normalise(row.text)


@given(rows, SEED)
def test_only_a_long_text_loses_its_end_and_only_a_little_of_it(row: Row, seed: int) -> None:
    cut = module._truncated(row.text, random.Random(seed))
    if row.text.isascii():
        words = row.text.split()
        assert cut.split() == (words[:-1] if len(words) > 7 else words)
    else:
        assert row.text.startswith(cut)
        assert len(row.text) - len(cut) in ({1, 2} if len(row.text) > 14 else {0})


@given(rows, SEED)
def test_a_filler_is_added_and_nothing_else_moves(row: Row, seed: int) -> None:
    filled = module._filler(row.text, random.Random(seed))
    rest = iter(filled)
    assert all(character in rest for character in row.text if not character.isspace())
    assert 0 < len(filled) - len(row.text) <= 10


@given(rows, SEED)
def test_a_misheard_character_sounds_like_the_one_it_stands_for(row: Row, seed: int) -> None:
    heard = module._homophone(row.text, random.Random(seed))
    assert len(heard) == len(row.text)
    changed = [(one, other) for one, other in zip(row.text, heard, strict=True) if one != other]
    assert len(changed) <= 1
    assert all(other in alike(one) for one, other in changed)


class TestCounterfactualPairs:
    """The same words behind a courtesy, a shield or an excuse: only the front differs, and the state stays."""

    def fronts(self, *states: State) -> list[tuple[str, Row]]:
        """What was put before the words of a row that was written without noise, with the made row."""
        return [
            (made.text.removesuffix(row.text), made)
            for row, made in NEAR
            if row.state in states and made.text.endswith(row.text) and "asr_noisy" not in made.tags
        ]

    def written(self, *states: State) -> int:
        return sum(row.state in states and "asr_noisy" not in row.tags for row in WRITTEN[::3])

    def test_a_question_behind_no_complaint_stays_a_question(self) -> None:
        fronts = self.fronts(State.INQUIRY, State.REQUEST)
        assert {front for front, _ in fronts} == {
            each for listed in module._SHIELD.values() for each in listed
        }
        assert 0.35 <= len(fronts) / self.written(State.INQUIRY, State.REQUEST) <= 0.55
        assert all("negation" in made.tags for _, made in fronts)

    def test_a_complaint_behind_an_excuse_stays_a_complaint(self) -> None:
        fronts = self.fronts(State.COMPLAINT)
        assert {front for front, _ in fronts} == {
            each for listed in module._GRIEVANCE.values() for each in listed
        }
        assert 0.35 <= len(fronts) / self.written(State.COMPLAINT) <= 0.55
        assert all("negation" in made.tags for _, made in fronts)

    def test_a_cry_a_worry_or_praise_behind_a_courtesy_stays_what_it_is(self) -> None:
        states = (State.URGENT, State.GRIEF, State.ABUSIVE, State.ANXIOUS, State.CONFUSED, State.PRAISE)
        fronts = self.fronts(*states)
        assert {front for front, _ in fronts} <= {
            each for listed in module._POLITE.values() for each in listed
        }
        assert {made.state for _, made in fronts} == set(states)

    def test_nothing_is_put_before_a_greeting_a_parting_or_a_chat(self) -> None:
        assert self.fronts(State.GREETING, State.FAREWELL, State.THANKS, State.SMALLTALK) == []

    def test_an_english_text_gets_an_english_front(self) -> None:
        assert all(front.isascii() == made.text.isascii() for front, made in self.fronts(*State))


def test_frightening_words_as_a_topic_are_questions_and_pleas_for_amusement_are_chats() -> None:
    states = {row.state: [each for each in FREE if each.state is row.state] for row in FREE}
    assert states.keys() == {State.INQUIRY, State.SMALLTALK}
    for rows_of in states.values():
        assert {row.lang for row in rows_of} == {"zh", "en"}
        assert len({row.text for row in rows_of}) == len(rows_of) >= 20
    assert all("keyword_trap" in row.tags for row in states[State.INQUIRY])
