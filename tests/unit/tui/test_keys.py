"""Actions and their keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core import commands as c
from core.errors import ConfigError
from tui import keys
from tui.acts import ACTS
from tui.view import Phase, ViewState
from tui.words import words

pytestmark = pytest.mark.unit


def test_every_action_does_something_and_has_a_name_in_both_languages():
    for language in ("en", "zh"):
        assert set(words(language).actions) == set(keys.BY_NAME)
        off = {f"{action.name}_off" for action in keys.ACTIONS if action.on is not None}
        assert set(words(language).short) == set(keys.BY_NAME) | off
    assert set(ACTS) == {action.name for action in keys.ACTIONS if action.order is None}


def test_the_row_of_keys_shows_only_what_there_is():
    assert set(keys.SHOWN) <= set(keys.BY_NAME)
    assert len(set(keys.SHOWN)) == len(keys.SHOWN)


def test_without_wishes_the_keys_are_the_defaults():
    assert keys.keymap({}) == {action.name: action.keys for action in keys.ACTIONS}
    assert keys.keymap({"microphone": "x"})["microphone"] == "x"


@pytest.mark.parametrize(
    ("wanted", "said", "hint"),
    [
        ({"microphon": "x"}, "microphon", "did you mean microphone"),
        ({"nothing at all": "x"}, "nothing at all", "known: "),
        ({"microphone": "s"}, "'s'", "change one"),
        ({"interrupt": "x"}, "interrupt", "choose escape"),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(wanted, said, hint):
    with pytest.raises(ConfigError) as told:
        keys.keymap(wanted)
    assert said in told.value.message
    assert hint in told.value.hint


@pytest.mark.parametrize(
    ("name", "state", "order"),
    [
        ("microphone", ViewState(), c.Mute()),
        ("microphone", ViewState(muted=True), c.Unmute()),
        ("control", ViewState(), c.TakeOver()),
        ("control", ViewState(operator=True), c.HandBack()),
        ("talk", ViewState(), c.StartTalking()),
        ("talk", ViewState(talking=True), c.StopTalking()),
    ],
)
def test_what_is_on_is_switched_off_and_the_other_way_round(name, state, order):
    assert keys.BY_NAME[name].order(state) == order
    assert keys.BY_NAME[name].word(state) == (name if state == ViewState() else f"{name}_off")


def test_nothing_is_asked_of_a_session_that_is_not_there():
    for phase in (Phase.STARTING, Phase.ENDED):
        able = [
            action.name for action in keys.ACTIONS if action.order and action.able(ViewState(phase=phase))
        ]
        assert not able


def test_signs_are_those_on_the_keys():
    assert [keys.sign(each) for each in ("escape", "slash,enter", "ctrl+o", "m")] == ["esc", "/", "^o", "m"]


def test_the_guide_lists_every_key_and_no_other():
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "screen.md").read_text(encoding="utf-8")
    listed: dict[str, list[str]] = {}
    for told, names in re.findall(r"^\| (`.*?) \| (`.*?) \|", guide, re.MULTILINE):
        signs, actions = re.findall(r"`(.*?)`", told), re.findall(r"`(\w+)`", names)
        each = [[sign] for sign in signs] if len(actions) > 1 else [signs]
        listed |= dict(zip(actions, each, strict=True))
    keyed = {action.name: [keys.sign(key) for key in action.keys.split(",")] for action in keys.ACTIONS}
    assert {name: [sign.replace("ctrl+", "^") for sign in signs] for name, signs in listed.items()} == keyed
