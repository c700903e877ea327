"""Critical words by their sound: misspelt ones are found; what is a word, or is spelt as it should be, is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State
from emotion_policy import sounds as module
from emotion_policy.decide import decide
from emotion_policy.decision import Observation
from emotion_policy.lexicon import lexicon
from emotion_policy.listening import listen
from emotion_policy.normalise import normalise
from emotion_policy.sounds import alike, misspelt, sounds
from emotion_policy.training import cards

pytestmark = pytest.mark.unit

TABLE = sounds()
TERMS = sorted(term for term, _ in TABLE.terms.values())
HEARD = (
    ("就命", "救命", State.URGENT), ("九命啊", "救命", State.URGENT), ("招火了", "着火", State.URGENT), ("漏电了", "", None),
    ("去逝", "去世", State.GRIEF), ("骨恢", "骨灰", State.GRIEF), ("退宽", "", None), ("单心", "担心", State.ANXIOUS),
    ("投素", "投诉", State.COMPLAINT), ("飞物", "废物", State.ABUSIVE), ("再剑", "再见", State.FAREWELL),
)  # fmt: skip
WORDS = (
    "国民", "国民银行", "着落", "有着落了", "过敏", "地铁站", "机器", "已经", "一起去", "记者", "找到了", "走到头", "流程是什么", "意外险",
    "医务室", "楼梯间", "单薪", "出店", "会计", "名牌包", "几时开门", "我急着走", "什么时候起飞", "我找火车站", "我要找急诊", "这是产品", "白纸", "慧眼",
)  # fmt: skip


@pytest.mark.parametrize(("said", "term", "state"), HEARD)
def test_a_misspelt_term_is_found_where_it_stands(said: str, term: str, state: State | None) -> None:
    found = [(one.term, one.state) for one in misspelt(f"嘿{said}")]
    assert found == ([(term, state)] if term else [])
    assert all(one.start == 1 and one.end == 1 + len(term) for one in misspelt(f"嘿{said}"))


@pytest.mark.parametrize("said", ["就命啊有人晕倒了", "我要投述你们", "我要投素你们", "有人晕到了快叫就护车"])
def test_a_misheard_cry_counts_as_the_cry(said: str) -> None:
    meant = said.replace("就", "救").replace("投述", "投诉").replace("投素", "投诉").replace("晕到", "晕倒")
    state = decide(Observation(text=meant, language="zh")).state
    assert state in {State.URGENT, State.COMPLAINT}
    assert decide(Observation(text=said, language="zh")).state is state


@pytest.mark.parametrize("word", WORDS)
def test_a_word_of_its_own_is_no_misspelling(word: str) -> None:
    assert list(misspelt(word)) == []


@given(st.lists(st.sampled_from(TERMS), min_size=1, max_size=5), st.sampled_from([",", "的", " ", ""]))
def test_a_term_in_plain_writing_is_not_found_again_by_its_sound(terms: list[str], between: str) -> None:
    text = between.join(terms)
    places = {
        (start, start + len(term))
        for term in TERMS
        for start in range(len(text))
        if text.startswith(term, start)
    }
    assert not places & {(one.start, one.end) for one in misspelt(text)}


@given(st.sampled_from(TERMS), st.data())
def test_one_wrong_character_of_the_same_sound_is_enough_or_makes_another_word(
    term: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(term) - 1))
    wrong = data.draw(st.sampled_from(alike(term[at])))
    said = term[:at] + wrong + term[at + 1 :]
    found = {one.term for one in misspelt(said) if (one.start, one.end) == (0, len(term))}
    innocent = (
        said in TERMS
        or set(said) & module._SMALL
        or any(word in said or said in word for word in TABLE.words)
    )
    assert found == {term} or innocent


@given(st.text(alphabet=[*"".join(TERMS), *TABLE.syllable, *"我你的,.a "], max_size=40))
def test_every_finding_is_a_term_by_sound_and_not_in_writing(text: str) -> None:
    for one in misspelt(text):
        written = text[one.start : one.end]
        assert written != one.term
        assert [TABLE.syllable[each] for each in written] == [TABLE.syllable[each] for each in one.term]
        assert TABLE.terms[tuple(TABLE.syllable[each] for each in one.term)] == (one.term, one.state)


def test_every_term_is_written_down_as_it_is_read() -> None:
    pypinyin = pytest.importorskip("pypinyin", reason="pypinyin is not installed")
    misread = "睡不着"  # zhao; the dictionary says zhe
    read = {term: tuple(pypinyin.lazy_pinyin(term)) for term in TERMS if term != misread}
    assert {term: key for key, (term, _) in TABLE.terms.items() if term != misread} == read
    assert TABLE.syllable["着"] == "zhao"


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_sayable_and_is_the_only_one_of_its_sound(term: str) -> None:
    key = tuple(TABLE.syllable[each] for each in term)
    assert TABLE.terms[key][0] == term


@given(st.sampled_from(sorted(TABLE.syllable)))
def test_sounding_alike_goes_both_ways(character: str) -> None:
    others = alike(character)
    assert character in others
    assert all(alike(other) == others for other in others)


def test_what_sounds_like_no_term_sounds_like_nothing() -> None:
    assert alike("的") == alike("a") == alike("") == ""


def test_a_term_that_is_also_a_listed_word_would_never_be_found() -> None:
    """Such a word in the list is harmless in plain writing and hides every misspelling around it."""
    assert {term for term in TERMS if term in TABLE.words} == {"离谱", "死亡", "失望", "态度", "垃圾"}


def test_the_lexicon_itself_is_not_heard_twice() -> None:
    heard = listen(normalise("救命，有人去世了，我要投诉"), lexicon())
    assert not any(one.cue.startswith("sounds like") for one in heard.evidence)


def test_hardly_any_sentence_of_the_training_cards_is_misheard() -> None:
    texts = [normalise(row.text) for row in cards.read()]
    assert sum(1 for text in texts if any(misspelt(text))) < 0.01 * len(texts)


def test_the_table_of_syllables_is_what_its_program_writes(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pypinyin", reason="pypinyin is not installed")
    from emotion_policy.training import homophones

    assert len(homophones.common()) == 3755
    monkeypatch.setattr(homophones, "SYLLABLES", tmp_path / "syllables.toml")
    assert homophones.main() == 0
    assert (tmp_path / "syllables.toml").read_bytes() == module.SYLLABLES.read_bytes()
