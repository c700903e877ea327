"""The settings of the IndexTTS2 voice: all explained, all checked."""

from __future__ import annotations

import pytest
import torch
from pydantic import BaseModel, ValidationError

from core.errors import ConfigError
from tts.indextts2.length_regulator import frames_per_code
from tts.indextts2.placement import device_of, dtype_of
from tts.indextts2.settings import IndexTts2Settings, PrecisionSettings, StreamSettings
from tts.indextts2.stream_plan import Plan, plan_of

pytestmark = pytest.mark.unit


def test_the_defaults_are_settings_and_name_no_checkpoint():
    settings = IndexTts2Settings.model_validate({})
    assert settings.checkpoint is None
    assert settings.voice is None
    assert IndexTts2Settings.model_validate(settings.model_dump()) == settings


@pytest.mark.parametrize("model", [IndexTts2Settings, PrecisionSettings, StreamSettings])
def test_every_setting_is_explained(model: type[BaseModel]):
    bare = [
        name
        for name, field in model.model_fields.items()
        if not field.description and not isinstance(field.default, BaseModel)
    ]
    assert not bare


@pytest.mark.parametrize("name", ["checkpoint", "voice", "voices", "emotion_clip"])
def test_an_empty_value_takes_a_setting_back(name: str):
    assert getattr(IndexTts2Settings.model_validate({name: ""}), name) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("voice", "../anna"),
        ("emotion_clip", "a b"),
        ("device", "tpu"),
        ("steps", 0),
        ("top_p", 0),
        ("repetition_penalty", 0.5),
        ("emotion_alpha", 1.5),
        ("precision", {"gpt": "int8"}),
        ("stream", {"mode": "independent"}),
        ("stream", {"first_codes": 9}),
        ("stream", {"growth": []}),
        ("stream", {"growth": [10]}),
        ("stream", {"hold_back": 3}),
        ("precison", {}),
    ],
)
def test_what_cannot_be_is_refused(name: str, value: object):
    with pytest.raises(ValidationError):
        IndexTts2Settings.model_validate({name: value})


def test_an_empty_number_of_first_steps_is_that_of_the_others():
    assert StreamSettings.model_validate({"first_steps": ""}).first_steps is None
    assert StreamSettings.model_validate({"first_steps": 8}).first_steps == 8


def test_streaming_by_default_is_the_plan_by_default():
    ratio = frames_per_code()
    assert plan_of(IndexTts2Settings.model_validate({}).stream, ratio) == Plan(ratio=ratio)
    anew = StreamSettings.model_validate({"mode": "prefix", "hold_back": 12, "growth": [50]})
    assert plan_of(anew, ratio) == Plan(ratio=ratio, held=12, growth=(50,), anew=True)


def test_a_device_is_the_one_that_is_there(monkeypatch: pytest.MonkeyPatch):
    for there, auto in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert device_of("auto").type == auto
        assert device_of("cpu").type == "cpu"
    assert device_of("cuda").type == "cuda"


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError) as caught:
        device_of("cuda")
    assert caught.value.code == "config.cuda"


def test_each_precision_is_a_type_of_torch():
    assert [dtype_of("fp32"), dtype_of("bf16"), dtype_of("fp16")] == [
        torch.float32,
        torch.bfloat16,
        torch.float16,
    ]
