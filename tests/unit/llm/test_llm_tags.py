"""No tag is ever said, wherever the stream is cut; everything else passes, and at once."""

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.emotion import State, Style
from llm.tags import TagFilter

pytestmark = pytest.mark.unit

TAGS = (
    "<complaint>", "</complaint>", "<gasp>", "<sigh>", "<|SAD|>", "<|im_start|>", "<strong>", "<br/>", '<expr type="x"/>', "<笑>",
    '<expr label="温柔"/>', "<tone>warm</tone>", "<emotion>温柔</emotion>", "[laughter]", "[sigh]", "[soothing]", "[Laughter]",
    "[soft laugh]", "[calm_firm]", "[APOLOGETIC]", "【叹气】", "[笑]", "(sighs)", "(Laughs)", "（叹气）", "（轻笑)", "*sighs*", "*叹气*",
    "(Tone: calm (very); no marks)", "(tone : calm)", "（语气：温和。）", "（语气:温和)", "[Emotion: sad]", "【语气：温和】",
    "(Reference: fee -> 20 yuan (cash); photo -> yes)", "（参考：几点开门 → 九点）",
)  # fmt: skip
INNOCENT = (
    "好的，请到3号窗口。", "周一到周五（法定假日除外）九点开门", "请按[OK]键，再按[3]", "请到[A]区【注意】带证件", "a < b and b > c", "5*3*2=30",
    "**重要**的事", "Press (1) or (2).", "It costs 20 (twenty) yuan", "<<办事指南>>", "<办事指南>", "（一）", "I <3 it", "（", "x<", "*", "[", "(a)",
    "Mr. (to be called)", "（语气词）", "(reference desk, floor 2)", "e-mail me@x.cn", "《护照法》", "[ab]", "笑一笑", "tone: warm",
)  # fmt: skip
# Written apart from the filter: the shapes of tags of which not one may be left.
LEFT = re.compile(
    r"<[a-z/|_!][\w |/=:.,;'\"!?-]{0,40}>|\[[a-z]{3}[a-z _-]{0,20}\]|[(（][ ]*(?:sigh|sighs|笑|叹气)[ ]*[)）]"
    r"|[(（](?:tone|语气|参考)[:：]|\*(?:sigh|sighs|叹气)\*",
    re.IGNORECASE | re.ASCII,
)
RUBBLE = st.lists(
    st.sampled_from(
        [*"<>[]()（）【】*|/: ：ab\n笑", "sigh", "tone", "语气", "complaint", "叹气", *TAGS, *INNOCENT]
    ),
    max_size=24,
).map("".join)


def _cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


def said(*pieces: str) -> str:
    tags = TagFilter()
    return "".join([*map(tags.feed, pieces), tags.finish()])


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_removed_wherever_it_stands(tag: str) -> None:
    assert said(tag) == ""
    assert said(f"{tag}您好") == "您好"
    assert said(f"好的{tag}，请稍等") == "好的，请稍等"
    assert said(f"Of course. {tag} Please wait.") == "Of course. Please wait."
    assert said(f"再见{tag}") == "再见"


@pytest.mark.parametrize("name", [*State, *Style])
def test_no_state_and_no_style_is_said_as_a_tag(name: str) -> None:
    assert said(f"<{name}>好", f"[{name}]的", f"[{name.upper()}]。") == "好的。"


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_tag_is_untouched(text: str) -> None:
    assert said(text) == text


@pytest.mark.parametrize("text", [text for text in INNOCENT if not re.search(r"[<\[(*（【]", text)])
def test_text_without_brackets_is_not_held_back_at_all(text: str) -> None:
    tags = TagFilter()
    assert [tags.feed(character) for character in text] == list(text)


def test_a_bracket_waits_no_longer_than_it_may_become_a_tag() -> None:
    tags = TagFilter()
    assert [tags.feed(piece) for piece in ("好（", "周", "一", "）<", "|x", "|>", "走", "(s", "igh", "t)")] == [
        "好", "（周", "一", "）", "", "", "走", "", "", "(sight)",
    ]  # fmt: skip


@given(RUBBLE, st.lists(st.integers(0, 999), max_size=12))
@settings(max_examples=400)
def test_however_the_stream_is_cut_the_text_is_the_same(text: str, cuts: list[int]) -> None:
    whole = said(text)
    assert said(*_cut(text, cuts)) == whole
    assert said(*text) == whole


@given(RUBBLE)
@settings(max_examples=400)
@example("*tone*sighs*")
@example("*si*sigh*gh*")
@example("<com(Tone: x)plaint>")
def test_nothing_is_left_to_remove(text: str) -> None:
    once = said(text)
    assert said(once) == once
    assert LEFT.search(once) is None


@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=3), st.sampled_from(TAGS[:9]), st.integers(1, 8))
def test_a_tag_hidden_in_a_tag_leaves_nothing(inner: list[str], outer: str, at: int) -> None:
    if outer[1:3] == "|S" or "|" in outer or at >= len(outer):
        at = 1
    assert said(outer[:at] + "".join(inner) + outer[at:]) == ""


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<[(*（【［＊")))
def test_text_without_an_opening_bracket_is_byte_identical(text: str) -> None:
    assert said(text) == text
    assert said(*text) == text


@given(st.text(), st.sampled_from(TAGS))
def test_a_tag_cut_off_by_the_end_is_not_said(text: str, tag: str) -> None:
    if not re.search(r"[<\[(*（【［＊]", text):
        assert said(text + tag[: max(3, len(tag) - 1)]).strip() == text.strip()


def test_a_note_that_is_never_closed_ends_with_its_line_or_with_patience() -> None:
    assert said("（语气：温和\n您好") == "\n您好".lstrip("\n")
    assert said("(Tone: " + "so " * 200 + "hello").endswith("hello")
    assert said("<tone>warm\nHello") == "Hello"
