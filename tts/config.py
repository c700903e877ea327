"""The settings of speaking. Seconds; rates relative to the voice's own; pitches as the engine counts them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


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
