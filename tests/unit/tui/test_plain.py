"""Events as sentences."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import events as e
from core.emotion import State, Style
from tui.plain import DEMO_BANNER, PlainView

pytestmark = pytest.mark.unit


def chosen(**changes) -> e.DeliveryChosen:
    known = {
        "at": 2.55,
        "turn": 1,
        "state": State.COMPLAINT,
        "style": Style.SOOTHING,
        "probability": 0.9,
        "because": "complaint: waited too long",
        "runner_up": State.ANXIOUS,
        "intensity": 0.6,
        "flags": (),
        "escalation": "none",
        "evidence": (("waited too long", State.COMPLAINT, 1.9, 0, 6),),
        "vetoes": (),
        "arc": (Style.SOOTHING, Style.PROFESSIONAL, Style.SOOTHING),
        "held": "",
        "voice": False,
        "failures": 0,
        "policy": "sha256:4f1c",
    }
    return e.DeliveryChosen(**{**known, **changes})


a_turn = [
    e.SessionStarted(at=0.0, recognizer="Whisper", model="llama", voice="espeak", knowledge=51, demo=True),
    e.SpeechStarted(at=1.0, turn=1, voiced_from=0.9),
    e.SpeechEnded(at=2.5, turn=1, voiced_until=2.0, seconds=1.5),
    e.TranscriptChanged(
        at=2.55, turn=1, text="等了一个小时", final=True, language="zh", logprob=-0.1, no_speech=0.0
    ),
    chosen(),
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
        "complaint → soothing  (“等了一个小时” waited too long)",
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


def test_state_style_and_evidence_are_told_in_the_operators_language():
    told = lines([*a_turn[3:4], chosen(held="complaint in this visit", escalation="offer")], language="zh")
    assert told[-1].strip() == "投诉 → 安抚  (“等了一个小时”等太久；这位顾客投诉过；建议转人工)"


def test_evidence_for_another_state_comes_last_and_says_so_and_what_weighs_nothing_is_not_told():
    evidence = (
        ("praises", State.PRAISE, 0.5, 0, 2),
        ("linear", State.COMPLAINT, 0.4, 0, 6),
        ("voice", State.COMPLAINT, 0.0, 0, 0),
    )
    told = lines([*a_turn[3:4], chosen(evidence=evidence)])
    assert told[-1].strip() == "complaint → soothing  (the wording as a whole · “等了” praises (praise))"
    assert "no cue in particular" in lines([chosen(evidence=())])[-1]
    assert "no cue in particular" in lines([chosen(evidence=(("linear", State.PRAISE, 0.4, 0, 6),))])[-1]


def test_a_policy_that_failed_says_what_failed():
    assert "policy failed: KeyError" in lines([chosen(policy="", because="policy failed: KeyError")])[-1]
    told = lines([chosen(policy="", because="policy failed: KeyError")], language="zh")
    assert "策略出错：KeyError" in told[-1]


def test_words_that_were_confirmed_are_told_as_such():
    heard = [
        e.TranscriptChanged(at=1.0, turn=1, text=text, final=True, language="zh", logprob=0, no_speech=0)
        for text in ("对", "几点开门")
    ]
    first, second = lines(heard)
    assert first.endswith("Customer: 对")
    assert second.endswith("That is: 几点开门")


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


def test_a_second_opinion_is_told_where_it_disagrees():
    heard = {"at": 1.0, "turn": 1, "probability": 0.82, "style": Style.SOOTHING}
    assert lines([e.OpinionHeard(state=State.INQUIRY, agrees=True, **heard)]) == []
    (told,) = lines([e.OpinionHeard(state=State.ANXIOUS, agrees=False, **heard)])
    assert "anxious" in told
    assert "82%" in told
    assert "soothing" in told
    (told,) = lines([e.OpinionHeard(state=State.ANXIOUS, agrees=False, **heard)], language="zh")
    assert "焦虑" in told
    assert "安抚" in told


def test_an_edited_policy_is_told_with_each_of_its_mistakes():
    told = lines(
        [
            e.PolicyChanged(at=1.0, policy="sha256:4f1c" + "0" * 60, error=""),
            e.PolicyChanged(at=2.0, policy="sha256:4f1c" + "0" * 60, error="a.toml:3: x\na.toml:5: y"),
        ]
    )
    assert "in force" in told[0]
    assert "4f1c" in told[0]
    assert "not used" in told[1]
    assert [line.strip() for line in told[2:]] == ["a.toml:3: x", "a.toml:5: y"]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            e.CommandRefused(
                at=1.0, command="ChooseVoice", code="voice", message="no such voice", hint="try another"
            ),
            "ChooseVoice refused [voice]: no such voice. try another",
        ),
        (e.StyleForced(at=1.0, style=Style.WARM), "Style: warm."),
        (e.StyleForced(at=1.0, style=None), "The policy chooses the style again."),
        (e.VoiceChanged(at=1.0, voice="espeak-ng cmn"), "Voice: espeak-ng cmn."),
        (e.ControlChanged(at=1.0, operator=True), "A person answers now."),
        (e.ControlChanged(at=1.0, operator=False), "The agent answers again."),
        (e.ScenarioChanged(at=1.0, scenario="medical"), "Scenario: medical."),
        (e.Recording(at=1.0, on=True, until=0.0, file="a.wav"), "Recording to a.wav."),
        (e.Recording(at=1.0, on=False, until=0.0, file="a.wav"), "No longer recording."),
        (e.SessionSaved(at=1.0, file="a.jsonl"), "Saved to a.jsonl."),
    ],
)
def test_what_an_operator_changed_is_told(event, told):
    (line,) = lines([event])
    assert line.endswith(told)


@given(st.lists(st.one_of([st.from_type(kind) for kind in get_args(e.Event)]), max_size=8))
def test_no_sequence_of_events_breaks_the_view(events):
    assert all(isinstance(line, str) for line in lines(events, waterfalls=True, color=True))
