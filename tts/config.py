"""The settings of speaking. Seconds; rates relative to the voice's own; pitches as the engine counts them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tts.indextts2.settings import IndexTts2Settings


class EspeakConfig(BaseModel):
    """The embedded voice: which of espeak-ng's voices speak, and how fast before any style."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice_zh: str = Field(
        "cmn",
        pattern=r"^[a-z0-9-]+$",
        description="Voice of Hanzi: cmn, or yue for Cantonese; zh is no voice name.",
    )
    voice_en: str = Field(
        "en-us",
        pattern=r"^[a-z0-9-]+$",
        description="Voice of Latin words: en-us, en, en-029, en-gb-x-rp, en-gb-scotland.",
    )
    variant: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Timbre laid over both voices, such as f3 or Annie; empty for the plain voice.",
    )
    rate_zh: int = Field(
        300,
        ge=100,
        le=440,
        description="Mandarin at rate 1, in espeak's words a minute; 300 gives 4.4 Hanzi a second.",
    )
    rate_en: int = Field(
        175,
        ge=100,
        le=440,
        description="English at rate 1, in espeak's words a minute; 175 is its own default.",
    )
    library: Path | None = Field(
        None, description="libespeak-ng to load; by default the one espeakng-loader ships."
    )
    voices: Path | None = Field(
        None, description="The espeak-ng-data directory; by default the one espeakng-loader ships."
    )


class TtsConfig(EspeakConfig):
    """Who speaks: the embedded voice, or IndexTTS2 with a checkpoint and a voice of your own."""

    engine: Literal["auto", "espeak", "indextts2"] = Field(
        "auto",
        description="Who speaks. auto: IndexTTS2 where a checkpoint and a voice are set and a GPU is there, "
        "or tts.indextts2.device is cpu; otherwise the embedded espeak-ng, and it is told why. espeak: the "
        "embedded voice always. indextts2: IndexTTS2 or nothing.",
    )
    indextts2: IndexTts2Settings = IndexTts2Settings.model_validate({})
