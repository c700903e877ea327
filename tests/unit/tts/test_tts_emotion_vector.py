"""IndexTTS2's vector: in upstream's order, never angry, and the speaker always keeps a share."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.emotion import Emotion, Style
from emotion_policy.policy import packaged
from tts.emotion_vector import MOST, ORDER, SILENT, emotion_vector

pytestmark = pytest.mark.unit

amounts = st.floats(0, 1) | st.floats(allow_nan=True, allow_infinity=True)
emotions = st.builds(Emotion, **dict.fromkeys(ORDER, amounts))


@given(emotions)
def test_whatever_it_is_given_the_speaker_keeps_a_fifth_and_nothing_exceeds_its_bounds(emotion: Emotion):
    vector = emotion_vector(emotion)
    assert len(vector) == 8
    assert all(math.isfinite(amount) and 0 <= amount <= 1 for amount in vector)
    assert math.fsum(vector) <= MOST + 1e-9
    assert 1 - math.fsum(vector) >= 0.2 - 1e-9


@given(emotions)
def test_the_voice_is_never_angry_afraid_or_disgusted(emotion: Emotion):
    vector = dict(zip(ORDER, emotion_vector(emotion), strict=True))
    assert {vector[name] for name in SILENT} == {0.0}


@given(st.builds(Emotion, **dict.fromkeys(("happy", "sad", "calm", "surprised"), st.floats(0.01, 1))))
def test_a_vector_that_is_too_large_keeps_its_proportions(emotion: Emotion):
    vector = dict(zip(ORDER, emotion_vector(emotion), strict=True))
    whole = emotion.happy + emotion.sad + emotion.calm + emotion.surprised
    for name in ("happy", "sad", "calm", "surprised"):
        assert vector[name] == pytest.approx(getattr(emotion, name) * min(1.0, MOST / whole), abs=2e-4)


def test_the_order_is_upstreams_and_names_every_emotion():
    assert ORDER == ("happy", "angry", "sad", "afraid", "disgusted", "melancholic", "surprised", "calm")
    assert set(ORDER) == {field.name for field in fields(Emotion)}
    assert emotion_vector(Emotion(happy=0.5, sad=0.04, calm=0.05)) == (0.5, 0, 0.04, 0, 0, 0, 0, 0.05)


def test_no_emotion_is_the_speakers_own_manner():
    assert emotion_vector(Emotion()) == (0.0,) * 8


@pytest.mark.parametrize("style", list(Style))
def test_a_packaged_style_reaches_the_engine_as_it_is(style: Style):
    emotion = packaged("government").styles[style].emotion
    assert emotion_vector(emotion) == tuple(getattr(emotion, name) for name in ORDER)
