"""Names in the operator's language: everything the policy ships has one, and what it does not know keeps its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core import gauges
from core.emotion import State, Style
from emotion_policy.decision import Flag
from emotion_policy.lexicon import lexicon
from tui.view import Phase
from tui.words import SCREEN, words

pytestmark = pytest.mark.unit

ZH, EN = words("zh"), words("en")
SOURCES = Path(__file__).parents[3] / "tui"


def test_both_languages_have_the_same_words_around_the_names() -> None:
    assert set(ZH.says) == set(EN.says)
    assert all(ZH.says.values())


@pytest.mark.parametrize("table", SCREEN)
def test_every_word_of_the_screen_is_there_in_both_languages(table: str) -> None:
    english, chinese = getattr(EN, table), getattr(ZH, table)
    assert set(english) == set(chinese)
    assert all(english.values())
    assert all(chinese.values())
    for name, told in english.items():
        assert set(re.findall(r"\{\w+\}", told)) == set(re.findall(r"\{\w+\}", chinese[name])), name


def test_no_word_of_the_screen_is_left_over() -> None:
    written = "".join(file.read_text(encoding="utf-8") for file in SOURCES.rglob("*.py"))
    built = {*gauges.LINKS, *(f"{mode}_{part}" for mode in ("ask", "say") for part in ("prompt", "hint"))}
    unused = {name for name in EN.screen if not re.search(rf"[\"']{name}[\"']", written)}
    assert unused <= built


def test_everything_that_is_named_by_an_event_has_a_word() -> None:
    assert set(EN.phases) == set(Phase)
    assert set(EN.outcomes) == set(get_args(e.Outcome))
    assert set(EN.sources) == set(get_args(e.Source))
    assert set(gauges.LINKS) | {"playout"} <= set(EN.screen)


@pytest.mark.parametrize("name", [*State, *Style, *Flag])
def test_each_state_style_and_flag_has_a_chinese_name(name: str) -> None:
    told = {State: ZH.state, Style: ZH.style, Flag: ZH.flag}[type(name)](name)
    assert any("\u4e00" <= character <= "\u9fff" for character in told)
    assert EN.state(EN.style(EN.flag(name))) == name


def test_each_shipped_cue_mark_and_guard_has_a_chinese_name() -> None:
    shipped = lexicon()
    missing = {cue.name for cue in shipped.cues if cue.state is not None} - set(ZH.cues)
    missing |= {mark for cue in shipped.cues for mark in cue.marks} - set(ZH.flags)
    missing |= {guard.name for guard in shipped.guards} - set(ZH.reasons)
    assert not missing, f"name these in tui/words.toml: {sorted(missing)}"


def test_no_two_states_or_styles_share_a_name() -> None:
    assert len(set(ZH.states.values())) == len(State)
    assert len(set(ZH.styles.values())) == len(Style)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("grief in this visit", "这位顾客提到过离世"),
        ("complaint a moment ago", "刚才还是投诉"),
        ("brightens slowly from soothing", "从安抚慢慢转亮"),
        ("veto: cheerful on grief", "不许用欢快答哀伤"),
        ("unwelcome if wrong (0.10)", "万一判断错了不合适（0.10）"),
        ("something of the site's own", "something of the site's own"),
    ],
)
def test_a_reason_is_told_with_its_names(reason: str, told: str) -> None:
    assert ZH.reason(reason) == told
    assert EN.reason(reason) == reason


@pytest.mark.parametrize(
    ("veto", "told"),
    [
        ("waited too long: negated", "等太久: 被否定"),
        ("neutral: grief in this visit", "中性: 这位顾客提到过离世"),
        ("policy failed: KeyError", "策略出错：KeyError"),
        ("site.fee: false friend", "site.fee: 别的意思"),
        ("odd", "odd"),
    ],
)
def test_a_veto_is_told_with_what_was_refused(veto: str, told: str) -> None:
    assert ZH.veto(veto) == told
    assert EN.veto(veto) == veto


def test_what_is_no_cue_has_a_name_too() -> None:
    assert ZH.cue("linear") == "整句措辞"
    assert ZH.cue("sounds like 救命") == "听起来像“救命”"
    assert EN.cue("voice") == "the voice"


@given(st.text(max_size=30))
def test_no_name_is_ever_refused(name: str) -> None:
    for each in (ZH, EN):
        for method in (each.state, each.style, each.flag, each.cue, each.reason, each.veto):
            assert isinstance(method(name), str)
