"""Normalising and cutting: politeness does not matter, words survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.knowledge_intents import answered, asked_for
from llm.knowledge_normal import normalise
from llm.knowledge_terms import stem, terms, without_seams

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("请问ＡＴＭ在哪儿呢？", "atm在哪里"),
        ("我想问一下，护照怎么办？", "护照怎么办"),
        ("Could you tell me where the toilet is, please?", "where the toilet is"),
        ("I'd like to know what's open", "what is open"),
        ("你能告诉我洗手间在哪吗", "你 洗手间在哪里"),
        ("麻烦问一下如何挂号，谢谢", "怎么挂号"),
    ],
)
def test_politeness_fillers_and_ways_of_writing_do_not_matter(said: str, kept: str) -> None:
    assert normalise(said).replace(", ", "").rstrip(", ，").lstrip("，, ") == kept


@pytest.mark.parametrize(
    "said", ["", "嗯", "谢谢", "请稍等", "没听清", "I didn't catch that", "ok", "hello", "好的"]
)
def test_words_to_the_agent_leave_nothing_to_search_for(said: str) -> None:
    assert not terms(normalise(said))


@given(st.text())
def test_normalising_never_fails_and_terms_are_plain_words(text: str) -> None:
    for term in terms(normalise(text)):
        assert term
        assert '"' not in term
        assert " " not in term


@given(st.text("办护照多少钱在哪里", min_size=1, max_size=12))
def test_chinese_gives_every_hanzi_and_every_pair(text: str) -> None:
    found = terms(text)
    assert [term for term in found if len(term) == 1] == list(text)
    assert [term for term in found if len(term) == 2] == [text[i : i + 2] for i in range(len(text) - 1)]


def test_mixed_text_gives_both_kinds() -> None:
    assert terms("用visa卡") == ("用", "visa", "卡")


@pytest.mark.parametrize(
    ("word", "root"),
    [
        ("toilets", "toilet"), ("copies", "copy"), ("boxes", "box"), ("lost", "lost"), ("expired", "expir"),
        ("running", "run"), ("calling", "call"), ("address", "address"), ("parking", "parking"),
        ("park", "park"), ("is", "is"), ("bus", "bus"), ("120s", "120s"), ("thing", "thing"),
    ],
)  # fmt: skip
def test_english_endings_are_taken_off_lightly(word: str, root: str) -> None:
    assert stem(word) == root


def test_a_pair_that_only_arises_between_two_known_words_is_dropped() -> None:
    found = terms("停车多少钱")
    assert "车多" in found
    assert "车多" not in without_seams(found, {"停车", "多少", "少钱"})
    assert "车多" in without_seams(found, {"停车", "少钱"})


def test_questions_are_told_apart_by_what_they_ask_for() -> None:
    assert asked_for("护照多少钱") == {"cost"}
    assert asked_for("how long is the queue") == {"duration"}
    assert asked_for("how do i queue") == frozenset()
    assert {"place", "cost", "duration"} <= answered(["怎么办护照"], "在十一号窗口，一百二十元，七个工作日。")
