"""Settings that cannot work are refused by name; the room imports without its engines."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import BaseModel, ValidationError

from asr.config import GuardConfig, SphinxConfig, WhisperConfig

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("model", [GuardConfig, SphinxConfig, WhisperConfig])
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert field.description or isinstance(field.default, BaseModel), name


@pytest.mark.parametrize("model", [GuardConfig, SphinxConfig, WhisperConfig])
def test_a_misspelt_setting_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="beem_size"):
        model.model_validate({"beem_size": 1})


def test_the_question_threshold_must_not_exceed_the_acceptance_threshold() -> None:
    with pytest.raises(ValidationError, match="must not exceed"):
        SphinxConfig(accept=-1.0, confirm=1.0)


def test_stretches_must_be_sensible() -> None:
    with pytest.raises(ValidationError, match=r"0\.5-2"):
        SphinxConfig(stretches=(1.0, 4.0))


def test_a_window_longer_than_whispers_is_refused() -> None:
    with pytest.raises(ValidationError):
        WhisperConfig(window=60.0)


def test_the_light_modules_import_no_engine() -> None:
    light = "asr.engine, asr.config, asr.fake, asr.guard, asr.grammar, asr.mandarin, asr.confidence"
    heavy = "{'faster_whisper', 'ctranslate2', 'pocketsphinx', 'pypinyin', 'soxr'}"
    script = f"import sys, {light}; sys.exit(str({heavy} & set(sys.modules) or ''))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
