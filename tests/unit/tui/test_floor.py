"""Whose turn it is."""

from __future__ import annotations

import pytest

from core import events as e
from tui.fold import Fold
from tui.view import Phase

pytestmark = pytest.mark.unit

started = e.SessionStarted(at=0.0, recognizer="r", model="m", voice="v", knowledge=1, demo=True)
speaks = e.SpeechStarted(at=1.0, turn=1, voiced_from=0.9)
done = e.SpeechEnded(at=2.0, turn=1, voiced_until=1.5, seconds=1.0)
plays = e.PlaybackStarted(at=3.0, turn=1)
paused = e.ReplyPaused(at=3.5, turn=1)
cut = e.BargeIn(at=3.6, turn=1, heard="")
over = e.TurnEnded(at=4.0, turn=1, outcome="answered", reply="a", heard="a")
again = e.SpeechStarted(at=3.6, turn=2, voiced_from=3.5)
muted = e.MicrophoneMuted(at=5.0, muted=True)
gone = e.DeviceLost(at=5.0, device="d", code="device", message="m", hint="h")


def phase(*events) -> Phase:
    fold = Fold()
    for event in (started, *events):
        fold.feed(event)
    return fold.state().phase


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), Phase.LISTENING),
        ((speaks,), Phase.HEARING),
        ((speaks, done), Phase.THINKING),
        ((speaks, done, plays), Phase.SPEAKING),
        ((speaks, done, plays, paused), Phase.PAUSED),
        ((speaks, done, plays, paused, e.ReplyResumed(at=3.6, turn=1)), Phase.SPEAKING),
        ((speaks, done, plays, cut, again), Phase.HEARING),
        ((speaks, done, plays, cut, again, over), Phase.HEARING),
        ((speaks, done, plays, over), Phase.LISTENING),
        ((muted,), Phase.MUTED),
        ((speaks, muted), Phase.MUTED),
        ((speaks, done, plays, muted), Phase.SPEAKING),
        ((muted, e.MicrophoneMuted(at=6.0, muted=False)), Phase.LISTENING),
        ((gone,), Phase.LOST),
        ((gone, e.ReplyBegan(at=6.0, turn=1, source="stock")), Phase.THINKING),
        ((speaks, e.SessionEnded(at=6.0, reason="stopped")), Phase.ENDED),
    ],
)
def test_the_word_passes_as_the_events_say(events, expected):
    assert phase(*events) is expected


def test_typed_words_are_thought_about_although_nobody_spoke():
    typed = e.TranscriptChanged(at=1.0, turn=1, text="x", final=True, language="en", logprob=0, no_speech=0)
    assert phase(typed) is Phase.THINKING


def test_an_utterance_that_was_dropped_is_not_waited_for_for_ever():
    second = e.SpeechEnded(at=3.0, turn=2, voiced_until=2.5, seconds=1.0)
    ended = e.TurnEnded(at=4.0, turn=2, outcome="answered", reply="a", heard="a")
    assert phase(speaks, done, second, ended) is Phase.LISTENING


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("listening", Phase.LISTENING),
        ("hearing", Phase.HEARING),
        ("thinking", Phase.THINKING),
        ("speaking", Phase.SPEAKING),
        ("paused", Phase.PAUSED),
        ("interrupted", Phase.HEARING),
        ("operator", Phase.SPEAKING),
        ("muted", Phase.MUTED),
        ("lost", Phase.LOST),
        ("failed", Phase.LISTENING),
    ],
)
def test_recorded_traces_end_in_the_state_they_are_named_after(events_of, name, expected):
    assert phase(*events_of(name)) is expected
