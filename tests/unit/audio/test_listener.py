"""The listener: no frame is lost around speech, none is used twice, and silence is cheap."""

import sys
import timeit
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.config import AudioConfig
from audio.endpointing import Endpointing
from audio.fake import LOUD_FRAME, ScriptedGate
from audio.listener import Listener
from audio.vad import EnergyGate
from core.audio import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    SILENT_FRAME,
    AudioFrame,
    Lull,
    Onset,
    Resumption,
    Suspicion,
    Utterance,
)

pytestmark = pytest.mark.unit

voices = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=10).map(
    lambda runs: [voiced for voiced, count in runs for _ in range(count)]
)


def numbered(frame: int) -> bytes:
    """A frame whose every sample is its number."""
    return np.full(FRAME_SAMPLES, frame, "<i2").tobytes()


def listener(config, voiced):
    return Listener(ScriptedGate(voiced), Endpointing(config), config)


def frames_in(utterance: Utterance) -> list[int]:
    return np.rint(utterance.waveform.samples[::FRAME_SAMPLES] * 32768).astype(int).tolist()


def hear_all(ear, count):
    heard = [ear.hear(AudioFrame(numbered(n), (n + 1) * FRAME_SECONDS)) for n in range(count)]
    return [h for h in heard if h is not None]


@given(voices, st.floats(0, 0.6))
def test_utterances_are_runs_of_frames_in_order_and_share_none(voiced, preroll):
    config = AudioConfig(preroll=preroll, maximum_utterance=1.0)
    voiced = [*voiced, *[False] * 30]
    used = -1
    for heard in hear_all(listener(config, voiced), len(voiced)):
        if isinstance(heard, Utterance):
            frames = frames_in(heard)
            assert frames == list(range(frames[0], frames[-1] + 1))
            assert frames[0] > used
            used = frames[-1]


@given(voices, st.floats(0, 0.6))
def test_an_utterance_holds_all_its_voice_and_says_when_it_was(voiced, preroll):
    config = AudioConfig(preroll=preroll)
    voiced = [*voiced, *[False] * 30]
    margin = round(preroll / FRAME_SECONDS)
    for heard in hear_all(listener(config, voiced), len(voiced)):
        if isinstance(heard, Utterance):
            frames = frames_in(heard)
            first, last = round(heard.started / FRAME_SECONDS), round(heard.ended / FRAME_SECONDS) - 1
            assert voiced[first]
            assert voiced[last]
            assert frames[0] <= first <= last <= frames[-1]
            assert first - frames[0] <= margin
            assert frames[-1] - last <= margin


