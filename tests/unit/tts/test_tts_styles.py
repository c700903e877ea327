"""Styles, settings and the scripted voice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.audio import Waveform
from core.emotion import Delivery, Style
from core.errors import TtsError
from core.text import Sentence, Spoken
from tts.config import EspeakConfig
from tts.fake import FakeSynthesizer
from tts.styles import FASTEST, LEAST_RANGE_ZH, SLOWEST, STYLES, manner_of, pitch_range, words_a_minute

pytestmark = pytest.mark.unit


def test_every_style_has_its_row() -> None:
    assert set(STYLES) == set(Style)


def test_soothing_is_lower_flatter_and_softer_than_cheerful() -> None:
    soothing, cheerful = STYLES[Style.SOOTHING], STYLES[Style.CHEERFUL]
    assert all(calm < glad for calm, glad in zip(soothing[:3], cheerful[:3], strict=True))


def test_the_rate_is_that_of_the_delivery_and_no_style_slows_it_again() -> None:
    assert all(manner_of(Delivery(style=style, rate=0.9)).rate == 0.9 for style in Style)


def test_a_volume_softens_every_style_alike() -> None:
    quiet = [manner_of(Delivery(style=style, volume=0.5)).volume for style in Style]
    assert quiet == [round(STYLES[style].volume / 2) for style in Style]


@pytest.mark.parametrize("volume", [-0.1, 1.1, float("nan")])
def test_an_impossible_volume_is_refused_with_a_hint(volume: float) -> None:
    with pytest.raises(TtsError, match="cannot be spoken") as failure:
        manner_of(Delivery(volume=volume))
    assert failure.value.code == "tts.bad-volume"
    assert failure.value.hint


@given(st.integers(100, 440), st.floats(1e-6, 1e9))
def test_the_engine_never_sees_a_rate_it_refuses(base: int, rate: float) -> None:
    assert SLOWEST <= words_a_minute(base, rate) <= FASTEST


@pytest.mark.parametrize("style", list(Style))
def test_mandarin_keeps_its_tones_in_every_style(style: Style) -> None:
    manner = manner_of(Delivery(style=style))._replace(range=0)
    assert pitch_range(manner, "zh") == LEAST_RANGE_ZH
    assert pitch_range(manner, "en") == 0


@pytest.mark.parametrize("rate", [0.0, -0.1, float("inf"), float("nan")])
def test_an_impossible_rate_is_refused_with_a_hint(rate: float) -> None:
    with pytest.raises(TtsError, match="cannot be spoken") as failure:
        manner_of(Delivery(rate=rate))
    assert failure.value.code == "tts.bad-rate"
    assert failure.value.hint


def test_settings_refuse_unknown_keys_and_odd_voices() -> None:
    with pytest.raises(ValidationError):
        EspeakConfig.model_validate({"voize": "cmn"})
    with pytest.raises(ValidationError):
        EspeakConfig(voice_zh="../etc")
    assert all(field.description for field in EspeakConfig.model_fields.values())


def _sentence(text: str = "您好，请坐", index: int = 0) -> Sentence:
    return Sentence(text=text, index=index, language="zh", delivery=Delivery(pause=0.0))


def test_the_scripted_voice_is_as_long_as_its_text() -> None:
    steps = list(FakeSynthesizer(rate=8000, seconds_per_character=0.2).synthesize(_sentence()))
    sound = [s for s in steps if isinstance(s, Waveform)]
    words = [s for s in steps if isinstance(s, Spoken)]
    assert sum(len(w.samples) for w in sound) == 8000
    assert [(w.at_samples, w.characters) for w in words] == [(0, 1), (1600, 2), (4800, 4), (6400, 5)]


def _drain(generator: Iterator[Waveform | Spoken], steps: list[Waveform | Spoken]) -> None:
    for step in generator:
        steps.append(step)  # noqa: PERF402  # extend would lose what came before the failure


def test_the_scripted_voice_fails_where_it_is_told() -> None:
    voice = FakeSynthesizer(fail_on={1}, fail_after=2)
    assert list(voice.synthesize(_sentence()))
    steps: list[Waveform | Spoken] = []
    generator = voice.synthesize(_sentence(index=1))
    with pytest.raises(TtsError, match="sentence 1"):
        _drain(generator, steps)
    assert sum(isinstance(step, Waveform) for step in steps) == 2
    assert voice.said == ["您好，请坐"] * 2


def test_the_scripted_voice_waits_only_through_what_it_is_given() -> None:
    waited: list[float] = []
    voice = FakeSynthesizer(first_delay=0.3, step_delay=0.1, wait=waited.append)
    list(voice.synthesize(_sentence("您好")))
    assert waited == [0.3, 0.1]
