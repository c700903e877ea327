"""The record of a decision: complete, canonical, with spans and without words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import wire
from core.emotion import State, Style
from emotion_policy.decide import decide
from emotion_policy.decision import Decision, Evidence, Flag, Observation
from emotion_policy.memory import Memory
from emotion_policy.record import SHOWN, chosen, confidence, line, record

pytestmark = pytest.mark.unit

TEXT = "我等了两个小时，根本没人管"
sentences = st.lists(
    st.sampled_from(["你好", TEXT, "my father passed away", "几点开门", "转人工", "谢谢", "you idiot", "嗯"]),
    min_size=1,
    max_size=3,
).map("，".join)


def decision(text: str = TEXT, memory: Memory | None = None) -> Decision:
    return decide(Observation(text=text, language="zh", scenario="retail", memory=memory or Memory()))


def test_it_says_all_that_was_decided() -> None:
    made = decision()
    kept = record(made, TEXT, turn=7, before=Memory(styles=(Style.WARM,)))
    assert kept["turn"] == 7
    assert str(kept["policy"]).startswith("sha256:")
    assert (kept["state"], kept["style"]) == (State.COMPLAINT, made.style)
    assert kept["arc"] == [made.arc.open.style, made.arc.body.style, made.arc.close.style]
    assert kept["hysteresis"] == {"from": "warm", "why": made.held}
    assert {"p", "runner_up", "intensity", "flags", "evidence", "vetoes", "escalate", "engine", "us"} <= set(
        kept
    )
    assert len(kept["evidence"]) == len(made.evidence)
    assert kept["engine"]["open"]["rate"] == made.arc.open.rate


@given(sentences)
def test_it_is_json_and_holds_no_word_of_the_customer(text: str) -> None:
    kept = line(record(decision(text), text, turn=1, before=Memory()))
    assert json.loads(kept)
    assert text not in kept


@given(sentences, st.floats(0, 1e6))
def test_equal_decisions_make_equal_lines_whatever_time_they_took(text: str, microseconds: float) -> None:
    made = decision(text)
    slower = replace(decision(text), microseconds=microseconds)
    assert line(record(made, text, turn=1, before=Memory())) == line(
        record(slower, text, turn=1, before=Memory())
    )


@given(sentences)
def test_spans_are_of_the_transcript_and_the_event_keeps_the_weightiest(text: str) -> None:
    event = chosen(decision(text), text, at=1.0, turn=1, failures=0)
    weights = [weight for _, _, weight, _, _ in event.evidence]
    assert len(event.evidence) <= SHOWN
    assert weights == sorted(weights, reverse=True)
    assert all(0 <= start <= end <= len(text) for *_, start, end in event.evidence)
    assert wire.decode(wire.encode(event)) == event


def test_the_words_under_a_span_are_those_that_were_heard() -> None:
    text = "嗯，我等了兩個小時"
    event = chosen(decision(text), text, at=0.0, turn=1, failures=0, most=9)
    (span,) = {(start, end) for cue, _, _, start, end in event.evidence if cue == "waited too long"}
    assert "等了" in text[slice(*span)]


def test_flags_and_marks_are_sorted_and_numbers_have_four_decimals() -> None:
    made = replace(
        decision(),
        flags=frozenset({Flag.WANTS_HUMAN, Flag.SELF_HARM}),
        marks=frozenset({"repeat", "elderly"}),
        probability=0.123456,
        intensity=2 / 3,
        evidence=(Evidence(cue="x", state=State.GRIEF, weight=1 / 3, start=0, end=2),),
    )
    event = chosen(made, TEXT, at=0.0, turn=1, failures=2)
    assert event.flags == ("elderly", "repeat", "self_harm", "wants_human")
    assert (event.probability, event.intensity, event.failures) == (0.1235, 0.6667, 2)
    assert event.evidence == (("x", State.GRIEF, 0.3333, 0, 2),)


@pytest.mark.parametrize(("arousal", "counted"), [(0.0, False), (-1.5, False), (0.71234, True)])
def test_of_a_voice_it_says_only_that_it_counted(arousal: float, counted: bool) -> None:
    event = chosen(replace(decision(), arousal=arousal), TEXT, at=0.0, turn=1, failures=0)
    assert event.voice is counted
    assert not counted or str(arousal) not in wire.encode(event)


@given(st.floats(0, 1))
def test_confidence_is_the_same_from_a_log(no_speech: float) -> None:
    assert confidence(no_speech) == confidence(json.loads(json.dumps(round(no_speech, 6))))
    assert 0 <= confidence(no_speech) <= 1
