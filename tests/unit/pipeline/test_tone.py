"""The policy at work in a session: edits come in between turns, settings go before it, nights are quiet."""

from __future__ import annotations

import pytest

from core import events as e
from core.clock import minute_of_day
from core.emotion import Style
from emotion_policy.config import EmotionConfig
from emotion_policy.decision import Observation
from emotion_policy.policy_keeper import Keeper
from emotion_policy.prosody import Prosody
from pipeline.tone import deciding

pytestmark = pytest.mark.unit

SITE = 'schema = 1\nscenario = "education"\n[quiet_hours]\nfrom = "22:00"\nto = "06:00"\nvolume = 0.5\n'
ASKED = Observation(text="几点开门？", language="zh", scenario="retail")
LOUD = Observation(
    text="几点开门？",
    language="zh",
    prosody=Prosody(energy=0.0, f0=500.0, spread=3.0, voiced=0.6, rate=12.0, snr=40.0),
)


class StoppedClock:
    def now(self) -> float:
        return 12.5


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def session(keeper: Keeper, *, minute: int = 0, **settings: object):
    """`decide` as a session has it, and the list of what it tells."""
    told: list[e.Event] = []
    emotion = EmotionConfig.model_validate(settings)
    return deciding(keeper, emotion, StoppedClock(), told.append, minute=lambda: minute), told


def test_the_sites_file_rules_over_the_scenario_of_the_settings(file):
    decide, told = session(Keeper(file))
    assert decide(ASKED).style is Style.WARM
    assert not told


def test_an_edit_is_told_and_in_force_for_the_very_turn(file):
    decide, told = session(Keeper(file))
    decide(ASKED)
    file.write_text(SITE + '[states.inquiry]\nstyle.default = "neutral"\n', encoding="utf-8")
    decision = decide(ASKED)
    assert decision.style is Style.NEUTRAL
    assert told == [e.PolicyChanged(at=12.5, policy=decision.policy, error="")]


def test_an_edit_with_mistakes_is_told_once_and_changes_no_decision(file):
    decide, told = session(Keeper(file))
    before = decide(ASKED)
    file.write_text(SITE + '[states.inquiry]\nstyle.default = "netural"\n', encoding="utf-8")
    assert decide(ASKED).policy == decide(ASKED).policy == before.policy
    (change,) = told
    assert change.policy == before.policy
    assert "did you mean neutral?" in change.error
    assert f"{file}:8: " in change.error


def test_quiet_hours_are_told_by_the_wall_clock(file):
    night, _ = session(Keeper(file), minute=23 * 60)
    day, _ = session(Keeper(file), minute=12 * 60)
    assert night(ASKED).arc.open.volume == 0.5
    assert day(ASKED).arc.open.volume == 1.0
    assert 0 <= minute_of_day() < 24 * 60


@pytest.mark.parametrize(
    ("site", "setting", "heard"),
    [
        ("education", "auto", False),
        ("education", "on", True),
        ("retail", "auto", True),
        ("retail", "off", False),
    ],
)
def test_the_setting_says_whether_voices_count_and_else_the_policy(site, setting, heard):
    decide, _ = session(Keeper(None, scenario=site), prosody=setting)
    assert (decide(LOUD).arousal > 0) is heard
