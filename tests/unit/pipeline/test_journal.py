"""The journal: each line that is written is read as it was, with its sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import errors
from core.audio import FRAME_BYTES, Waveform
from core.emotion import Opinion, State
from core.errors import InputError
from core.events import VisitReset
from core.text import Spoken, Transcript, Word
from pipeline.journal import Entry, Segment, part_of, session_of, value_of, written
from pipeline.session_file import Parts

pytestmark = pytest.mark.unit

RATE = 16_000
NUMBERS = st.integers(0, 2**40)
TEXTS = st.text(max_size=20)
FINITE = st.floats(0, 1e6).map(lambda value: round(value, 6))
SOUNDS = st.lists(st.integers(-32_768, 32_767), min_size=1, max_size=40).map(
    lambda pcm: np.asarray(pcm, np.float32) / np.float32(32_768)
)
KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.VoiceError)
]
FAILURES = st.builds(
    lambda kind, text, code, hint: kind(text, code=code, hint=hint),
    st.sampled_from(KINDS),
    TEXTS,
    st.none() | st.sampled_from(["memory", "a.b"]),
    TEXTS,
)
TRANSCRIPTS = st.builds(
    Transcript,
    text=TEXTS,
    final=st.booleans(),
    language=st.sampled_from(["zh", "en"]),
    words=st.lists(st.builds(Word, text=TEXTS, start=FINITE, end=FINITE), max_size=3).map(tuple),
    logprob=FINITE,
    no_speech=FINITE,
    confirm=st.booleans(),
)
OPINIONS = st.builds(
    Opinion, probabilities=st.lists(FINITE, min_size=len(State), max_size=len(State)).map(tuple)
)
VALUES = (
    st.none()
    | TEXTS
    | TRANSCRIPTS
    | OPINIONS
    | st.builds(Spoken, at_samples=NUMBERS, characters=NUMBERS)
    | FAILURES
)


def through(*entries: Entry, events=()) -> list[Entry]:
    """Written and read."""
    part = part_of(Segment(entries=list(entries), events=list(events)), speaker_rate=RATE, voice_rate=RATE)
    return list(session_of(Path("x"), Parts(header={}, parts=(part,), complete=True)).entries)


@given(VALUES)
@example("next\x85line")
def test_an_engines_output_is_read_as_it_was_written(value):
    entry = Entry(number=0, at=1.5, kind="took", fields={"lane": "llm", "walk": 3, "value": value})
    (read,) = through(entry)
    found = value_of(read.fields["value"], None, RATE)
    if isinstance(value, errors.VoiceError):
        assert (type(found), found.code, found.message, found.hint) == (
            type(value),
            value.code,
            value.message,
            value.hint,
        )
    else:
        assert found == value


@given(st.lists(st.tuples(SOUNDS, st.sampled_from(["took", "pull", "quiet", "frame"])), max_size=8))
def test_every_sound_finds_its_line_again(sounds):
    entries = []
    for number, (samples, kind) in enumerate(sounds):
        if kind == "took":
            fields = {"lane": "tts", "walk": 0, "value": Waveform(samples, RATE)}
            entries.append(Entry(number=number, at=number / 10, kind="took", fields=fields))
        elif kind == "frame":
            entries.append(
                Entry(number=number, at=number / 10, kind="frame", sound=bytes([number]) * FRAME_BYTES)
            )
        else:
            fields = {"samples": len(samples), "loud": kind == "pull"}
            sound = samples if kind == "pull" else None
            entries.append(Entry(number=number, at=number / 10, kind="pull", fields=fields, sound=sound))
    for was, now in zip(entries, through(*entries), strict=True):
        assert (was.number, was.at, was.kind) == (now.number, now.at, now.kind)
        samples = was.fields["value"].samples if was.kind == "took" else was.sound
        if isinstance(samples, np.ndarray):
            assert np.array_equal(samples, now.sound)
        else:
            assert samples == now.sound


@given(st.lists(FINITE, max_size=5), FINITE)
def test_readings_and_fields_are_exact(readings, at):
    entry = Entry(
        number=7,
        at=at,
        kind="woke",
        fields={"seconds": 1.0, "nth": 2, "since": at},
        readings={"now": readings},
    )
    (read,) = through(entry)
    assert read.readings.get("now", []) == readings
    assert read.fields == entry.fields
    assert read.at == at


def test_entries_come_by_number_and_events_as_they_were_said():
    late, early = (Entry(number=number, at=1.0, kind="directed") for number in (2, 1))
    part = part_of(
        Segment(entries=[late, early], events=[VisitReset(at=1.0)]), speaker_rate=RATE, voice_rate=RATE
    )
    session = session_of(Path("x"), Parts(header={}, parts=(part,), complete=False))
    assert [entry.number for entry in session.entries] == [1, 2]
    assert session.events == ['{"type": "VisitReset", "at": 1.0}']
    assert session.seconds == 1.0


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"7",
        b"\xff",
        b'{"n": 1}',
        b'{"n":1,"at":0,"kind":"gone"}',
        b'{"n":1,"at":0,"kind":"frame"}',
        b'{"n":1,"at":0,"kind":"took"}',
        b'{"n":1,"at":0,"kind":"took","lane":"llm","walk":0,"value":{"text":7}}',
        b'{"n":1,"at":0,"kind":"pull","samples":"8","loud":false}',
        b'{"n":1,"at":0,"kind":"command","command":"Quit"}',
        b'{"n":1,"at":0,"kind":"pull","samples":1000001,"loud":false}',
        b'{"n":1,"at":0,"kind":"pull","samples":-1,"loud":false}',
        b'{"n":1,"at":0,"kind":"directed","read":{"voiced":[1]}}',
        b'{"n":1,"at":0,"kind":"directed","read":{"weather":["fine"]}}',
    ],
)
def test_a_line_that_says_nothing_is_damage(line):
    part = dict(part_of(Segment(), speaker_rate=RATE, voice_rate=RATE))
    part["journal.jsonl"] = line
    with pytest.raises(InputError) as refused:
        session_of(Path("x"), Parts(header={}, parts=(part,), complete=True))
    assert refused.value.code == "input.session-damaged"


@pytest.mark.parametrize("fields", [{}, {"text": 7}, {"end": False}, {"error": {"type": "AsrError"}}])
def test_an_output_that_says_nothing_is_refused(fields):
    with pytest.raises(ValueError, match="no output"):
        value_of(fields, None, RATE)


def test_an_error_of_an_unknown_kind_is_still_an_error():
    error = value_of(
        {"error": {"type": "Gone", "code": "error.gone", "message": "m", "hint": "h"}}, None, RATE
    )
    assert (type(error), error.code) == (errors.VoiceError, "error.gone")


def test_sound_of_no_length_is_sound():
    assert written(Waveform(np.zeros(0, np.float32), RATE)) == {"sound": 0}
    assert value_of({"sound": 0}, None, RATE).seconds == 0
