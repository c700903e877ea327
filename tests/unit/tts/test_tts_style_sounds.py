"""Style really reaches the sound: through the real library, measured on its samples, no neural weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from core.audio import Waveform
from core.emotion import Style
from core.text import Language, Sentence
from emotion_policy.prosody import measure
from emotion_policy.styles import delivery
from tts.config import EspeakConfig
from tts.espeak import EspeakSynthesizer

pytestmark = pytest.mark.unit

TEXTS: dict[Language, str] = {
    "zh": "请您拿着这张单子到大厅左边的窗口，工作人员会帮您办理。",
    "en": "Please take this form to the counter on your left, and a member of staff will help you.",
}


@dataclass(frozen=True)
class Sound:
    seconds: float
    f0: float
    spread: float
    level: float


@pytest.fixture(scope="module")
def voice():
    engine = EspeakSynthesizer(EspeakConfig.model_validate({}))
    yield engine
    engine.close()


def spoken(voice: EspeakSynthesizer, language: Language, style: Style) -> Sound:
    sentence = Sentence(text=TEXTS[language], index=0, language=language, delivery=delivery(style))
    samples = np.concatenate(
        [piece.samples for piece in voice.synthesize(sentence) if isinstance(piece, Waveform)]
    )
    pause = round(sentence.delivery.pause * voice.rate)
    sounding = samples[: len(samples) - pause]
    prosody = measure(sounding, voice.rate)
    return Sound(len(sounding) / voice.rate, prosody.f0, prosody.spread, prosody.energy)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_soothing_is_slower_lower_flatter_and_softer_than_cheerful(voice, language):
    soothing, cheerful = (spoken(voice, language, style) for style in (Style.SOOTHING, Style.CHEERFUL))
    assert soothing.seconds > cheerful.seconds * 1.10
    assert soothing.f0 < cheerful.f0 * 0.95
    assert soothing.spread < cheerful.spread
    assert soothing.level < cheerful.level - 0.4


@pytest.mark.parametrize("language", ["zh", "en"])
def test_professional_lies_between_them(voice, language):
    low, middle, high = (
        spoken(voice, language, style) for style in (Style.SOOTHING, Style.PROFESSIONAL, Style.CHEERFUL)
    )
    assert low.seconds > middle.seconds > high.seconds
    assert low.f0 < middle.f0 < high.f0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_firm_is_louder_than_gentle_and_not_slower(voice, language):
    firm, gentle = (spoken(voice, language, style) for style in (Style.CALM_FIRM, Style.GENTLE))
    assert firm.level > gentle.level + 0.4
    assert firm.seconds < gentle.seconds


def test_mandarin_keeps_its_tones_in_every_style(voice):
    assert min(spoken(voice, "zh", style).spread for style in Style) > 0.8


def test_the_voice_moves_in_small_steps_along_the_styles_in_order_of_protection(voice):
    pitches = [
        spoken(voice, "zh", style).f0
        for style in (Style.CHEERFUL, Style.WARM, Style.PROFESSIONAL, Style.GENTLE, Style.SOOTHING)
    ]
    assert all(higher > lower for higher, lower in pairwise(pitches))
