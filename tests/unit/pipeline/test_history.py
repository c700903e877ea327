"""What a late reader is told: enough to draw the present, and no more than that."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core.emotion import Style
from pipeline import history as module
from pipeline.history import History

pytestmark = pytest.mark.unit

STARTED = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=0, demo=False)


def turn(number: int, deltas: int = 2) -> list[e.Event]:
    at = float(number)
    return [
        e.SpeechStarted(at=at, turn=number, voiced_from=at),
        *(e.ReplyDelta(at=at, turn=number, text="好") for _ in range(deltas)),
        e.TurnEnded(at=at, turn=number, outcome="answered", reply="好", heard="好"),
    ]


def told(*events: e.Event) -> list[e.Event]:
    history = History()
    for event in events:
        history.note(event)
    return history.events()


def test_a_short_session_is_told_whole():
    events = [STARTED, *turn(1), e.VisitReset(at=1.5), *turn(2)]
    assert told(*events) == events


def test_before_the_session_there_is_nothing():
    assert told() == []


def test_measurements_and_what_became_of_commands_are_left_out():
    events = [
        STARTED,
        e.Gauge(at=1.0, name="loop_lag", value=0.0),
        e.CommandTaken(at=1.0, command="Mute", fields="{}"),
        e.CommandRefused(at=1.0, command="Mute", code="c", message="m", hint="h"),
        e.SessionSaved(at=1.0, file="f"),
        e.Overrun(at=1.0, where="mic", frames=1),
        e.MicrophoneMuted(at=1.0, muted=True),
    ]
    assert told(*events) == [STARTED, events[-1]]


def test_of_a_long_session_whole_turns_are_kept_and_what_outlasts_them(monkeypatch):
    monkeypatch.setattr(module, "MOST_TURNS", 3)
    muted = e.MicrophoneMuted(at=0.5, muted=True)
    styles = [e.StyleForced(at=0.6, style=Style.GENTLE), e.StyleForced(at=0.7, style=None)]
    turns = [event for number in range(1, 9) for event in turn(number)]
    kept = told(STARTED, muted, *styles, *turns)
    assert kept == [STARTED, muted, styles[1], *(event for event in turns if event.turn >= 6)]


def test_one_endless_turn_is_cut(monkeypatch):
    monkeypatch.setattr(module, "MOST_EVENTS", 10)
    kept = told(STARTED, e.MicrophoneMuted(at=0.5, muted=True), *turn(1, deltas=100))
    assert [type(event) for event in kept[:2]] == [e.SessionStarted, e.MicrophoneMuted]
    assert len(kept) == 12
    assert isinstance(kept[-1], e.TurnEnded)


def test_late_words_of_an_old_turn_do_not_make_it_new(monkeypatch):
    monkeypatch.setattr(module, "MOST_TURNS", 1)
    first, second = turn(1), turn(2)
    kept = told(STARTED, *first[:-1], second[0], first[-1], *second[1:])
    assert {event.turn for event in kept[1:]} == {1, 2}
    assert kept[1] == second[0]


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), max_size=60), st.integers(2, 30))
def test_however_much_happens_it_is_bounded_in_order_and_ends_with_the_newest(steps, most):
    previous, module.MOST_EVENTS = module.MOST_EVENTS, most
    try:
        events = [STARTED]
        for number, (deltas, muted) in enumerate(steps, 1):
            events += turn(number, deltas)
            events += [e.MicrophoneMuted(at=float(number), muted=muted)]
        kept = told(*events)
    finally:
        module.MOST_EVENTS = previous
    assert len(kept) <= most + 2
    assert all(before.at <= after.at for before, after in pairwise(kept[1:]))
    assert kept[-1] == events[-1]
    mutes = [event for event in kept if isinstance(event, e.MicrophoneMuted)]
    assert [event.muted for event in mutes][-1:] == [muted for _, muted in steps][-1:]


def test_a_kept_event_is_the_very_one():
    started = replace(STARTED, voice="other")
    assert told(STARTED, started) == [started]
