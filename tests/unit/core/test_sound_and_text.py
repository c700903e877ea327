"""Sound and text values: conversions lose nothing they promise to keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.audio import FRAME_BYTES, FRAME_SAMPLES, HEARING_RATE, Utterance, Waveform, from_pcm, to_pcm
from core.errors import EngineError, LlmError, VoiceError
from core.text import script_of

pytestmark = pytest.mark.unit


@given(st.binary(max_size=400).filter(lambda b: len(b) % 2 == 0))
def test_pcm_survives_the_round_trip_to_float(pcm):
    assert to_pcm(from_pcm(pcm)) == pcm


@given(st.lists(st.floats(-4, 4, width=32), max_size=50))
def test_sound_beyond_full_scale_is_clipped_and_never_wraps(samples):
    back = from_pcm(to_pcm(Waveform(np.array(samples, dtype=np.float32), HEARING_RATE))).samples
    assert np.all(np.abs(back - np.clip(samples, -1, 1)) <= 1.1 / 32768)


@given(st.binary(max_size=400).filter(lambda b: len(b) % 2 == 0))
def test_an_utterance_becomes_samples_when_they_are_asked_for_and_once(pcm):
    waveform = Utterance(pcm=pcm, started=0.0, ended=0.0).waveform
    assert waveform.sound == pcm
    assert np.array_equal(waveform.samples, from_pcm(pcm).samples)
    assert waveform.samples is waveform.samples is waveform.sound
    assert waveform.seconds == pytest.approx(len(pcm) / 2 / HEARING_RATE)


def test_a_frame_is_twenty_milliseconds():
    assert FRAME_SAMPLES == 320
    assert FRAME_BYTES == 640
    assert from_pcm(bytes(FRAME_BYTES)).seconds == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好", "zh"),
        ("hello", "en"),
        ("我要办 PDF 文件", "zh"),
        ("please say 你好 to the whole big room", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_language_is_told_by_script(text, language):
    assert script_of(text) == language


def test_errors_carry_a_dotted_code_a_hint_and_an_exit_code():
    error = LlmError("no answer", code="empty", hint="ask again")
    assert (error.code, error.hint, error.message) == ("llm.empty", "ask again", "no answer")
    assert VoiceError("x").code == "error"
    assert isinstance(error, EngineError)
    codes = [kind.exit_code for kind in VoiceError.__subclasses__()]
    assert len(set(codes)) == len(codes)


def test_sound_that_is_int16_already_is_neither_decoded_to_be_measured_nor_encoded_again():
    pcm = bytes(range(64))
    waveform = Waveform(pcm, 16_000)
    assert waveform.seconds == 32 / 16_000
    assert to_pcm(waveform) is pcm
    assert waveform.sound is pcm
