"""What an operator may set about hearing and sounding. All times in seconds."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AudioConfig(BaseModel):
    """The `[audio]` table of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input_device: str | None = Field(
        default=None,
        description="Microphone: a name, part of one, or index (`tingshuo devices`); empty: the default",
    )
    output_device: str | None = Field(
        default=None,
        description="Loudspeaker: a name, part of one, or index (`tingshuo devices`); empty: the default",
    )
    vad_mode: Literal[0, 1, 2, 3] = Field(
        default=3, description="webrtcvad's aggressiveness, 0 to 3; below 3 it latches on at 10 dB of noise"
    )
    silero: bool = Field(
        default=True, description="Let Silero confirm that what the gate let through is speech and not noise"
    )
    silero_threshold: float = Field(
        default=0.4,
        ge=0.1,
        le=0.95,
        description="Silero's probability from which sound is speech, 0.1 to 0.95",
    )
    onset: float = Field(
        default=0.06,
        ge=0.02,
        le=0.4,
        description="Seconds of voice that open an utterance when webrtcvad decides alone, 0.02 to 0.4; "
        "Silero's word counts at once",
    )
    longest_pause: float = Field(
        default=0.2,
        ge=0.0,
        le=0.5,
        description="Seconds that a reply falls silent at most, then goes on where it stopped, when Silero "
        "suspects speech over it and is not yet sure, 0 to 0.5; 0 waits until it is sure",
    )
    minimum_speech: float = Field(
        default=0.12, ge=0.02, le=1.0, description="Seconds of voice below which it was a cough, 0.02 to 1"
    )
    hangover: float = Field(
        default=0.5, ge=0.2, le=1.2, description="Seconds of silence that end an utterance, 0.2 to 1.2"
    )
    hear_ahead: bool = Field(
        default=True,
        description="Recognise an utterance after three fifths of the hangover, so that its words are there "
        "when it ends; in vain if the customer goes on, at most three times an utterance",
    )
    preroll: float = Field(
        default=0.3,
        ge=0.0,
        le=1.0,
        description="Seconds of sound kept from before the voice, 0 to 1; of the silence after it as much, "
        "but at most three fifths of the hangover",
    )
    maximum_utterance: float = Field(
        default=15.0,
        ge=1.0,
        le=60.0,
        description="Seconds after which an utterance is closed anyway, 1 to 60",
    )
    playout_capacity: float = Field(
        default=1.5, ge=0.1, le=10.0, description="Seconds of sound held ready for the loudspeaker, 0.1 to 10"
    )
