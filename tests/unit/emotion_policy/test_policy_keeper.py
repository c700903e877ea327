"""The policy of a running session: edits swap it whole, mistakes leave it alone and are told once."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from core.emotion import State
from core.errors import ConfigError
from emotion_policy import policy_keeper
from emotion_policy.policy import packaged
from emotion_policy.policy_keeper import Keeper, Look

pytestmark = pytest.mark.unit

BAD = "threshold = 0.45", "threshold = 45"


@pytest.fixture
def file(tmp_path, site):
    path = tmp_path / "site.toml"
    path.write_text(site, encoding="utf-8")
    return path


def edit(path, text: str) -> None:
    """As an editor does it: another file takes the place of the old one."""
    draft = path.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def test_without_a_file_the_packaged_policy_holds_for_ever():
    keeper = Keeper(None, scenario="retail")
    assert keeper.current is packaged("retail")
    assert keeper.look() is None
    assert Keeper(None).current is packaged("government")


def test_a_file_with_mistakes_is_refused_at_the_start(file, site):
    file.write_text(site.replace(*BAD), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"site\.toml:8: states\.complaint\.threshold"):
        Keeper(file)


def test_nothing_is_told_and_nothing_is_read_while_nothing_changes(file, monkeypatch):
    keeper = Keeper(file)
    monkeypatch.setattr(policy_keeper, "load", lambda _: pytest.fail("the file was read"))
    assert keeper.look() is None
    assert keeper.look() is None


def test_an_edit_is_in_force_from_the_next_look_on(file, site):
    keeper = Keeper(file)
    before = keeper.current
    edit(file, site.replace("threshold = 0.45", "threshold = 0.46"))
    assert keeper.current is before
    look = keeper.look()
    assert keeper.current.thresholds[State.COMPLAINT] == 0.46
    assert before.thresholds[State.COMPLAINT] == 0.45
    assert look == Look(policy=keeper.current.hash)
    assert keeper.look() is None


def test_an_edit_with_mistakes_keeps_the_old_policy_and_is_told_once(file, site):
    keeper = Keeper(file)
    before = keeper.current
    edit(file, site.replace(*BAD))
    look = keeper.look()
    assert look is not None
    assert look.policy == before.hash
    assert f"{file}:8: states.complaint.threshold" in look.error
    assert keeper.current is before
    assert keeper.look() is None
    edit(file, site.replace("decay = 0.7", "decay = 7.0"))
    assert ":9: states.complaint.decay" in keeper.look().error
    assert keeper.current is before


def test_mending_an_edit_is_told_even_if_it_changes_nothing(file, site):
    keeper = Keeper(file)
    edit(file, site.replace(*BAD))
    keeper.look()
    edit(file, site)
    assert keeper.look() == Look(policy=keeper.current.hash)


def test_a_touched_file_is_no_edit(file, site):
    keeper = Keeper(file)
    edit(file, site + "# a comment\n")
    assert keeper.look() is None


def test_a_file_that_vanishes_for_a_moment_loses_nothing(file, site):
    keeper = Keeper(file)
    before = keeper.current
    file.unlink()
    assert "No such file" in keeper.look().error
    assert keeper.look() is None
    assert keeper.current is before
    file.write_text(site, encoding="utf-8")
    assert keeper.look().error == ""


def test_a_bug_in_reading_does_not_end_the_session(file, site, monkeypatch):
    keeper = Keeper(file)

    def broken(_path):
        raise ZeroDivisionError

    monkeypatch.setattr(policy_keeper, "load", broken)
    edit(file, site + "\n")
    assert "ZeroDivisionError" in keeper.look().error


def test_a_policy_is_a_value_that_nobody_changes(file):
    policy = Keeper(file).current
    with pytest.raises(AttributeError):
        policy.prosody = False
    assert replace(policy, prosody=False).prosody is not policy.prosody


class TestAnew:
    def test_a_file_that_has_not_changed_is_read_and_told(self, file):
        keeper = Keeper(file)
        assert keeper.look(anew=True) == Look(policy=keeper.current.hash)
        assert keeper.look() is None

    def test_mistakes_are_told_each_time_they_are_asked_for(self, file, site):
        keeper = Keeper(file)
        edit(file, site.replace(*BAD))
        first, second = keeper.look(anew=True), keeper.look(anew=True)
        assert first == second
        assert first.error
        assert first.policy == keeper.current.hash

    def test_without_a_file_there_is_nothing_to_tell(self):
        assert Keeper(None).look(anew=True) is None


class TestSwitching:
    def test_without_a_file_the_packaged_policies_take_turns(self):
        keeper = Keeper(None, scenario="retail")
        for scenario in ("medical", "medical", "retail"):
            keeper.switch(scenario)
            assert keeper.current is packaged(scenario)

    def test_a_file_holds_for_its_own_scenario_alone(self, file, site):
        keeper = Keeper(file)
        own = keeper.current
        other = "medical" if own.scenario != "medical" else "retail"
        keeper.switch(other)
        assert keeper.current is packaged(other)
        edit(file, site.replace("threshold = 0.45", "threshold = 0.46"))
        assert keeper.look() is None
        assert keeper.look(anew=True) is None
        keeper.switch("education" if other != "education" else "retail")
        keeper.switch(own.scenario)
        assert keeper.current is own
        assert keeper.look().policy == keeper.current.hash != own.hash

    def test_to_where_it_is_already_nothing_changes(self, file):
        keeper = Keeper(file)
        own = keeper.current
        keeper.switch(own.scenario)
        assert keeper.current is own
        assert keeper.look() is None
