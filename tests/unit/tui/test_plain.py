"""Events as sentences."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core.emotion import State, Style
from tui.plain import DEMO_BANNER, PlainView

pytestmark = pytest.mark.unit

a_turn = [
    e.SessionStarted(at=0.0, recognizer="Whisper", model="llama", voice="espeak", knowledge=51, demo=True),
    e.SpeechStarted(at=1.0, turn=1, voiced_from=0.9),
    e.SpeechEnded(at=2.5, turn=1, voiced_until=2.0, seconds=1.5),
    e.TranscriptChanged(
        at=2.55, turn=1, text="等了一个小时", final=True, language="zh", logprob=-0.1, no_speech=0.0
    ),
    e.DeliveryChosen(
        at=2.55, turn=1, state=State.COMPLAINT, style=Style.SOOTHING, probability=0.9, because="等了"
    ),
    e.ReplyBegan(at=2.56, turn=1, source="model"),
    e.ReplyDelta(at=2.6, turn=1, text="抱歉。"),
    e.SentenceReady(at=2.6, turn=1, index=0, text="抱歉。", style=Style.SOOTHING),
    e.AudioReady(at=2.61, turn=1, index=0),
    e.PlaybackStarted(at=2.62, turn=1),
    e.BargeIn(at=3.0, turn=1, heard="抱"),
    e.TurnEnded(at=3.0, turn=1, outcome="interrupted", reply="抱歉。", heard="抱"),
]


def lines(events, **options) -> list[str]:
    view = PlainView(**options)
    return [line for event in events for line in view.feed(event)]


def test_a_turn_reads_as_what_was_heard_felt_said_and_how_long_it_took():
    text = "\n".join(lines(a_turn, waterfalls=True))
    for part in (
        DEMO_BANNER,
        "Customer: 等了一个小时",
        "complaint → soothing",
        "等了",
        "Agent: 抱歉。",
        "heard so far: “抱”",
    ):
        assert part in text
    assert "first sound after 620 ms = endpoint 500 · asr 50" in text


def test_plain_has_neither_timings_nor_escape_codes():
    text = "\n".join(lines(a_turn))
    assert "\x1b" not in text
    assert "ms" not in text
    assert "\x1b[" in "\n".join(lines(a_turn, color=True))


def test_failures_and_noise_are_told():
    told = lines(
        [
            e.TurnFailed(
                at=1.0, turn=1, stage="think", code="llm.empty", message="no answer", hint="ask again"
            ),
            e.TurnEnded(at=1.0, turn=1, outcome="failed", reply="", heard=""),
            e.SpeechStarted(at=2.0, turn=2, voiced_from=1.9),
            e.TurnEnded(at=3.0, turn=2, outcome="nothing-heard", reply="", heard=""),
        ]
    )
    assert any("llm.empty" in line and "no answer" in line for line in told)
    assert any("ask again" in line for line in told)
    assert any("noise" in line for line in told)


@given(st.lists(st.one_of([st.from_type(kind) for kind in get_args(e.Event)]), max_size=8))
def test_no_sequence_of_events_breaks_the_view(events):
    assert all(isinstance(line, str) for line in lines(events, waterfalls=True, color=True))
