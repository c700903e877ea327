"""Reference clips: what is refused and why, and what is only doubted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import InputError
from tts.indextts2 import clip as rules
from tts.indextts2.clip import Clip, check_clip

pytestmark = pytest.mark.unit

RATE = 24_000
Sound = NDArray[np.float64]


def _speech(seconds: float = 4.5, rate: int = RATE, *, level: float = 0.1, seed: int = 0) -> Sound:
    """Noise of all frequencies in syllables of 160 ms with pauses of 90 ms: loud and quiet as speech is."""
    n = round(seconds * rate)
    noise = np.random.default_rng(seed).normal(0, level, n)
    sounding = (np.arange(n) / rate) % 0.25 < 0.16
    return np.clip(noise * np.where(sounding, 1.0, 0.001), -0.98, 0.98)


def _checked(samples: Sound, rate: int = RATE, **options: bool) -> Clip:
    return check_clip(samples, rate, name="clip.wav", **options)


def _code(samples: Sound, rate: int = RATE) -> str:
    with pytest.raises(InputError) as caught:
        _checked(samples, rate)
    assert "clip.wav" in caught.value.message
    assert caught.value.hint
    return caught.value.code


def test_a_good_clip_is_taken_without_a_word():
    clip = _checked(_speech())
    assert clip.warnings == ()
    assert clip.samples.dtype == np.float32
    assert clip.seconds == pytest.approx(4.5)
    assert clip.rate == RATE


@pytest.mark.parametrize("seconds", [3.0, 15.0])
def test_the_shortest_and_the_longest_are_taken(seconds: float):
    assert _checked(_speech(seconds)).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (0.0, "input.clip-short"),
        (2.99, "input.clip-short"),
        (15.01, "input.clip-long"),
        (60, "input.clip-long"),
    ],
)
def test_what_is_shorter_or_longer_is_refused(seconds: float, code: str):
    assert _code(_speech(seconds)) == code


@pytest.mark.parametrize(("rate", "good"), [(8_000, False), (15_999, False), (16_000, True), (192_000, True)])
def test_the_rate_must_hold_what_the_networks_hear(rate: int, good: bool):
    if good:
        assert _checked(_speech(3.5, rate), rate).rate == rate
    else:
        assert _code(_speech(3.5, rate), rate) == "input.clip-rate"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_sample_that_is_no_number_is_refused(value: float):
    sound = _speech()
    sound[777] = value
    assert _code(sound) == "input.clip-not-finite"


@pytest.mark.parametrize(
    "sound",
    [np.zeros(4 * RATE), np.full(4 * RATE, 0.3), _speech(level=0.0005), np.eye(1, 4 * RATE)[0]],
    ids=["zeros", "an offset alone", "a room", "one click"],
)
def test_silence_is_refused(sound: Sound):
    assert _code(sound) == "input.clip-silent"


@pytest.mark.parametrize("gain", [1.0, 0.5], ids=["at full scale", "turned down afterwards"])
def test_flat_tops_are_refused(gain: float):
    time = np.arange(4 * RATE) / RATE
    clipped = np.clip(2 * np.sin(2 * np.pi * 150 * time) + _speech(4, level=0.02), -1, 1) * gain
    assert _code(clipped) == "input.clip-clipped"


def test_one_clipped_channel_is_not_hidden_by_the_other():
    loud = np.clip(_speech(level=0.02) + 2 * np.sin(np.arange(len(_speech())) / 30), -1, 1)
    assert _code(np.stack([loud, np.zeros_like(loud)], axis=1)) == "input.clip-clipped"


def test_a_peak_at_full_scale_now_and_then_is_no_clipping():
    sound = _speech()
    sound[1000::5000] = 1.0
    assert "clipped" not in " ".join(_checked(sound).warnings)


@pytest.mark.parametrize("frequency", [80, 110, 220])
def test_round_tops_of_a_deep_voice_in_16_bits_are_no_clipping(frequency: int):
    tone = 0.5 * np.sin(2 * np.pi * frequency * np.arange(4 * 48_000) / 48_000) + _speech(
        4, 48_000, level=0.001
    )
    assert _checked(np.rint(tone * 32768) / 32768, 48_000).seconds == 4


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_channels_are_mixed_to_one(channels: int):
    sound = _speech()
    mixed = _checked(np.repeat(sound[:, None], channels, axis=1))
    assert np.allclose(mixed.samples, sound, atol=1e-6)


def test_a_voice_in_one_channel_of_two_is_taken():
    sound = _speech()
    assert _checked(np.stack([sound, np.zeros_like(sound)], axis=1)).warnings == ()


def test_channels_of_opposite_polarity_are_refused():
    sound = _speech()
    assert _code(np.stack([sound, -0.95 * sound], axis=1)) == "input.clip-channels"


def _gap(start: float, seconds: float) -> Sound:
    sound = _speech(4.9)
    sound[round(start * RATE) : round((start + seconds) * RATE)] *= 1e-4
    return sound


@pytest.mark.parametrize(
    ("sound", "word"),
    [
        (_speech(5.2), "first sound"),
        (_speech(level=0.005), "very quiet"),
        (np.random.default_rng(1).normal(0, 0.1, 4 * RATE), "noise, music, echo"),
        (np.rint(_speech() * 128) / 128, "sample values"),
        (_speech() + 0.05, "off centre"),
        (_gap(0.0, 0.8), "begins with 0.8 s of silence"),
        (_gap(4.0, 0.9), "ends with 1.0 s of silence"),
        (_gap(1.5, 1.5), "a pause of 1.6 s"),
    ],
)
def test_what_is_doubtful_is_told_and_taken(sound: Sound, word: str):
    assert any(word in doubt for doubt in _checked(sound).warnings)


def test_a_telephone_band_is_told():
    spectrum = np.fft.rfft(_speech())
    spectrum[np.fft.rfftfreq(len(_speech()), 1 / RATE) > 3_400] = 0
    assert any("telephone" in doubt for doubt in _checked(np.fft.irfft(spectrum)).warnings)


def test_an_emotion_clip_may_be_longer_because_no_reply_waits_for_it():
    assert _checked(_speech(9.0), timbre=False).warnings == ()


def test_the_reasons_and_the_limits_agree():
    assert rules.SHORTEST < rules.COSTS < rules.LONGEST
    assert rules.SILENT < rules.QUIET


@given(st.integers(0, 2**32 - 1), st.floats(0.02, 0.3), st.integers(1, 3))
def test_a_clip_that_is_taken_is_finite_and_as_long_as_it_was(seed: int, level: float, channels: int):
    sound = _speech(3.2, 16_000, level=level, seed=seed)
    clip = _checked(np.repeat(sound[:, None], channels, axis=1), 16_000)
    assert len(clip.samples) == len(sound)
    assert np.isfinite(clip.samples).all()
