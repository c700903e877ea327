"""What was heard: exact to the character where the voice tells, never beyond the reply, never shrinking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.heard import MINIMUM_SOUND, HeardText

pytestmark = pytest.mark.unit

REPLY = ["您好，", "大厅九点开门。", "Please take a ticket."]


def spoken(sentences: list[str], *, per_character: float = 0.2, marks: bool = True) -> HeardText:
    heard = HeardText()
    for text in sentences:
        heard.grow(text + " ")
        heard.sentence(text)
        for index in range(len(text)):
            if marks:
                heard.spoken(index * per_character, index + 1)
            heard.sound(per_character)
        heard.sentence_done()
    return heard


@given(st.floats(0, 10))
def test_with_word_events_the_count_is_exact_to_the_character(played):
    heard = spoken(["一二三四五六七八九十"])
    count = len(heard.after(played))
    assert (
        abs(count - min(10, int((played - MINIMUM_SOUND) / 0.2) + 1 if played >= MINIMUM_SOUND else 0)) <= 1
    )


@given(
    st.lists(st.text("天地玄黄abc，。 ", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=5),
    st.booleans(),
    st.data(),
)
def test_more_sound_never_means_fewer_characters(sentences, marks, data):
    heard = spoken(sentences, marks=marks)
    first = data.draw(st.floats(0, heard.seconds))
    second = data.draw(st.floats(first, heard.seconds))
    assert heard.after(second).startswith(heard.after(first))
    assert heard.reply.startswith(heard.after(second))


def test_all_of_the_sound_means_all_of_the_text():
    heard = spoken(REPLY)
    assert heard.after(heard.seconds) == " ".join(REPLY)
    assert heard.after(0.0) == ""
    assert HeardText().after(1.0) == ""


def test_without_word_events_the_share_of_the_sound_decides():
    heard = spoken(["一二三四五六七八九十"], marks=False)
    assert heard.after(1.0) == "一二三四五"


def test_a_sentence_still_being_made_counts_by_its_marks():
    heard = HeardText()
    heard.grow("一二三四")
    heard.sentence("一二三四")
    assert heard.after(0.0) == ""
    heard.spoken(0.0, 1)
    heard.spoken(0.2, 2)
    heard.sound(0.3)
    assert heard.after(0.1) == "一"
    assert heard.after(0.3) == "一二"


def test_text_dropped_between_sentences_does_not_shift_the_count():
    heard = HeardText()
    heard.grow("**您好。** 再见。")
    for text in ("您好。", "再见。"):
        heard.sentence(text)
        heard.sound(1.0)
        heard.sentence_done()
    assert heard.after(1.0) == "**您好。"
    assert heard.after(2.0) == "**您好。** 再见。"


def test_a_sentence_that_is_not_in_the_reply_counts_from_the_last_one():
    heard = HeardText()
    heard.grow("甲乙丙丁")
    heard.sentence("五")
    heard.sound(1.0)
    heard.sentence_done()
    assert heard.after(1.0) == "甲"


def test_what_was_written_and_is_said_otherwise_is_heard_as_it_is_said():
    heard = HeardText()
    heard.grow("您好！很高兴见到您，请坐！请坐！")
    heard.amend("您好！", "您好。")
    heard.sentence("您好。")
    heard.sound(0.4)
    heard.sentence_done()
    heard.amend("很高兴见到您，", "")
    heard.amend("请坐！", "请坐。")
    heard.sentence("请坐。")
    heard.sound(0.4)
    heard.sentence_done()
    assert heard.after(0.8) == "您好。请坐。"
    assert heard.reply == "您好。请坐。请坐！"
    heard.amend("没有写过", "什么")
    assert heard.reply == "您好。请坐。请坐！"


def test_of_what_is_not_said_no_blank_is_left():
    heard = HeardText()
    heard.grow("Wait here. Great! I will ask.")
    heard.amend("Great!", "")
    assert heard.reply == "Wait here. I will ask."


def test_a_reply_begins_with_a_word():
    heard = HeardText()
    heard.grow("\n ")
    heard.grow("Hello.")
    assert heard.reply == "Hello."
