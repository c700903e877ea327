"""One engine at work: what is said is the whole text, what is played has sounded, and what is heard is found."""

from __future__ import annotations

import asyncio
import sys
import types

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from audio.wavfile import read_wav, write_wav
from core.emotion import Style
from core.errors import DeviceError, InputError
from llm.knowledge import Knowledge
from pipeline import assembly, speech
from pipeline.config import Config
from tests.recorded_sessions import VOICE
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.unit

CONFIG = Config.model_validate({"audio": {"silero": False}})
TEXT = "您好。今天的天气真不错，您想去哪里走走？"


@pytest.fixture
def voice(monkeypatch):
    voice = FakeSynthesizer()
    monkeypatch.setattr(assembly, "build_voice", lambda *_, **__: voice)
    return voice


def test_all_of_a_text_is_one_waveform_and_each_step_is_told(voice):
    told: list[str] = []
    sound = speech.speak(CONFIG, TEXT, Style.WARM, working=told.append)
    assert "".join(voice.said) == TEXT
    assert sound.rate == voice.rate
    assert told[0].startswith(f"sentence 1 of {len(voice.said)}")
    assert told[-1] == f"sentence {len(voice.said)} of {len(voice.said)}, {sound.seconds:.1f} s of sound"
    assert voice.closed


def test_a_text_goes_into_a_file(voice, tmp_path):
    seconds = speech.say(CONFIG, TEXT, Style.WARM, out=tmp_path / "said.wav")
    assert read_wav(tmp_path / "said.wav").seconds == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_not_said(voice, text):
    with pytest.raises(InputError) as refused:
        speech.say(CONFIG, text, Style.WARM, out=None)
    assert refused.value.code == "input.empty"
    assert not voice.said


class Speaker:
    """A loudspeaker that takes everything at once, or is lost after its first block."""

    rate = 16_000
    latency = 0.01
    lose = False

    def __init__(self, name):
        self.name = name
        self.blocks: list[np.ndarray] = []
        self.running = False
        Speaker.last = self

    def start(self, pull, lost):
        loop = asyncio.get_running_loop()
        self.running = True

        def tick():
            self.blocks.append(pull(1_600))
            if self.lose:
                lost(DeviceError("unplugged", code="lost", hint="plug it in"))
            elif self.running:
                loop.call_later(0.001, tick)

        loop.call_soon(tick)

    def stop(self):
        self.running = False


@pytest.fixture
def speaker(monkeypatch):
    module = types.ModuleType("audio.soundcard")
    module.SpeakerSink = Speaker
    monkeypatch.setitem(sys.modules, "audio.soundcard", module)
    return Speaker


def test_what_is_said_has_sounded_when_it_returns(voice, speaker):
    config = Config.model_validate({"audio": {"output_device": "door"}})
    seconds = speech.say(config, TEXT, Style.WARM, out=None)
    sounded = np.concatenate(speaker.last.blocks)
    assert speaker.last.name == "door"
    assert not speaker.last.running
    assert np.count_nonzero(sounded) == pytest.approx(seconds * speaker.rate, rel=0.2)


def test_a_loudspeaker_that_is_lost_is_an_error(voice, speaker, monkeypatch):
    monkeypatch.setattr(speaker, "lose", True)
    with pytest.raises(DeviceError) as lost:
        speech.say(CONFIG, TEXT, Style.WARM, out=None)
    assert lost.value.code == "device.lost"
    assert not speaker.last.running


def test_utterances_of_a_recording_are_told_by_their_final_words(monkeypatch, tmp_path):
    write_wav(tmp_path / "customer.wav", VOICE.samples, VOICE.rate)
    recognizer = FakeRecognizer(["你们几点上班"], partials=("你",))
    monkeypatch.setattr(assembly, "load_knowledge", lambda _: Knowledge([]))
    monkeypatch.setattr(assembly, "build_recognizer", lambda *_: recognizer)
    monkeypatch.setattr(speech.ModelStore, "recognizer", lambda *_, **__: None)
    ((utterance, transcript),) = speech.hear(CONFIG, tmp_path / "customer.wav", prefer_demo=True)
    assert (transcript.text, transcript.final) == ("你们几点上班", True)
    assert 0.3 < utterance.seconds <= VOICE.seconds + 1.0
