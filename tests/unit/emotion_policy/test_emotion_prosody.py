"""Measuring a voice: what must hold for any sound, and what holds for speech."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.audio import Samples
from emotion_policy.pitch import HIGHEST, LOWEST
from emotion_policy.prosody import CLEANEST, FASTEST, FLOOR, UNVOICED, Prosody, measure, paced
from emotion_policy.syllables import syllables

pytestmark = pytest.mark.unit

RATE = 16_000


def tone(hertz: float, seconds: float = 0.5, rate: int = RATE, level: float = 0.3) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def voice(
    hertz: float, tilt: float, seed: int, seconds: float = 0.5, rate: int = RATE, loudness: float = 0.3
) -> Samples:
    """Harmonics at random phases that fall by `tilt` with their number, as a glottis and a mouth make them."""
    number = np.arange(1, 1 + max(1, int(min(4000, rate / 2 - 1) / hertz)))
    phases = np.random.default_rng(seed).uniform(0, 2 * np.pi, len(number))
    at = np.arange(round(seconds * rate)) / rate
    sound = (np.sin(2 * np.pi * hertz * np.outer(at, number) + phases) / number**tilt).sum(axis=1)
    return (loudness * sound / np.abs(sound).max()).astype(np.float32)


def words(hertz: float, pauses: float = 0.3, noise: float = 0.002, seed: int = 1) -> Samples:
    """Three words of one pitch between pauses, in a quiet room."""
    silence = np.zeros(round(pauses * RATE), np.float32)
    sound = np.concatenate(
        [part for _ in range(3) for part in (silence, voice(hertz, 1.0, seed))] + [silence]
    )
    return (sound + np.random.default_rng(seed).normal(0, noise, len(sound))).astype(np.float32)


def fits(prosody: Prosody) -> bool:
    return (
        all(math.isfinite(value) for value in astuple(prosody))
        and FLOOR <= prosody.energy <= 0
        and (prosody.f0 == 0 or LOWEST <= prosody.f0 <= HIGHEST)
        and prosody.spread >= 0
        and 0 <= prosody.voiced <= 1
        and 0 <= prosody.rate <= FASTEST
        and 0 <= prosody.snr <= CLEANEST
    )


@settings(deadline=None)
@given(
    hnp.arrays(np.float32, st.integers(0, 6000), elements=st.floats(width=32)),
    st.integers(-1, 200_000),
    st.floats(0, 1000),
)
def test_any_sound_is_measured_in_range_and_without_an_error(samples, rate, count):
    assert fits(measure(samples, rate, count))


@settings(deadline=None, max_examples=30)
@given(
    st.floats(60, 400),
    st.lists(st.integers(0, 7999), max_size=50),
    st.sampled_from([math.nan, math.inf, -math.inf, 1e30]),
)
def test_samples_that_are_no_numbers_do_not_hide_the_voice_around_them(hertz, places, broken):
    sound = voice(hertz, 1.0, 3)
    sound[places[:3]] = broken
    assert fits(measure(sound, RATE))


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0, np.float32), np.zeros(48_000, np.float32), np.zeros(1, np.float32), np.full(48_000, math.nan, np.float32),
     np.full(16_000, 0.7, np.float32), tone(200, seconds=0.05), np.zeros((10, 10), np.float32), None],
)  # fmt: skip
def test_what_holds_no_voice_is_unvoiced(samples):
    assert measure(samples, RATE, 5) == UNVOICED


def test_noise_is_no_voice():
    noise = np.random.default_rng(5).normal(0, 0.1, 48_000).astype(np.float32)
    assert measure(noise, RATE).voiced < 0.1


@settings(deadline=None, max_examples=60)
@given(st.floats(62, 395), st.sampled_from([8000, 16_000, 22_050, 24_000, 44_100, 48_000]))
def test_the_pitch_of_a_tone_is_right_within_three_percent(hertz, rate):
    assert measure(tone(hertz, rate=rate), rate).f0 == pytest.approx(hertz, rel=0.03)


@settings(deadline=None, max_examples=100)
@given(st.floats(62, 395), st.floats(0.5, 2), st.integers(0, 999), st.sampled_from([8000, 16_000, 44_100]))
def test_the_pitch_of_a_voice_is_right_within_three_percent_and_no_octave_off(hertz, tilt, seed, rate):
    assert measure(voice(hertz, tilt, seed, rate=rate), rate).f0 == pytest.approx(hertz, rel=0.03)


@settings(deadline=None, max_examples=60)
@given(st.floats(70, 380), st.integers(0, 99), st.floats(-30, 9))
def test_a_gain_moves_the_energy_by_as_much_and_nothing_else(hertz, seed, gain):
    sound = words(hertz, seed=seed)
    before, after = measure(sound, RATE, 9), measure(sound * np.float32(10 ** (gain / 20)), RATE, 9)
    assert after.energy == pytest.approx(before.energy + gain, abs=0.02)
    assert astuple(replace(after, energy=0.0)) == pytest.approx(
        astuple(replace(before, energy=0.0)), rel=0.002, abs=0.002
    )


def test_a_clipped_voice_keeps_its_pitch():
    assert measure(voice(180, 1.0, 1) * 20, RATE).f0 == pytest.approx(180, rel=0.03)


@settings(deadline=None, max_examples=30)
@given(st.floats(70, 380), st.floats(5, 30))
def test_the_signal_to_noise_ratio_is_told_within_three_decibels(hertz, snr):
    sound = words(hertz, noise=0)
    level = 10 * np.log10(np.mean(np.square(voice(hertz, 1.0, 1), dtype=np.float64)))
    noise = np.random.default_rng(2).normal(0, 10 ** ((level - snr) / 20), len(sound))
    assert measure((sound + noise).astype(np.float32), RATE).snr == pytest.approx(snr, abs=3)


def test_a_melody_has_a_spread_and_a_drone_has_none():
    melody = np.concatenate([voice(hertz, 1.0, 1, seconds=0.3) for hertz in (150, 170, 200, 230)])
    assert measure(melody, RATE).spread == pytest.approx(2.8, abs=0.6)
    assert measure(voice(150, 1.0, 1), RATE).spread < 0.1


def test_syllables_over_voice_are_the_rate():
    measured = measure(words(150), RATE)
    assert paced(measured, 9, len(words(150)) / RATE).rate == pytest.approx(9 / 1.5, rel=0.15)
    assert measure(words(150), RATE, 9) == paced(measured, 9, len(words(150)) / RATE)


def test_a_rate_that_nobody_speaks_is_not_known():
    assert measure(words(150), RATE, 200).rate == 0


def test_a_long_utterance_is_measured_like_a_short_one():
    short = measure(words(150), RATE)
    long = measure(np.tile(words(150), 8), RATE)
    assert (long.f0, long.energy) == pytest.approx((short.f0, short.energy), rel=0.02)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("我等了2个小时", 7), ("ATM", 3), ("the machine ate my card", 6), ("waiting for two hours", 5),
     ("table", 2), ("needed", 2), ("helped", 1), ("places", 2), ("APP打不开", 6), ("！？，。", 0), ("hmm", 1)],
)  # fmt: skip
def test_syllables_are_counted_in_both_languages(text, count):
    assert syllables(text) == count


@given(st.text(), st.text())
def test_syllables_never_go_below_zero_and_two_sentences_have_both_their_syllables(one, other):
    assert syllables(f"{one} {other}") == syllables(one) + syllables(other) >= 0


ENGLISH = "I have been waiting for two hours and nobody helps me"
CHINESE = "我等了两个小时没有人管我"


@pytest.fixture(scope="module")
def library() -> Iterator[object]:
    """espeak-ng, whose settings say what must come out."""
    pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")
    from tts.espeak_library import EspeakLibrary

    opened = EspeakLibrary()
    yield opened
    opened.close()


def said(library, text, *, voice, pitch=50, rate=175, volume=100) -> Prosody:
    from tts.espeak_library import VoiceSettings

    speech = library.speak(
        text, VoiceSettings(voice=voice, rate=rate, pitch=pitch, range=50, volume=volume)
    ).samples
    pause = np.zeros(library.rate // 3, np.float32)
    sound = np.concatenate([pause, speech.astype(np.float32) / np.float32(32_768), pause])
    return measure(sound, library.rate, syllables(text))


@pytest.mark.parametrize(
    ("text", "voice", "low", "high"),
    [(ENGLISH, "en-us", 75, 130), (CHINESE, "cmn", 60, 130), (ENGLISH, "en-us+f3", 160, 260)],
)
def test_a_higher_setting_of_a_voice_is_a_higher_pitch_and_both_are_a_persons(
    library, text, voice, low, high
):
    soothing, cheerful = (said(library, text, voice=voice, pitch=pitch) for pitch in (40, 58))
    assert low < soothing.f0 < cheerful.f0 < high
    assert cheerful.f0 / soothing.f0 == pytest.approx(1.2, abs=0.08)


@pytest.mark.parametrize(("text", "voice", "rate"), [(ENGLISH, "en-us", 175), (CHINESE, "cmn", 300)])
def test_faster_and_louder_speech_is_measured_as_such(library, text, voice, rate):
    calm = said(library, text, voice=voice, rate=round(rate * 0.85), volume=80)
    hurried = said(library, text, voice=voice, rate=round(rate * 1.2), volume=110)
    assert hurried.rate > calm.rate * 1.15
    assert hurried.energy > calm.energy + 1
    assert min(calm.voiced, hurried.voiced) > 0.3
