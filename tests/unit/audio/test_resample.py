"""Resampling: the stream gives what the one-shot gives, and forgets when told."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.resample import FrameConverter, StreamResampler, resample
from core.audio import FRAME_BYTES, FRAME_SECONDS, Waveform, from_pcm, to_pcm

pytestmark = pytest.mark.unit

RATES = st.sampled_from([8_000, 16_000, 22_050, 24_000, 44_100, 48_000])


def tone(count: int, rate: int):
    return (0.5 * np.sin(2 * np.pi * 300 * np.arange(count) / rate)).astype(np.float32)


@settings(max_examples=40)
@given(RATES, RATES, st.lists(st.integers(0, 2_000), min_size=1, max_size=6))
def test_however_sound_is_cut_the_stream_equals_the_whole(rate, to, pieces):
    sound = tone(sum(pieces), rate)
    stream = StreamResampler(rate, to)
    cuts = np.split(sound, np.cumsum(pieces)[:-1])
    got = np.concatenate([*map(stream.feed, cuts), stream.finish()])
    assert len(got) == pytest.approx(len(sound) * to / rate, abs=1.5)
    whole = resample(Waveform(sound, rate), to).samples
    short = min(len(got), len(whole))
    assert np.allclose(got[:short], whole[:short], atol=1e-4)


def test_after_a_reset_nothing_of_before_sounds():
    stream = StreamResampler(22_050, 48_000)
    stream.feed(np.ones(3_000, np.float32))
    stream.reset()
    assert not np.concatenate([stream.feed(np.zeros(3_000, np.float32)), stream.finish()]).any()


def test_the_same_rate_changes_nothing():
    sound = Waveform(tone(100, 16_000), 16_000)
    assert resample(sound, 16_000).samples is sound.samples
    stream = StreamResampler(16_000, 16_000)
    assert stream.feed(sound.samples) is sound.samples
    stream.reset()
    assert len(stream.finish()) == 0


@settings(max_examples=30)
@given(
    st.sampled_from([8_000, 22_050, 44_100, 48_000]),
    st.integers(1, 4),
    st.lists(st.integers(1, 1_500), max_size=12),
)
def test_a_microphone_of_any_rate_and_width_becomes_our_frames_however_it_is_cut(rate, channels, blocks):
    whole, cut, sound = (
        FrameConverter(rate, channels),
        FrameConverter(rate, channels),
        tone(sum(blocks), rate),
    )
    pcm = np.repeat(np.frombuffer(to_pcm(Waveform(sound, rate)), "<i2"), channels).reshape(-1, channels)
    pieces = np.split(pcm, np.cumsum(blocks)[:-1]) if blocks else []
    frames = [frame for piece in pieces for frame in cut.frames(piece.tobytes())]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert len(sound) / rate - len(frames) * FRAME_SECONDS < 0.06
    got, want = from_pcm(b"".join(frames)).samples, from_pcm(b"".join(whole.frames(pcm.tobytes()))).samples
    short = min(len(got), len(want))
    assert np.allclose(got[:short], want[:short], atol=1e-3)


@pytest.mark.parametrize(
    ("pitch", "least", "most"), [(1_000, 0.98, 1.02), (5_000, 0.9, 1.05), (11_000, 0, 0.01)]
)
def test_a_converted_microphone_keeps_speech_and_lets_nothing_fold_back(pitch, least, most):
    sound = (0.5 * np.sin(2 * np.pi * pitch * np.arange(48_000) / 48_000)).astype(np.float32)
    frames = FrameConverter(48_000, 1).frames(to_pcm(Waveform(sound, 48_000)))
    got = from_pcm(b"".join(frames)).samples[1_000:-1_000]
    assert least <= np.sqrt(np.mean(got**2)) / np.sqrt(np.mean(sound**2)) <= most
