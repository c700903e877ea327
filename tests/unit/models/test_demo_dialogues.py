"""The demo language model's dialogues: language, length, manner, and the examination kept apart."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import Language, script_of
from llm.prompt import customer_words
from models.demo.dialogues.cards import LANGUAGES, TONES_OF_STATE, cards, hall, outside, tones
from models.demo.dialogues.compose import compose, opened
from models.demo.dialogues.facts import hanzi, make_fact, spoken_number
from models.demo.dialogues.noise import as_heard, junk
from models.demo.dialogues.unseen import prompts

pytestmark = pytest.mark.unit

SHIPPED = Path(__file__).parents[3] / "models" / "demo" / "llm"
FORBIDDEN = ("!", "！", "*", "#", "\n", "1.", "（", "(")
seeds = st.integers(min_value=0, max_value=2**32)
languages = st.sampled_from(LANGUAGES)


def spoken_length(text: str) -> int:
    return len(text) if script_of(text) == "zh" else len(text.split())


def all_replies() -> list[tuple[Language, str]]:
    found = [
        (language, reply)
        for card in cards()
        for language in LANGUAGES
        for reply in card.sides[language].reply
    ]
    found += [(language, reply) for language in LANGUAGES for reply in outside(language).reply]
    for language in LANGUAGES:
        found += [(language, reply) for tone in tones(language).values() for reply in tone.reply]
        found += [(language, reply) for entry in hall(language).values() for _, reply in entry.follow]
    return found


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_every_card_has_wordings_to_learn_wordings_to_be_examined_on_and_replies(card):
    for language in LANGUAGES:
        side = card.sides[language]
        assert len(side.say) >= 5
        assert side.unseen
        assert side.reply
        assert not set(side.say) & set(side.unseen)
    assert card.state in TONES_OF_STATE


def test_replies_are_short_spoken_sentences_in_their_own_language_without_markup():
    for language, reply in all_replies():
        assert script_of(reply) == language, reply
        assert spoken_length(reply) <= (60 if language == "zh" else 35), reply
        assert not any(mark in reply for mark in FORBIDDEN), reply


def test_each_language_has_three_hundred_or_more_wordings_of_questions_nobody_answers():
    for language in LANGUAGES:
        side = outside(language)
        made = {frame.format(x=topic) for frame in side.frames for topic in side.topics}
        assert len(made) + len(set(side.say)) > 300
        assert not set(side.say) & set(side.unseen)
        assert not set(side.topics) & set(side.unseen_topics)


def test_every_state_has_tones_that_exist_and_most_have_the_products_own_wording():
    for language in LANGUAGES:
        for names in TONES_OF_STATE.values():
            assert all(tones(language)[name].product for name in names)


@given(seeds)
def test_the_same_seed_composes_the_same_dialogue(seed):
    assert compose(random.Random(seed)) == compose(random.Random(seed))


@given(seeds)
def test_a_dialogue_has_one_to_five_turns_and_answers_in_the_language_of_the_message(seed):
    dialogue = compose(random.Random(seed))
    assert 1 <= len(dialogue) <= 5
    for exchange in dialogue:
        assert exchange.user.role == "user"
        assert exchange.reply.text.strip() == exchange.reply.text != ""
        if exchange.reply.taught and exchange.kind != "again":  # what is said again keeps its language
            annotation = exchange.user.text[len(customer_words(exchange.user)) :]
            marked = "（" in annotation or "(" in annotation
            if marked:
                assert script_of(exchange.reply.text) == ("zh" if "（" in annotation else "en")


def test_no_dialogue_holds_a_wording_of_the_examination():
    unseen = {words for card in cards() for language in LANGUAGES for words in card.sides[language].unseen}
    unseen |= {words for language in LANGUAGES for words in outside(language).unseen}
    unseen |= {words for language in LANGUAGES for entry in hall(language).values() for words in entry.unseen}
    said = {
        customer_words(exchange.user) for seed in range(1500) for exchange in compose(random.Random(seed))
    }
    assert not unseen & said


@given(languages, seeds)
def test_a_facts_short_answers_are_part_of_its_long_one(language, seed):
    fact = make_fact(language, random.Random(seed))
    for _, reply in fact.follow:
        core = reply.removeprefix("It ").rstrip("。.")
        assert core in fact.answer
    assert fact.questions
    assert script_of(fact.answer) == language


@given(st.integers(min_value=0, max_value=999))
def test_numbers_are_written_in_words(number):
    assert set(spoken_number(number, "zh")) <= set("零一二三四五六七八九十百")
    assert spoken_number(number, "en").replace(" ", "").isalpha()


@pytest.mark.parametrize(
    ("number", "zh", "en"),
    [
        (0, "零", "zero"),
        (10, "十", "ten"),
        (21, "二十一", "twenty one"),
        (105, "一百零五", "one hundred and five"),
        (110, "一百一十", "one hundred and ten"),
        (500, "五百", "five hundred"),
    ],
)
def test_a_number_reads_as_it_is_spoken(number, zh, en):
    assert spoken_number(number, "zh") == zh
    assert spoken_number(number, "en") == en


@given(languages, seeds)
def test_noise_leaves_something_to_answer(language, seed):
    rng = random.Random(seed)
    assert as_heard("办护照多少钱" if language == "zh" else "how much is a passport", language, rng).strip()
    assert junk(language, rng).strip()


def test_an_apology_is_not_put_before_an_answer_that_already_apologises():
    answer = hall("zh")["complaint"].answer
    assert opened(answer, tones("zh")["apologetic"], "zh", random.Random(1)) == answer


def test_the_invented_names_draw_on_all_level_one_hanzi():
    assert len(set(hanzi())) == 3755


def test_the_examination_is_two_hundred_prompts_half_in_each_language():
    found = prompts()
    assert len(found) == len({prompt.name for prompt in found}) == 200
    assert sum(prompt.language == "zh" for prompt in found) == 100


def test_the_shipped_examination_asks_what_the_code_asks():
    path = SHIPPED / "unseen_prompts.jsonl"
    shipped = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(asked["name"], asked["language"]) for asked in shipped] == [
        (prompt.name, prompt.language) for prompt in prompts()
    ]


def test_the_shipped_model_is_small():
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) <= 10_000_000
