"""A sentence's part in a reply; what must be understood to the letter is the body's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_policy.roles import exact, role

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "每次两片。", "一日三次。", "每天一次。", "请到三号窗口。", "下午一点开门。", "十点半叫号。", "再等十分钟。", "电话是幺三八零零。", "一共三百元。", "百分之五。",
        "周三再来。", "第二步是拍照。", "王医生在等您。", "李女士您好。", "大概一个小时。", "半小时就好。", "服用3片。", "１２号。", "Dr. Li is waiting.", "Ask Nurse Wang.",
        "Take one tablet.", "At half past nine.", "Twice a day.", "On the second floor.", "It costs thirty yuan.", "Come on Monday.", "Once a day.",
        "Half an hour.", "Room 12.",
    ],
)  # fmt: skip
def test_figures_doses_times_and_names_are_the_bodys(text):
    assert exact(text)
    assert role(text, 0) == role(text, 3, last=True) == "body"


@pytest.mark.parametrize(
    "text",
    [
        "一步一步来。", "我们一件一件看。", "十分抱歉。", "千万不要转账。", "再说一次。", "一起看看。", "请等一下。", "一定可以。", "差一点儿。", "三番五次地跑。", "等一会儿。",
        "任何老师都行。", "我帮您叫一位工作人员。", "One step at a time.", "Let me look once more.", "Someone will come.", "I'm sorry about this.", "Everyone is here.",
    ],
)  # fmt: skip
def test_numerals_that_count_nothing_stay_where_they_are(text):
    assert not exact(text)
    assert (role(text, 0), role(text, 1), role(text, 1, last=True)) == ("open", "body", "close")


@given(st.text(max_size=40), st.integers(0, 9), st.booleans())
def test_every_sentence_has_a_part_and_a_digit_decides_it(text, index, last):
    assert role(text, index, last=last) in {"open", "body", "close"}
    assert role(f"{text} 7", index, last=last) == "body"


def test_a_replys_only_sentence_opens():
    assert role("好的。", 0, last=True) == "open"
