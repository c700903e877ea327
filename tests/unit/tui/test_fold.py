"""Events to pictures: whatever the batches and the order of gauges, and with the timeline's own numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core import gauges as g
from core.emotion import Style
from core.timeline import fold as timeline
from core.timeline import percentile
from tui.fold import LEVELS, LOG, TURNS, Fold
from tui.view import Phase, ViewState

pytestmark = pytest.mark.unit

some_events = st.lists(st.one_of([st.from_type(kind) for kind in get_args(e.Event)]), max_size=12)


def folded(events) -> ViewState:
    fold = Fold()
    for event in events:
        fold.feed(event)
    return fold.state()


def test_before_anything_happened_it_is_starting():
    assert folded([]) == ViewState(engines=folded([]).engines, levels=folded([]).levels)
    assert folded([]).phase is Phase.STARTING


def test_any_prefix_of_a_trace_gives_a_picture_and_looking_changes_nothing(trace):
    looked_at = Fold()
    for event in trace:
        looked_at.feed(event)
        picture = looked_at.state()
        assert picture == looked_at.state()
    assert looked_at.state() == folded(trace)


@given(some_events)
def test_no_sequence_of_events_breaks_the_fold(events):
    picture = folded(events)
    assert picture == folded(events)
    assert picture.logged >= len(picture.log)


def test_numbers_are_those_of_the_timeline(trace):
    picture, turns = folded(trace), timeline(trace)
    timed = [times for times in turns if times.waterfall() or times.failure is not None]
    if not timed:
        assert picture.turn is None
        return
    newest = timed[-1]
    assert (picture.turn.turn, picture.turn.waterfall) == (newest.turn, newest.waterfall())
    assert (picture.turn.ttfa, picture.turn.outcome) == (newest.ttfa, newest.outcome)
    known = [times.ttfa for times in turns if times.ttfa is not None][-TURNS:]
    measured = {each.name: (each.p50, each.p95, each.count) for each in picture.latency}
    if known:
        assert measured["ttfa"] == (percentile(known, 0.5), percentile(known, 0.95), len(known))
    else:
        assert not measured


def test_percentiles_are_of_the_last_turns_only(events_of):
    picture = folded(events_of("sixty"))
    assert {each.count for each in picture.latency if each.name == "ttfa"} == {TURNS}


def test_of_gauges_the_newest_counts_in_whatever_order_they_come(trace):
    gauges = [event for event in trace if isinstance(event, e.Gauge)]
    shuffled = random.Random(3).sample(gauges, len(gauges))
    waiting = iter(shuffled)
    mixed = [next(waiting) if isinstance(event, e.Gauge) else event for event in trace]
    assert folded(mixed) == folded(trace)


def test_levels_keep_the_newest_only():
    told = [e.Gauge(at=float(at), name=g.MICROPHONE_LEVEL, value=-float(at)) for at in range(100)]
    levels = folded(told).levels
    assert levels[g.MICROPHONE_LEVEL] == tuple(-float(at) for at in range(100 - LEVELS, 100))
    assert levels[g.SPEAKER_LEVEL] == ()


def test_history_is_capped(events_of):
    picture = folded(events_of("sixty"))
    assert len(picture.log) == LOG < picture.logged
    assert len(picture.entries) == 100
    assert picture.entries[-1].turn == 60


def test_another_session_begins_with_nothing_of_the_last(events_of):
    first, second = events_of("complaint"), events_of("listening")
    assert folded([*first, *second]) == folded(second)


class TestOperator:
    def test_control_style_voice_and_scenario_are_what_was_told_last(self):
        picture = folded(
            [
                e.ControlChanged(at=1.0, operator=True),
                e.StyleForced(at=1.0, style=Style.WARM),
                e.VoiceChanged(at=1.0, voice="other"),
                e.ScenarioChanged(at=1.0, scenario="medical"),
            ]
        )
        assert (picture.operator, picture.style, picture.voice) == (True, Style.WARM, "other")
        assert picture.scenario == "medical"
        back = folded([e.ControlChanged(at=1.0, operator=True), e.ControlChanged(at=2.0, operator=False)])
        assert back.operator is False

    def test_of_the_voices_there_are_the_one_chosen_last_speaks(self):
        started = e.SessionStarted(
            at=0.0,
            recognizer="r",
            model="m",
            voice="plain voice",
            knowledge=0,
            demo=False,
            voices=("plain", "f3"),
        )
        picture = folded([started])
        assert (picture.voices, picture.speaks) == (("plain", "f3"), "plain")
        changed = e.VoiceChanged(at=1.0, voice="voice f3", chosen="f3")
        picture = folded([started, changed])
        assert (picture.voices, picture.speaks, picture.voice) == (("plain", "f3"), "f3", "voice f3")
        assert folded([replace(started, voices=())]).speaks == ""

    def test_push_to_talk_is_held_from_the_command_that_was_taken_to_the_next(self):
        pushed = e.CommandTaken(at=1.0, command="StartTalking", fields="{}")
        assert folded([pushed]).talking
        assert not folded([pushed, e.CommandTaken(at=2.0, command="StopTalking", fields="{}")]).talking

    def test_staff_is_wanted_until_the_next_customer_stands_there(self):
        called = e.StaffCalled(at=1.0, turn=1, because="转人工")
        assert folded([called]).staff == called
        assert folded([called, e.VisitReset(at=2.0)]).staff is None

    def test_a_recording_that_ended_is_none(self):
        on = e.Recording(at=1.0, on=True, until=0.0, file="a")
        assert folded([on]).recording == on
        assert folded([on, e.Recording(at=2.0, on=False, until=0.0, file="a")]).recording is None


class TestEngines:
    failure = e.TurnFailed(at=1.0, turn=3, stage="think", code="llm.x", message="m", hint="h")

    def test_a_failure_shows_until_a_later_turn_went_well(self):
        well = e.TurnEnded(at=2.0, turn=4, outcome="answered", reply="a", heard="a")
        assert [each.last for each in folded([self.failure]).engines] == ["", "llm.x", ""]
        assert [each.last for each in folded([self.failure, well]).engines] == ["", "", ""]
        assert [each.failures for each in folded([self.failure, well]).engines] == [0, 1, 0]

    def test_names_come_from_the_session_and_work_from_the_lanes(self, events_of):
        events = events_of("speaking")
        engines = folded(events).engines
        told = [event for event in events if isinstance(event, e.Gauge) and event.name == g.lane_busy("tts")]
        assert [each.stage for each in engines] == ["hear", "think", "speak"]
        assert all(each.name for each in engines)
        assert engines[2].busy == told[-1].value > 0

    def test_lost_input_is_counted(self):
        lost = e.Overrun(at=1.0, where="microphone", frames=3)
        assert folded([lost, lost]).overrun == 6


class TestNotices:
    @pytest.mark.parametrize(
        ("event", "tone", "word"),
        [
            (e.CommandRefused(at=1.0, command="Mute", code="c", message="m", hint=""), "error", "refused"),
            (e.StaffCalled(at=1.0, turn=1, because="b"), "warning", "staff_wanted"),
            (e.PolicyChanged(at=1.0, policy="sha256:1", error=""), "info", "policy_taken"),
            (
                e.PolicyChanged(at=1.0, policy="sha256:1", error="line 3: x\nline 4: y"),
                "error",
                "policy_refused",
            ),
            (e.SessionSaved(at=1.0, file="f"), "info", "saved"),
            (e.Overrun(at=1.0, where="microphone", frames=2), "error", "overrun"),
        ],
    )
    def test_what_should_be_seen_at_once_is_noticed(self, event, tone, word):
        notice = folded([event]).notice
        assert (notice.tone, notice.word) == (tone, word)

    def test_of_a_policys_mistakes_the_first_is_told(self):
        notice = folded([e.PolicyChanged(at=1.0, policy="p", error="line 3: x\nline 4: y")]).notice
        assert notice.details == "line 3: x"

    def test_everyday_events_are_none(self):
        assert folded([e.PlaybackStarted(at=1.0, turn=1), e.VisitReset(at=2.0)]).notice is None
