"""Recorded outputs: each finds the walk that asked for it, once, and what nobody recorded is said to be so."""

from __future__ import annotations

import numpy as np
import pytest

from core.audio import Waveform
from core.errors import AsrError, LlmError, TtsError
from core.text import Sentence
from pipeline.journal import Entry
from pipeline.replay_outputs import PACE, Outputs

pytestmark = pytest.mark.unit

RATE = 1_000


def walk(number: int, key: str | None, *values, lane: str = "llm", characters: int = 0) -> list[Entry]:
    about = {"lane": lane, "walk": number, "since": float(number), "key": key, "characters": characters}
    entries = [Entry(number=0, at=0.0, kind="walk", fields=about)]
    for value in values:
        written = {"sound": len(value.samples)} if isinstance(value, Waveform) else value
        sound = value.samples if isinstance(value, Waveform) else None
        fields = {"lane": lane, "walk": number, "value": written}
        entries.append(Entry(number=0, at=0.0, kind="took", fields=fields, sound=sound))
    return entries


def texts(found) -> list:
    return [value for _, value in found.outputs]


def test_a_walk_at_its_own_place_gives_what_it_gave():
    outputs = Outputs([*walk(0, "a", {"text": "1"}), *walk(1, "a", {"text": "2"})], RATE)
    assert [texts(outputs.walk("llm", "a", None, LlmError)) for _ in range(2)] == [["1"], ["2"]]
    assert (outputs.made_up, outputs.unused) == (0, 0)


def test_a_walk_that_moved_is_found_by_what_it_asked():
    outputs = Outputs([*walk(0, "a", {"text": "1"}), *walk(1, "b", {"text": "2"})], RATE)
    assert texts(outputs.walk("llm", "b", None, LlmError)) == ["2"]
    assert texts(outputs.walk("llm", "a", None, LlmError)) == ["1"]


def test_a_walk_that_was_let_go_of_at_once_gives_nothing_at_its_place():
    outputs = Outputs(walk(0, None), RATE)
    assert texts(outputs.walk("llm", "a", None, LlmError)) == []
    assert outputs.made_up == 0


def test_lanes_are_apart():
    outputs = Outputs(walk(0, "a", {"text": "1"}, lane="asr"), RATE)
    (failure,) = texts(outputs.walk("llm", "a", None, LlmError))
    assert failure.code == "llm.replay"
    assert (outputs.made_up, outputs.unused) == (1, 1)


@pytest.mark.parametrize("failure", [AsrError, LlmError, TtsError])
def test_what_nobody_recorded_is_the_failure_of_its_engine(failure):
    (error,) = texts(Outputs([], RATE).walk("llm", "a", None, failure))
    assert isinstance(error, failure)
    assert error.hint


def test_in_a_recording_that_was_cut_it_had_not_come_yet():
    outputs = Outputs([], RATE, cut=True)
    assert texts(outputs.walk("llm", "a", None, LlmError)) == []
    assert outputs.made_up == 0


def test_a_sentence_that_nobody_said_takes_as_long_as_its_characters_took_the_recorded_voice():
    sound = Waveform(np.ones(600, np.float32), RATE)
    said = walk(0, "a", sound, {"end": True}, lane="tts", characters=2)
    broken_off = walk(1, "b", sound, lane="tts", characters=50)
    sentence = Sentence(text="四个字啊", index=0, language="zh")
    for entries, pace in ((said + broken_off, 0.3), ([], PACE)):
        made, end = texts(Outputs(entries, RATE).walk("tts", "c", sentence, TtsError))
        assert made.seconds == pytest.approx(4 * pace)
        assert not made.samples.any()
        assert end is None


def test_a_walk_with_no_input_gives_nothing():
    assert texts(Outputs(walk(0, "a", {"text": "1"}), RATE).walk("llm", None, None, LlmError)) == []
