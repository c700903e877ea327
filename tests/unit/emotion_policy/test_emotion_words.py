"""Words and tone agree: what no customer in distress hears, and what nobody ever hears."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import State, Style
from emotion_policy.persistence import NEGATIVE
from emotion_policy.policy import packaged
from emotion_policy.word_rules import rules
from emotion_policy.words import apologises, check

pytestmark = pytest.mark.unit

BANNED = packaged("government").styles[Style.SOOTHING].banned
PIECES = (
    "很高兴为您服务，", "哈哈，", "恭喜您！", "您好，", "请您到三号窗口。", "您的退款是3.5元，", "我能理解您的心情，", "我知道您很着急，", "但是", "如果您很着急，",
    "您听起来很生气。", "😀", "！！", "请先冷静一下，", "唉，", "对不起，", "娃哈哈在二楼。", "Great! ", "No worries, ", "I'm happy to help, ", "I understand how you feel, ",
    "and your refund of 30 yuan arrives on Monday. ", "You sound angry. ", "I feel your pain. ", "Please calm down, ", "Mr. Li, ", "haha ",
    "take 2 tablets at 10:30. ", "If you are worried, ask. ", "[sighs] ", "but ", "I'm sorry, ", "wow ", "：", "…", "3️⃣", " ",
)  # fmt: skip
sentences = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=7).map("".join)
states = st.sampled_from(State)
languages = st.sampled_from(("zh", "en"))
words = st.sampled_from(((), tuple(BANNED["zh"]), tuple(BANNED["en"]), ("请", "window", "!")))


@given(sentences, states, languages, words, st.booleans())
def test_a_checked_sentence_is_no_longer_still_says_something_and_needs_no_second_check(
    text, state, language, banned, apologised
):
    once = check(text, state, language, banned, apologised=apologised)
    again = check(once.text, state, language, banned, apologised=apologised)
    assert len(once.text) <= len(text)
    assert re.search(r"[^\W_]", once.text) or not re.search(r"[^\W_]", text)
    assert again.text == once.text
    assert again.conflict == once.conflict


@given(sentences, states, languages, words)
def test_no_figure_is_lost_or_changed(text, state, language, banned):
    assert re.findall(r"\d", check(text, state, language, banned).text) == re.findall(r"\d", text)


@given(sentences, states, languages, words)
def test_the_agent_never_claims_to_feel_and_never_names_what_the_customer_feels(
    text, state, language, banned
):
    assert not rules().claim(check(text, state, language, banned).text)


@given(sentences, st.sampled_from(sorted(NEGATIVE)), languages, words)
def test_nobody_in_distress_hears_laughter_sighs_or_exclamations(text, state, language, banned):
    said = check(text, state, language, banned).text
    assert not rules().sounds.search(said)
    assert not re.search("[!！\U0001f300-\U0001faff]", said)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(
    "text",
    [
        "请您到三号窗口取号，然后在大厅里等叫号。", "每次两片，一日三次，饭后服用。", "如果您很着急，可以走加急窗口。", "娃哈哈在二楼的货架上。", "这件事要等到下周一。",
        "很抱歉，这次没让您办顺。", "床位现在很紧张。", "我理解您的意思，是要改时间。", "您还不满十八岁，要家长陪同。", "感谢您的理解。",
        "Take one tablet, Mr. Li, at 10:30, twice a day.", "If you are worried about it, ask the nurse.", "I'm sorry for your loss.",
        "I'm afraid the counter is closed.", "That is a great deal of paper.", "The pain clinic is on floor 2.", "I see your pain medication is ready.",
        "Please keep your ticket, and wait here.", "I understand what you need.", "Do you feel dizzy?",
    ],
)  # fmt: skip
def test_a_clean_sentence_comes_back_as_it_is(text, state):
    checked = check(text, state, "zh", ())
    assert (checked.text, checked.found, checked.conflict) == (text, (), "")


@pytest.mark.parametrize(
    ("state", "text", "said"),
    [
        (State.COMPLAINT, "很高兴为您服务，请您到三号窗口！", "请您到三号窗口。"),
        (State.COMPLAINT, "您好，很高兴为您服务，请您到三号窗口。", "您好，请您到三号窗口。"),
        (State.COMPLAINT, "您的退款已经到账，恭喜您！", "您的退款已经到账。"),
        (State.COMPLAINT, "哈哈，这个好办😀！！", "这个好办。"),
        (State.COMPLAINT, "Great! Your refund is coming.", "Your refund is coming."),
        (State.ANXIOUS, "No worries, I'll check it now!", "I'll check it now."),
        (State.GRIEF, "[sighs] 唉，这种事谁也没办法。", "这种事谁也没办法。"),
        (State.URGENT, "您好，请马上离开大楼！", "请马上离开大楼。"),
        (State.ANXIOUS, "我能理解您的心情，今天的检查医保可以报。", "今天的检查医保可以报。"),
        (State.COMPLAINT, "我知道您很着急，也知道您很生气，我现在就查。", "我现在就查。"),
        (State.INQUIRY, "我能感受到您很生气。", "我明白了。"),
        (State.INQUIRY, "I understand how you feel, and I will check it.", "I will check it."),
        (
            State.ANXIOUS,
            "I understand your frustration and your refund of 30 yuan arrives on Monday.",
            "Your refund of 30 yuan arrives on Monday.",
        ),
        (State.ABUSIVE, "You sound angry.", "I hear you."),
        (State.GRIEF, "我也很难过，请慢慢来。", "请慢慢来。"),
        (State.ABUSIVE, "请您先冷静一下，我们再说。", "我们再说。"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_the_customer_is_taken_out(state, text, said):
    language = "zh" if re.search("[\u4e00-\u9fff]", text) else "en"
    checked = check(text, state, language, BANNED[language])
    assert checked.text == said
    assert not checked.conflict


@pytest.mark.parametrize(
    ("text", "word"),
    [("很高兴通知您三百元退款已经到账。", "很高兴"), ("如果不行，恭喜您。", "恭喜"), ("Great.", "Great")],
)
def test_words_that_cannot_be_taken_out_without_harm_stay_and_are_reported(text, word):
    checked = check(text, State.COMPLAINT, "zh", BANNED["zh"])
    assert (checked.text, checked.conflict) == (text, word)


def test_the_same_words_are_welcome_to_somebody_who_is_well():
    for text in ("很高兴为您服务！", "Great! Come in.", "恭喜您！🎉"):
        assert check(text, State.GREETING, "zh", ()).text == text


def test_a_policys_own_words_are_found_whole_and_without_regard_to_case():
    assert check("Surely, window 3.", State.INQUIRY, "en", ("sure",)).found == ()
    assert check("SURE, window 3.", State.INQUIRY, "en", ("sure",)).text == "Window 3."
    assert check("A great day, it is.", State.INQUIRY, "en", ("great!",)).found == ()


def test_of_a_clause_whose_sentence_goes_on_nothing_needs_to_be_left():
    for text in ("很高兴为您服务，", "我能理解您的心情，", "哈哈，", "No worries,", "I feel your pain,"):
        checked = check(text, State.COMPLAINT, "zh", BANNED["zh"] + BANNED["en"], more=True)
        assert (checked.text, checked.conflict) == ("", "")
        assert check(text, State.COMPLAINT, "zh", BANNED["zh"]).text
    assert check("退款一共3元，很高兴，", State.COMPLAINT, "zh", (), more=True).text == "退款一共3元，"


def test_an_apology_that_was_made_is_not_made_again():
    assert apologises("实在抱歉，这件事没安排好。")
    assert not apologises("我来查一下。")
    again = check("对不起，我现在就查。", State.COMPLAINT, "zh", (), apologised=True)
    assert again.text == "我现在就查。"
    assert (
        check("I'm sorry, I'll look it up.", State.COMPLAINT, "en", (), apologised=True).text
        == "I'll look it up."
    )
    assert check("对不起，我现在就查。", State.COMPLAINT, "zh", ()).text == "对不起，我现在就查。"


def test_a_hostile_sentence_is_checked_in_bounded_time():
    text = "您很" + "很" * 400 + "，你" * 200 + "I can " + "really " * 200
    assert check(text, State.COMPLAINT, "zh", tuple(BANNED["zh"])).text
