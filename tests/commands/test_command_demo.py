"""`tingshuo demo`: a whole conversation on the shipped models, and what it leaves behind."""

from __future__ import annotations

import re
import tomllib
import wave
from html import escape
from pathlib import Path

import numpy as np
import pytest

from core import events as e

pytestmark = [pytest.mark.commands, pytest.mark.timeout(120)]

SCRIPT = Path(__file__).parents[2] / "models" / "demo" / "conversation" / "script.toml"
LINES = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))["line"]
SPOKEN = [line for line in LINES if line["text"]]
QUIET = 10 ** (-40 / 20)
"""Full scale is 1; softer than -40 dB is as good as silent."""


def _turn(demo, said, words: str) -> dict:
    """The only turn whose customer said so."""
    turns = [turn for turn in said(demo.events).values() if turn.get("customer") == words]
    assert len(turns) == 1, said(demo.events)
    return turns[0]


def _all(demo, kind) -> list:
    return [event for event in demo.events if isinstance(event, kind)]


def _line(shows: str) -> dict:
    return next(line for line in LINES if shows in line["shows"])


def _sides(demo) -> tuple[int, np.ndarray]:
    with wave.open(str(demo.out / "conversation.wav"), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return file.getframerate(), samples.reshape(-1, 2) / 32768


def test_it_succeeds_and_says_where_to_look_and_listen(demo):
    assert demo.done.returncode == 0, demo.done.stderr
    assert "Traceback" not in demo.done.stderr
    for name in ("conversation.wav", "events.jsonl", "report.html"):
        assert f"out/demo/{name}" in demo.done.stdout
        assert (demo.out / name).stat().st_size > 0


def test_its_banner_says_what_is_running_and_that_these_are_demo_models(demo):
    for word in (
        "Hearing: ",
        "Thinking: ",
        "Voice: ",
        "Knowledge: ",
        "demo models; `tingshuo models` tells how",
    ):
        assert word in demo.done.stdout
    assert "Whisper" in demo.done.stdout.partition("\n")[0]


def test_it_prints_each_turn_with_state_style_answer_and_waterfall(demo, said):
    turns = [turn for turn in said(demo.events).values() if turn.get("customer")]
    for turn in turns:
        assert f"Customer: {turn['customer']}" in demo.done.stdout
        assert f"{turn['state']} → {turn['style']}" in demo.done.stdout
    assert demo.done.stdout.count(" Agent: ") >= len(turns)
    assert demo.done.stdout.count("first sound after") == len(turns)
    assert "endpoint" in demo.done.stdout


def test_at_least_eight_customers_speak_in_both_languages(demo):
    final = [event for event in _all(demo, e.TranscriptChanged) if event.final and event.text]
    assert len(LINES) >= 8
    assert len(final) == len(SPOKEN)
    assert {event.language for event in final} == {"zh", "en"}


def test_it_hears_what_was_said(demo, said):
    heard = [turn["customer"] for turn in said(demo.events).values() if turn.get("customer")]
    wrong = [
        (line["text"], words) for line, words in zip(SPOKEN, heard, strict=True) if line["text"] != words
    ]
    assert len(wrong) <= 1, wrong


def test_an_inquiry_is_answered_from_the_knowledge_base(demo, said):
    turn = _turn(demo, said, _line("an inquiry, answered from the knowledge base")["text"])
    assert (turn["state"], turn["source"], turn["outcome"]) == ("inquiry", "knowledge", "answered")
    assert "九点" in turn["reply"]


def test_a_complaint_is_answered_with_an_apology_or_soothingly(demo, said):
    turn = _turn(demo, said, _line("a complaint")["text"])
    assert turn["state"] == "complaint"
    assert turn["style"] in {"apologetic", "soothing"}
    assert turn["outcome"] == "answered"


def test_an_anxious_patient_is_answered_gently_or_soothingly(demo, said):
    turn = _turn(demo, said, _line("an anxious patient")["text"])
    assert turn["state"] == "anxious"
    assert turn["style"] in {"gentle", "soothing"}
    assert turn["outcome"] == "answered"


def test_thanks_are_answered_warmly(demo, said):
    turn = _turn(demo, said, _line("thanks")["text"])
    assert turn["state"] == "thanks"
    assert turn["style"] in {"warm", "cheerful"}


def test_whoever_asks_for_a_person_gets_one_called(demo):
    assert _all(demo, e.StaffCalled)


def test_the_barge_in_ends_the_answer_where_it_had_been_heard(demo):
    (cut,) = _all(demo, e.BargeIn)
    (ended,) = [event for event in _all(demo, e.TurnEnded) if event.turn == cut.turn]
    assert ended.outcome == "interrupted"
    assert 0 < len(ended.heard) < len(ended.reply)
    assert ended.reply.startswith(ended.heard.rstrip())
    assert cut.heard == ended.heard


def test_noise_is_not_answered(demo, said):
    turns = said(demo.events).values()
    answered = [turn for turn in turns if turn.get("outcome") in {"answered", "interrupted"}]
    assert len(answered) == len(SPOKEN)
    assert not [turn for turn in turns if turn.get("reply") and not turn.get("customer")]


def test_nothing_fails(demo):
    assert not _all(demo, e.TurnFailed | e.DeviceLost | e.Overrun)


def test_the_log_begins_and_ends_with_the_session_and_goes_forward_in_time(demo):
    events = demo.events
    assert isinstance(events[0], e.SessionStarted)
    assert events[0].demo
    assert isinstance(events[-1], e.SessionEnded)
    times = [event.at for event in events]
    assert times == sorted(times)


def test_the_recording_has_both_sides_and_the_conversations_length(demo):
    rate, sides = _sides(demo)
    assert (np.abs(sides).max(axis=0) > QUIET).all()
    assert len(sides) / rate == pytest.approx(demo.events[-1].at, abs=1.0)


def test_the_agent_is_silent_on_the_recording_once_interrupted(demo):
    rate, sides = _sides(demo)
    (cut,) = _all(demo, e.BargeIn)
    after = round((cut.at + 0.12) * rate)
    assert np.abs(sides[after : after + rate // 2, 1]).max() < QUIET


def test_the_report_shows_each_turn_with_a_picture_and_a_player(demo, said):
    page = (demo.out / "report.html").read_text(encoding="utf-8")
    words = re.sub(r"</?mark[^>]*>", "", page)
    turns = said(demo.events)
    for number, turn in turns.items():
        assert f"turn-{number}'" in page
        assert escape(str(turn.get("customer", ""))) in words
        assert not turn.get("state") or f"{turn['state']} → {turn['style']}" in page
    assert page.count("<svg") >= len(turns)
    assert page.count("<audio") >= len(turns) + 1
    assert "conversation.wav" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
