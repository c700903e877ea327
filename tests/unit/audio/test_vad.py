"""Voice detection: speech opens it, noise does not, and silence costs the gate alone."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audio.config import AudioConfig
from audio.endpointing import Endpointing
from audio.fake import ScriptedGate
from audio.listener import Listener
from audio.silero import WINDOW, SileroConfirmer, locate_silero
from audio.vad import MEMORY, WAKE, CombinedVad, WebRtcGate, build_vad
from audio.wavfile import read_wav
from core.audio import (
    FRAME_BYTES,
    FRAME_SAMPLES,
    FRAME_SECONDS,
    HEARING_RATE,
    SILENT_FRAME,
    AudioFrame,
    Lull,
    Onset,
    Suspicion,
    Utterance,
    Waveform,
    to_pcm,
)
from core.errors import ModelDamaged, ModelMissing

pytestmark = pytest.mark.unit

SPEECH = Path(__file__).parents[2] / "data" / "speech_zh.wav"
SLOW = Path(__file__).parents[3] / "models" / "demo" / "conversation" / "07-small-talk.wav"
"""Its first frame is loud; Silero is sure at the fifth."""
VOICE = (0.5, 2.47)
"""Seconds between which the recording has voice."""


def hear(samples, config, vad=None):
    pcm = to_pcm(Waveform(np.asarray(samples, np.float32), HEARING_RATE))
    ear = Listener(vad or build_vad(config), Endpointing(config), config)
    starts = range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    frames = [AudioFrame(pcm[s : s + FRAME_BYTES], (n + 1) * FRAME_SECONDS) for n, s in enumerate(starts)]
    return [(frame.at, heard) for frame in frames if (heard := ear.hear(frame)) is not None]


def speech(level: float = 0.0):
    sound = read_wav(SPEECH).samples
    rng = np.random.default_rng(7)
    return np.concatenate([sound, np.zeros(HEARING_RATE, np.float32)]) + level * rng.standard_normal(
        len(sound) + HEARING_RATE
    )


def spoken(heard):
    return [(at, what) for at, what in heard if not isinstance(what, Suspicion)]


class CountingConfirmer:
    """Says what it is told and counts."""

    def __init__(self, probability: float, glances: float = 0.0) -> None:
        self.says = probability
        self.glances = glances
        self.heard: list[bytes] = []
        self.resets = 0

    def probability(self, pcm: bytes) -> float:
        self.heard.append(pcm)
        return self.says

    def glance(self) -> float:
        return self.glances

    def reset(self) -> None:
        self.resets += 1


@pytest.mark.parametrize("config", [AudioConfig(), AudioConfig(silero=False)], ids=["silero", "webrtc"])
def test_recorded_speech_is_one_utterance_begun_and_ended_where_it_was(config):
    (began, onset), *_, (ended, utterance) = spoken(hear(speech(0.0005), config))
    assert isinstance(onset, Onset)
    assert isinstance(utterance, Utterance)
    assert began - VOICE[0] < 0.16
    assert utterance.ended == pytest.approx(VOICE[1], abs=0.2)
    assert ended == pytest.approx(utterance.ended + config.hangover, abs=0.021)
    assert utterance.started - config.preroll < VOICE[0]
    assert not utterance.abandoned


def test_speech_in_noise_is_still_one_utterance_with_silero():
    heard = [h for _, h in spoken(hear(speech(0.02), AudioConfig()))]
    assert [type(h) for h in heard] == [Onset, Lull, Utterance]


def noises():
    rng = np.random.default_rng(3)
    t = np.arange(HEARING_RATE * 6) / HEARING_RATE
    white = rng.standard_normal(len(t))
    return {
        "white noise": 0.05 * white,
        "a tone": 0.2 * np.sin(2 * np.pi * 440 * t) * (t % 1 < 0.4),
        "clicks": np.where(np.arange(len(t)) % 8_000 == 0, 0.9, 0.0),
        "claps": 0.5 * white * np.exp(-(t % 0.7) / 0.02),
        "hum": 0.1 * np.sign(np.sin(2 * np.pi * 100 * t)) * (t % 2 < 1),
        "silence": 0.0 * t,
    }


@pytest.mark.parametrize("name", noises())
def test_noise_opens_nothing(name):
    assert hear(noises()[name], AudioConfig()) == []


def test_the_confirmer_sleeps_until_the_gate_opens_and_then_hears_what_came_before():
    confirmer = CountingConfirmer(1.0)
    vad = CombinedVad(ScriptedGate([False] * 40 + [True]), confirmer)
    frames = [bytes([n]) * FRAME_BYTES for n in range(41)]
    assert [vad.voiced(pcm) for pcm in frames] == [False] * 40 + [True]
    assert confirmer.heard == frames[-MEMORY:]


def test_the_confirmer_goes_back_to_sleep_when_there_is_no_voice():
    confirmer = CountingConfirmer(0.0)
    vad = CombinedVad(ScriptedGate([True]), confirmer)
    for _ in range(WAKE + 20):
        assert not vad.voiced(SILENT_FRAME)
    assert len(confirmer.heard) == 1 + WAKE


@given(st.lists(st.booleans(), max_size=200), st.floats(0, 1))
def test_every_frame_reaches_the_confirmer_once_at_most_and_in_order(gate, says):
    confirmer = CountingConfirmer(says)
    vad = CombinedVad(ScriptedGate(gate), confirmer)
    for n in range(len(gate)):
        vad.voiced(n.to_bytes(2, "little"))
    numbers = [int.from_bytes(pcm, "little") for pcm in confirmer.heard]
    assert numbers == sorted(set(numbers))


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), max_size=300)
)
def test_a_suspicion_is_raised_once_each_time_the_confirmer_wakes_and_never_with_or_after_voice(frames):
    confirmer = CountingConfirmer(0.0)
    vad = CombinedVad(ScriptedGate([gated for gated, _, _ in frames]), confirmer)
    raised, resets = False, 0
    for gated, says, glances in frames:
        confirmer.says, confirmer.glances = says, glances
        voiced = vad.voiced(SILENT_FRAME)
        if confirmer.resets > resets:
            raised, resets = False, confirmer.resets
        if vad.suspicious:
            assert gated
            assert glances == 1.0
            assert not voiced
            assert not raised
        raised |= voiced or vad.suspicious


def test_a_glance_that_sees_speech_raises_a_suspicion_at_once():
    confirmer = CountingConfirmer(0.1, glances=0.9)
    vad = CombinedVad(ScriptedGate([True, True]), confirmer)
    assert not vad.voiced(SILENT_FRAME)
    assert vad.suspicious
    assert not vad.voiced(SILENT_FRAME)
    assert not vad.suspicious


def test_once_the_confirmer_has_slept_somebody_may_be_suspected_again():
    confirmer = CountingConfirmer(0.1, glances=0.9)
    vad = CombinedVad(ScriptedGate([True] * 30 + [False] * WAKE + [True]), confirmer)
    suspicions = []
    for _ in range(31 + WAKE):
        vad.voiced(SILENT_FRAME)
        suspicions.append(vad.suspicious)
    assert [n for n, suspicious in enumerate(suspicions) if suspicious] == [0, 30 + WAKE]


def test_a_voice_that_silero_is_slow_to_confirm_is_suspected_first():
    silence = np.zeros(HEARING_RATE, np.float32)
    sound = np.concatenate([silence, read_wav(SLOW).samples])
    (suspected, suspicion), (confirmed, onset) = hear(sound, AudioConfig())[:2]
    assert isinstance(suspicion, Suspicion)
    assert isinstance(onset, Onset)
    assert suspected - 1.0 == pytest.approx(0.04)
    assert 0.04 < confirmed - suspected < AudioConfig().longest_pause


def test_a_glance_changes_nothing_and_is_the_windows_own_word_where_one_ends():
    quiet, curious = SileroConfirmer(), SileroConfirmer()
    sound = to_pcm(Waveform(speech().astype(np.float32), HEARING_RATE))
    frames = [sound[s : s + FRAME_BYTES] for s in range(0, len(sound) - FRAME_BYTES, FRAME_BYTES)][:80]
    for number, pcm in enumerate(frames, 1):
        probability = curious.probability(pcm)
        assert probability == quiet.probability(pcm)
        glance = curious.glance()
        if number * FRAME_SAMPLES % WINDOW == 0:
            assert glance == probability
        else:
            assert 0.0 <= glance <= 1.0


def test_silero_is_the_same_stream_after_a_reset():
    confirmer, sound = SileroConfirmer(), to_pcm(Waveform(speech().astype(np.float32), HEARING_RATE))
    frames = [sound[s : s + FRAME_BYTES] for s in range(0, len(sound) - FRAME_BYTES, FRAME_BYTES)][:80]
    first = [confirmer.probability(pcm) for pcm in frames]
    confirmer.reset()
    assert [confirmer.probability(pcm) for pcm in frames] == first
    assert max(first) > 0.9


def test_a_frame_is_what_webrtc_takes():
    assert not WebRtcGate().voiced(bytes(2 * FRAME_SAMPLES))


def test_silero_is_found_without_importing_its_package():
    assert locate_silero().name == "silero_vad_v6.onnx"


def test_a_missing_silero_names_the_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelMissing) as caught:
        SileroConfirmer()
    assert "faster-whisper" in caught.value.hint


def test_a_damaged_silero_is_named(tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelDamaged, match=r"broken\.onnx"):
        SileroConfirmer(path).warm_up()
