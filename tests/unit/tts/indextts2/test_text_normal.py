"""The normaliser of the IndexTTS2 voice: readings, what it protects, and what holds for any text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tts.indextts2.glossary import Glossary
from tts.indextts2.pinyin import corrected
from tts.indextts2.text_normal import normalised
from tts.indextts2.text_protected import reading_language, use_chinese
from tts.indextts2.traced import rewritten, traced
from tts.spoken_rules import rule

pytestmark = pytest.mark.unit

READINGS = [
    ("气温-3℃。", "气温负三摄氏度."),
    ("2026年3月8日下午2:30", "二零二六年三月八日下午两点三十分"),
    ("2026-03-08到期", "二零二六年三月八日到期"),
    ("08:00-17:05营业", "八点到十七点零五分营业"),
    ("手机138-0013-8000", "手机一三八零零一三八零零零"),
    ("传真010-62345678", "传真零一零六二三四五六七八"),
    ("只要7649.15元", "只要七千六百四十九点一五元"),
    ("房间B1203", "房间B一千两百零三"),
    ("有120000人", "有十二万人"),
    ("有22万人", "有二十二万人"),
    ("2个人在第2层", "两个人在第二层"),
    ("2月2日", "二月二日"),
    ("等3-5天", "等三到五天"),
    ("10%-20%的人", "百分之十到百分之二十的人"),
    ("¥1,280.50", "一千两百八十点五零元"),
    ("$5万", "五万美元"),
    ("时速60km/h", "时速每小时六十公里"),
    ("1/3的人", "三分之一的人"),
    ("结果是3:2", "结果是三比二"),
    ("大概300左右", "大概三百左右"),
    ("密码12345", "密码幺二三四五"),
    ("验证码是4829", "验证码是四八二九"),
    ("版本2.3.1", "版本二点三点一"),
    ("10-3=7", "十减三等于七"),
    ("第0.5版", "第零点五版"),
    ("300 -200=9", "三百减两百等于九"),
    ("Qwen3-0.6B很小", "Qwen三-零点六B很小"),
    ("A4纸和CO2", "A四纸和CO二"),
    ("读chong2，去qu4", "读chong2,去QV4"),
    ("<重|CHONG2>庆", "<重|CHONG2>庆"),
    ("达·芬奇", "达-芬奇"),
    ("周一-周五", "周一到周五"),
    ("《书》（上）：好；“行”", "'书''上',好,'行'"),
    ("等等……好。。。", "等等…好…"),
    ("２０２４年", "二零二四年"),
    ("**重点**😀：好", "重点,好"),
    ("It's 9:15 AM on July 4th, 2025.", "It is nine fifteen AM on the fourth of july , twenty twenty five."),
    ("She paid $1,299.99.", "She paid one thousand two hundred and ninety nine point nine nine dollars."),
    ("It dropped to -10 degrees.", "It dropped to negative ten degrees."),
    ("GPT-4o-mini and 221B", "GPT-four o-mini and two hundred and twenty one B"),
    ("In the 1990s we had 3/4 cup.", "In the nineteen nineties we had three quarters cup."),
    ("Call 1-800-555-0199.", "Call one, eight hundred, five five five, zero one nine nine."),
    (
        "Wait 10-20 ms at 5.05 km/h.",
        "Wait ten to twenty milliseconds at five point oh five kilometers per hour.",
    ),
    ("Dr. Lee: [our site] — yes", "doctor Lee, 'our site' - yes"),
    ("x = 3", "x equals three"),
]


@pytest.mark.parametrize(("written", "spoken"), READINGS)
def test_text_is_read_as_the_model_was_taught(written: str, spoken: str) -> None:
    language = "en" if re.search(r"[a-z]", written) and not re.search(r"[\u4e00-\u9fff]", written) else None
    assert normalised(written, reply=language).text == spoken


def test_a_glossary_replaces_the_longest_term_in_any_case_and_is_read_on() -> None:
    glossary = Glossary({"C": "see", "C++": {"en": "C plus plus", "zh": "C 加加"}, "V9": "nine 9"})
    assert normalised("学c++", glossary).text == "学C 加加"
    assert normalised("I write c++.", glossary).text == "I write C plus plus."
    assert normalised("用v9", glossary).text == "用nine 九"


def test_a_term_without_a_reading_in_the_language_is_left_alone() -> None:
    glossary = Glossary({"PCIe": {"zh": "总线"}})
    assert normalised("The PCIe slot.", glossary).text == "The PCIe slot."


def test_a_reply_in_english_reads_bare_numbers_in_english() -> None:
    assert normalised("12:30.", reply="en").text == "twelve thirty."
    assert normalised("12:30.", reply="zh").text == "十二点三十分."
    assert reading_language("The e10 engine", "en") == "en"
    assert reading_language("好 OK", "en") == "zh"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("hi", False),
        ("hi 你", True),
        ("7", True),
        ("", True),
        ("a@b.com", True),
        ("a.b@c.com", False),
        ("lv4", True),
        ("beta1", False),
        ("Xuan4", True),
        ("her2", False),
        ("ng3", True),
    ],
)
def test_the_language_is_told_by_hanzi_letters_addresses_and_tones(text: str, chinese: bool) -> None:
    assert use_chinese(text) is chinese


@pytest.mark.parametrize(
    ("token", "spelt"),
    [("ju1", "JV1"), ("xün2", "XVN2"), ("jiong3", "JIONG3"), ("lu4", "lu4"), ("nü3", "nü3")],
)
def test_after_j_q_x_the_vowel_is_v(token: str, spelt: str) -> None:
    assert corrected(token) == spelt


def test_a_rule_that_fails_leaves_the_text_to_the_next(caplog: pytest.LogCaptureFixture) -> None:
    broken = rule(r"\d+", lambda m: str(1 // 0))
    assert rewritten(traced("a 12 b"), (broken, rule("12", "twelve"))).text == "a twelve b"
    assert rewritten(traced("a 12 b"), (broken,)).text == "a 12 b"
    assert "no reading for '12'" in caplog.text


def test_every_character_said_knows_how_much_of_the_original_is_over() -> None:
    text = normalised("共￥25元。好")
    assert text.text == "共二十五元.好"
    assert list(text.reached) == [1, 5, 5, 5, 5, 6, 7]


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_at_all_makes_the_normaliser_fail(written: str) -> None:
    text = normalised(written)
    assert len(text.reached) == len(text.text)
    assert all(0 < r <= len(written) for r in text.reached)
    assert list(text.reached) == sorted(text.reached)


@given(st.text(alphabet="我有个年元月日天到第-~:/.,%+=℃￥$kgmAB 0123456789", max_size=30))
@settings(max_examples=300, deadline=None)
@example("0 -0=")
@example("第0.0")
def test_no_digit_survives_in_chinese_text_but_tones(body: str) -> None:
    written = f"好{body}"
    once = normalised(written).text
    without_tones = re.sub(r"(?i)[a-zü][1-5]", "", once)
    assert not re.search(r"\d", without_tones), once


@given(st.text(alphabet="我有两个百分之三点五零,.!?'-…abc ", max_size=30))
@example("...…")
def test_text_that_is_normal_stays_as_it_is(body: str) -> None:
    once = normalised(f"好{body}").text
    assert normalised(once).text == once


@given(st.text(alphabet="我们今天去看展览吧好的hello world", min_size=1, max_size=40))
def test_words_are_never_lost(body: str) -> None:
    assert normalised(body, reply="zh").text.replace(" ", "") == body.replace(" ", "")


@pytest.mark.parametrize(
    "written", ["9" * 5000, "好" + "1-" * 3000, "好" + "a-" * 3000, "好" + "<a|" * 3000, "x " + "1," * 3000]
)
def test_no_text_takes_long(written: str) -> None:
    start = time.process_time()
    normalised(written)
    assert time.process_time() - start < 3
