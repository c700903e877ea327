"""What each voice is given for a delivery, in the engine's own numbers. Pure."""

from __future__ import annotations

from core.emotion import Delivery
from core.text import Language
from tts.config import EspeakConfig
from tts.emotion_vector import emotion_vector
from tts.instruct import instruct
from tts.styles import manner_of, pitch_range, words_a_minute

Numbers = dict[str, object]


def engine_numbers(delivery: Delivery, language: Language, espeak: EspeakConfig) -> dict[str, Numbers]:
    """By engine: the parameters' names and values, ready for JSON."""
    manner = manner_of(delivery)
    base = espeak.rate_zh if language == "zh" else espeak.rate_en
    return {
        "IndexTTS2": {"emo_vector": list(emotion_vector(delivery.emotion)), "rate": delivery.rate},
        "espeak-ng": {
            "pitch": manner.pitch,
            "range": pitch_range(manner, language),
            "rate": words_a_minute(base, manner.rate),
            "volume": manner.volume,
        },
        "CosyVoice3": {"instruct": instruct(delivery.style, language)},
        "pause": {"ms": round(delivery.pause * 1000)},
    }
