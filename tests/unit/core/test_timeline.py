"""The timeline: one fold from events to waterfalls that sum to the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core.emotion import State, Style
from core.timeline import Timeline, fold, percentile

pytestmark = pytest.mark.unit


def a_turn(times: list[float]) -> list[e.Event]:
    voiced, endpoint, asr, policy, began, delta, sentence, audio, played = times
    return [
        e.SpeechStarted(at=voiced - 0.5, turn=1, voiced_from=voiced - 0.6),
        e.SpeechEnded(at=endpoint, turn=1, voiced_until=voiced, seconds=1.0),
        e.TranscriptChanged(
            at=asr, turn=1, text="你好", final=True, language="zh", logprob=-0.1, no_speech=0.0
        ),
        e.DeliveryChosen(
            at=policy,
            turn=1,
            state=State.GREETING,
            style=Style.WARM,
            probability=0.9,
            because="你好",
            runner_up=State.ANXIOUS,
            intensity=0.6,
            flags=(),
            escalation="none",
            evidence=(),
            vetoes=(),
            arc=(Style.WARM, Style.WARM, Style.WARM),
            held="",
            voice=False,
            failures=0,
            policy="sha256:0",
        ),
        e.ReplyBegan(at=began, turn=1, source="model"),
        e.ReplyDelta(at=delta, turn=1, text="您"),
        e.SentenceReady(at=sentence, turn=1, index=0, text="您好。", style=Style.WARM),
        e.AudioReady(at=audio, turn=1, index=0),
        e.PlaybackStarted(at=played, turn=1),
        e.PlaybackEnded(at=played + 1, turn=1, seconds=1.0),
        e.TurnEnded(at=played + 1, turn=1, outcome="answered", reply="您好。", heard="您好。"),
    ]


rising = st.lists(st.floats(0, 1000), min_size=9, max_size=9).map(sorted)


@given(rising)
def test_the_waterfall_sums_to_the_time_to_first_audio(times):
    (turn,) = fold(a_turn(times))
    assert sum(seconds for _, seconds in turn.waterfall()) == pytest.approx(turn.ttfa, abs=1e-9)
    assert all(seconds >= 0 for _, seconds in turn.waterfall())


@given(rising, st.integers(1, 10))
def test_a_waterfall_with_a_missing_moment_still_sums_to_the_last_known_one(times, missing):
    events = a_turn(times)
    del events[missing]
    (turn,) = fold(events)
    falls = turn.waterfall()
    assert not falls or all(seconds >= 0 for _, seconds in falls)


def test_the_first_moment_counts_and_later_ones_do_not_move_it():
    timeline = Timeline()
    for at in (1.0, 2.0, 3.0):
        timeline.feed(e.ReplyDelta(at=at, turn=7, text="x"))
        timeline.feed(e.AudioReady(at=at + 0.5, turn=7, index=int(at)))
        timeline.feed(e.PlaybackStarted(at=at + 0.7, turn=7))
    assert timeline.turns[7].first_delta == 1.0
    assert timeline.turns[7].first_audio == 1.5
    assert timeline.turns[7].playback_started == 1.7


def test_failures_and_barge_ins_are_kept():
    failed = e.TurnFailed(at=2.0, turn=1, stage="think", code="llm", message="m", hint="h")
    (turn,) = fold(
        [failed, e.BargeIn(at=3.0, turn=1, heard="您"), e.Gauge(at=4.0, name="loop_lag", value=0.1)]
    )
    assert turn.failure is failed
    assert turn.barge_in == 3.0
    assert turn.eou is None
    assert turn.ttft is None


def test_pauses_for_nothing_are_counted_and_the_one_that_was_an_interruption_is_kept():
    went_on = [
        e.ReplyPaused(at=1.0, turn=1),
        e.ReplyResumed(at=1.2, turn=1),
        e.ReplyPaused(at=2.0, turn=1),
        e.ReplyResumed(at=2.2, turn=1),
    ]
    (turn,) = fold(went_on)
    assert (turn.pauses, turn.paused) == (2, None)
    (turn,) = fold([*went_on, e.ReplyPaused(at=3.0, turn=1), e.BargeIn(at=3.1, turn=1, heard="您")])
    assert (turn.pauses, turn.paused, turn.barge_in) == (2, 3.0, 3.1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_and_rises_with_its_share(values, share):
    assert percentile(values, share) in values
    assert percentile(values, 0) == min(values)
    assert percentile(values, 1) == max(values)


def test_a_percentile_of_nothing_is_unknown():
    assert percentile([], 0.5) is None


@given(rising)
def test_behind_an_opener_thinking_is_no_part_of_the_waterfall_but_still_timed(times):
    events = a_turn(times)
    began, delta = next(event.at for event in events if isinstance(event, e.ReplyBegan)), 2000.0
    events = [event for event in events if not isinstance(event, e.ReplyDelta)]
    events += [
        e.OpenerChosen(at=began, turn=1, text="对不起。"),
        e.ReplyDelta(at=delta, turn=1, text="我来查。"),
    ]
    (turn,) = fold(events)
    assert turn.opener == "对不起。"
    assert turn.ttft == delta - began
    assert sum(seconds for _, seconds in turn.waterfall()) == pytest.approx(turn.ttfa, abs=1e-9)
    assert all(seconds >= 0 for _, seconds in turn.waterfall())


def test_a_partial_transcript_is_what_is_heard_and_no_end_of_hearing():
    heard = e.TranscriptChanged(
        at=1.0, turn=1, text="几点", final=False, language="zh", logprob=-0.1, no_speech=0.0
    )
    (turn,) = fold([heard])
    assert (turn.heard_text, turn.transcript) == ("几点", None)
