"""Both sides of a session as sound: in their places, whatever jitter the blocks had."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.audio import FRAME_BYTES, FRAME_SAMPLES, HEARING_RATE
from pipeline.journal import Entry, Session
from pipeline.session_sound import sides_of

pytestmark = pytest.mark.unit


def session(*entries: Entry) -> Session:
    return Session(path=Path("x"), header={}, entries=entries, events=(), complete=True)


def frame(at: float, value: int = 1000) -> Entry:
    pcm = np.full(FRAME_SAMPLES, value, "<i2").tobytes()
    assert len(pcm) == FRAME_BYTES
    return Entry(number=0, at=at, kind="frame", sound=pcm)


def pull(at: float, samples: int, *, loud: bool = True) -> Entry:
    sound = np.full(samples, 0.5, np.float32) if loud else None
    return Entry(number=0, at=at, kind="pull", fields={"samples": samples, "loud": loud}, sound=sound)


def test_frames_that_are_a_little_late_still_follow_each_other():
    sides = sides_of(session(frame(0.02), frame(0.055), frame(0.06), frame(0.09)), HEARING_RATE)
    assert np.all(sides.customer[: 4 * FRAME_SAMPLES] == 1000)
    assert not sides.customer[4 * FRAME_SAMPLES :].any()


def test_what_was_lost_is_silence():
    sides = sides_of(session(frame(0.02), frame(1.02)), HEARING_RATE)
    assert not sides.customer[FRAME_SAMPLES:HEARING_RATE].any()
    assert np.all(sides.customer[HEARING_RATE : HEARING_RATE + FRAME_SAMPLES] == 1000)


def test_the_loudspeakers_silence_takes_its_time():
    sides = sides_of(session(pull(0.0, 160, loud=False), pull(0.01, 160)), HEARING_RATE)
    assert not sides.agent[:160].any()
    assert np.all(sides.agent[160:320] == 16_384)


def test_another_rate_is_brought_to_ours():
    sides = sides_of(session(*(pull(0.01 * number, 480) for number in range(50))), 48_000)
    assert len(sides.agent) == len(sides.customer)
    assert np.abs(sides.agent[1000:7000] - 16_384).max() < 200
    assert not sides.agent[9000:].any()


def test_a_clip_has_both_sides_and_no_more_than_there_is():
    sides = sides_of(session(frame(0.02), pull(0.0, 320)), HEARING_RATE)
    clip = sides.between(-1.0, 0.02)
    assert clip.shape == (320, 2)
    assert clip[0].tolist() == [1000, 16_384]
    assert len(sides.between(0.0, 99.0)) == len(sides.customer)
    assert sides.peaks(0.02)[0][0] == pytest.approx(1000 / 32_768)


def test_nothing_has_no_peaks():
    sides = sides_of(session(), HEARING_RATE)
    assert sides.peaks(10.0) == ([], [])