@given(voices)
def test_onset_and_utterance_alternate(voiced):
    heard = hear_all(listener(AudioConfig(), voiced), len(voiced))
    kinds = [type(h) for h in heard if isinstance(h, Onset | Utterance)]
    assert kinds == [Onset, Utterance] * (len(kinds) // 2) + [Onset] * (len(kinds) % 2)


def test_the_pre_roll_is_there_when_the_first_words_come_after_silence():
    heard = hear_all(listener(AudioConfig(), [False] * 50 + [True] * 20 + [False] * 30), 100)
    onset, lull, utterance = heard
    assert onset == Onset(started=pytest.approx(1.0))
    assert frames_in(utterance) == list(range(35, 85))
    assert utterance.ended == pytest.approx(1.4)
    assert not utterance.abandoned
    assert lull == Lull(utterance=utterance)


@given(voices, st.floats(0, 0.6), st.floats(0.2, 1.2))
def test_the_sound_of_a_lull_is_that_of_the_utterance_unless_somebody_goes_on(voiced, preroll, hangover):
    config = AudioConfig(preroll=preroll, hangover=hangover, maximum_utterance=2.0)
    voiced = [*voiced, *[False] * 60]
    heard = hear_all(listener(config, voiced), len(voiced))
    for lull, following in pairwise(heard):
        if isinstance(lull, Lull):
            if isinstance(following, Utterance):
                assert (following.pcm, following.ended) == (lull.utterance.pcm, lull.utterance.ended)
            else:
                assert isinstance(following, Resumption)


@given(voices)
def test_an_utterance_is_the_same_whether_it_is_heard_ahead_or_not(voiced):
    voiced = [*voiced, *[False] * 30]
    ahead, plain = (
        [
            h
            for h in hear_all(listener(AudioConfig(hear_ahead=each), voiced), len(voiced))
            if isinstance(h, Onset | Utterance)
        ]
        for each in (True, False)
    )
    assert ahead == plain


def test_a_cough_comes_out_as_abandoned():
    heard = hear_all(listener(AudioConfig(), [False] * 5 + [True] * 3 + [False] * 30), 38)
    assert heard[1].abandoned


def test_the_growing_utterance_can_be_had_at_any_time():
    ear = listener(AudioConfig(), [False] * 5 + [True] * 20)
    assert ear.partial() is None
    hear_all(ear, 15)
    assert np.rint(ear.partial().samples[::FRAME_SAMPLES] * 32768).tolist() == list(range(15))
    assert ear.voiced_until == pytest.approx(0.3)
    ear.reset()
    assert ear.partial() is None


@given(voices, st.lists(st.booleans(), max_size=600))
def test_a_suspicion_is_told_between_utterances_alone(voiced, suspicious):
    config = AudioConfig(longest_pause=0.3)
    ear = Listener(ScriptedGate(voiced, suspicious), Endpointing(config), config)
    speaking = False
    for n in range(len(voiced)):
        heard = ear.hear(AudioFrame(numbered(n), (n + 1) * FRAME_SECONDS))
        if isinstance(heard, Suspicion):
            assert heard.patience == 0.3
        assert isinstance(heard, Suspicion) == (
            n < len(suspicious) and suspicious[n] and not speaking and not isinstance(heard, Onset)
        )
        speaking = isinstance(heard, Onset) or (speaking and not isinstance(heard, Utterance))


def test_no_suspicion_is_told_when_a_reply_is_not_to_be_paused():
    config = AudioConfig(longest_pause=0.0)
    ear = Listener(ScriptedGate([], [True] * 10), Endpointing(config), config)
    assert hear_all(ear, 10) == []


@pytest.mark.skipif(sys.gettrace() is not None, reason="measures time, which a tracer (coverage) falsifies")
def test_a_silent_frame_costs_a_microsecond_beyond_the_detector():
    class Never:
        suspicious = False

        def voiced(self, pcm: bytes) -> bool:
            return False

    config = AudioConfig()
    ear, frame = Listener(Never(), Endpointing(config), config), AudioFrame(SILENT_FRAME, 1.0)
    best = min(timeit.repeat(lambda: ear.hear(frame), number=2_000, repeat=20)) / 2_000
    assert best < 2e-6  # 0.4 µs where it was written; the bound allows for a slower machine


def test_the_energy_gate_hears_loud_frames_alone():
    gate = EnergyGate()
    assert gate.voiced(LOUD_FRAME)
    assert not gate.voiced(SILENT_FRAME)


class TestHeldKey:
    CONFIG = AudioConfig(preroll=0.1, maximum_utterance=2.0)

    def hear(self, ear, first, count):
        return [
            ear.hear(AudioFrame(numbered(n), (n + 1) * FRAME_SECONDS)) for n in range(first, first + count)
        ]

    def test_silence_and_all_is_one_utterance_behind_the_preroll(self):
        ear = listener(self.CONFIG, [False] * 200)
        self.hear(ear, 0, 20)
        ear.hold()
        assert self.hear(ear, 20, 30) == [None] * 30
        utterance = ear.release()
        assert frames_in(utterance) == list(range(15, 50))
        assert utterance.started == pytest.approx(15 * FRAME_SECONDS)
        assert not utterance.abandoned
        assert not utterance.cut

    def test_its_end_is_the_last_voiced_frame(self):
        ear = listener(self.CONFIG, [False] * 10 + [True] * 10 + [False] * 10)
        ear.hold()
        self.hear(ear, 0, 30)
        assert ear.release().ended == pytest.approx(20 * FRAME_SECONDS)

    def test_what_was_being_said_when_it_was_pressed_belongs_to_it(self):
        ear = listener(self.CONFIG, [True] * 40 + [False] * 200)
        heard = self.hear(ear, 0, 20)
        assert any(isinstance(each, Onset) for each in heard)
        ear.hold()
        assert self.hear(ear, 20, 60) == [None] * 60
        assert frames_in(ear.release()) == list(range(80))

    def test_afterwards_everything_is_as_ever_and_no_frame_is_used_twice(self):
        ear = listener(self.CONFIG, [False] * 20 + [True] * 40 + [False] * 60)
        ear.hold()
        self.hear(ear, 0, 18)
        first = ear.release()
        (utterance,) = [each for each in self.hear(ear, 18, 102) if isinstance(each, Utterance)]
        assert set(frames_in(first)).isdisjoint(frames_in(utterance))
        assert set(range(20, 60)) <= set(frames_in(utterance))

    def test_it_ends_by_itself_when_nobody_lets_go(self):
        ear = listener(self.CONFIG, [False] * 200)
        ear.hold()
        heard = self.hear(ear, 0, 120)
        (utterance,) = [each for each in heard if each is not None]
        assert utterance.cut
        assert utterance.seconds == pytest.approx(2.0)
        assert ear.release().abandoned

    def test_pressed_for_no_time_it_is_noise(self):
        ear = listener(self.CONFIG, [])
        ear.hold()
        utterance = ear.release()
        assert utterance.abandoned
        assert utterance.seconds == 0.0

    def test_a_reset_lets_go_of_it(self):
        ear = listener(self.CONFIG, [False] * 50)
        ear.hold()
        self.hear(ear, 0, 10)
        ear.reset()
        self.hear(ear, 10, 10)
        assert ear.partial() is None
