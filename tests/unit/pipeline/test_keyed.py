"""Keyed engines: the same input has the same key, and everything else goes to the engine behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asr.fake import FakeRecognizer
from core.audio import Waveform, to_pcm
from core.emotion import Delivery, Style
from core.text import Message, Sentence
from llm.fake import FakeModel
from pipeline.keyed import Keyed, KeyedModel, KeyedRecognizer, KeyedVoice, key_of
from pipeline.replay_engines import RecordedModel, RecordedRecognizer, RecordedVoice
from tts.fake import FakeSynthesizer

pytestmark = pytest.mark.unit

HEARD = Waveform(np.linspace(-0.5, 0.5, 320, dtype=np.float32), 16_000)
ASKED = (Message("system", "你是"), Message("user", "你好"))
SAID = Sentence(text="您好。", index=0, language="zh")


def test_the_key_of_sound_is_the_same_decoded_or_not():
    pcm = to_pcm(HEARD)
    sound = Waveform(pcm, 16_000)
    assert key_of(sound) == key_of(HEARD)
    assert sound.samples is not None
    assert key_of(sound) == key_of(HEARD)
    assert key_of(Waveform(pcm[:-2], 16_000)) != key_of(HEARD)


def test_the_key_of_a_sentence_is_how_it_sounds_and_not_where_it_stands():
    assert key_of(replace(SAID, index=7)) == key_of(SAID)
    assert key_of(replace(SAID, delivery=Delivery(style=Style.WARM))) != key_of(SAID)
    assert key_of(ASKED) != key_of(ASKED[1:])


def test_a_replay_makes_the_same_keys_as_a_recording():
    pairs = [
        (KeyedRecognizer(FakeRecognizer()).transcribe(HEARD), RecordedRecognizer("a").transcribe(HEARD)),
        (KeyedModel(FakeModel()).reply(ASKED), RecordedModel("b").reply(ASKED)),
        (KeyedVoice(FakeSynthesizer()).synthesize(SAID), RecordedVoice("c", 16_000, ()).synthesize(SAID)),
        (KeyedVoice(FakeSynthesizer()).use("anna"), RecordedVoice("c", 16_000, ()).use("anna")),
    ]
    for recorded, replayed in pairs:
        assert recorded.key == replayed.key
        assert list(replayed) == []
    for engine in (RecordedRecognizer("a"), RecordedModel("b"), RecordedVoice("c", 16_000, ())):
        engine.warm_up()
        engine.close()
    RecordedModel("b").forget()


def test_everything_reaches_the_engine_behind():
    ears, mind, voice = FakeRecognizer(["你好"]), FakeModel(("好的。",)), FakeSynthesizer()
    keyed = (KeyedRecognizer(ears), KeyedModel(mind), KeyedVoice(voice))
    for engine in keyed:
        engine.warm_up()
    assert mind.warmed
    assert voice.warm
    assert [heard.text for heard in keyed[0].transcribe(HEARD)] == ["你好"]
    assert "".join(keyed[1].reply(ASKED)) == "好的。"
    keyed[1].forget()
    assert mind.forgotten == 1
    for engine in keyed:
        engine.close()
    assert mind.closed
    assert voice.closed


def test_a_keyed_generator_is_one_in_every_way():
    def steps():
        try:
            while True:
                yield 1
        finally:
            ended.append(True)

    ended: list[bool] = []
    keyed = Keyed(steps(), "key")
    assert next(keyed) == 1
    assert keyed.send(None) == 1
    with pytest.raises(KeyError):
        keyed.throw(KeyError())
    assert ended == [True]
    keyed.close()
