"""The settings of the IndexTTS2 voice. Seconds where times are meant; probabilities and shares in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tts.indextts2.voice_name import Name

Precision: TypeAlias = Literal["fp32", "bf16", "fp16"]
"""How a network counts: 32 bits; 16 bits with the range of 32; 16 bits with more digits and little range."""


def _unset(value: object) -> object:
    """Let `--set tts.indextts2.voice=` and an empty environment variable take a file's setting back."""
    return None if isinstance(value, str) and not value.strip() else value


_Place: TypeAlias = Annotated[Path | None, BeforeValidator(_unset)]
_Name: TypeAlias = Annotated[Name | None, BeforeValidator(_unset)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrecisionSettings(_Section):
    """How exactly each part of IndexTTS2 counts; 16 bits halve its memory and need a GPU to be fast."""

    gpt: Precision = Field(
        "fp32",
        description="The transformer that writes the speech codes: fp32, bf16 or fp16. It gains most "
        "from 16 bits: its speed is that of reading its weights.",
    )
    flow: Precision = Field(
        "fp32", description="The flow that turns codes into a mel spectrum: fp32, bf16 or fp16."
    )
    vocoder: Precision = Field(
        "fp32", description="The vocoder that turns the spectrum into sound: fp32, bf16 or fp16."
    )
    reference: Precision = Field(
        "fp32",
        description="The networks that listen to a clip when a voice is made: fp32, bf16 or fp16. They run "
        "once, so there is little to gain.",
    )


class IndexTts2Settings(_Section):
    """The IndexTTS2 voice: a checkpoint of your own, and a voice made from a recording."""

    checkpoint: _Place = Field(
        None,
        description="Folder of the IndexTTS-2 checkpoint (config.yaml, bpe.model, gpt.pth, s2mel.pth, ...). "
        "Relative to the working folder; ~ is the home folder. Unset by default: the embedded voice speaks.",
    )
    voice: _Name = Field(
        None, description="Name of the voice that speaks; `tingshuo voice list` shows which there are."
    )
    voices: _Place = Field(
        None,
        description="Folder of the voices. Relative to the working folder; ~ is the home folder. Unset by "
        "default: tingshuo/voices in the user's data folder ($XDG_DATA_HOME, or ~/.local/share).",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where the networks run: cuda, cpu, or auto: cuda where there is such a GPU."
    )
    precision: PrecisionSettings = PrecisionSettings.model_validate({})
    steps: int = Field(
        25,
        ge=1,
        le=100,
        description="Steps of the flow for every piece of speech; its time grows with them. 25 is the "
        "released value; 10 to 15 are said to be hard to tell from it.",
    )
    guidance: float = Field(
        0.7,
        ge=0.0,
        le=5.0,
        description="How much the flow exaggerates speaker and words; 0 is off, 0.7 the released value.",
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Same seed, voice and sentence: the same sound.")
    temperature: float = Field(
        0.8, ge=0.0, le=2.0, description="How freely speech codes are drawn; 0 always takes the likeliest."
    )
    top_k: int = Field(30, ge=0, le=10_000, description="Likeliest codes kept before drawing; 0 keeps all.")
    top_p: float = Field(
        0.8, gt=0.0, le=1.0, description="Share of probability kept before drawing; 1 keeps all."
    )
    repetition_penalty: float = Field(
        10.0,
        ge=1.0,
        le=100.0,
        description="How much less likely a code becomes once it was used; 1 is off. 10, the released value, "
        "keeps the voice from holding a sound for ever.",
    )
    compat: Literal["none", "upstream"] = Field(
        "none",
        description="none: count positions while decoding as in training, which saves a second pass. "
        "upstream: count them as the original program does while it decodes, second pass included.",
    )
    emotion_clip: _Name = Field(
        None,
        description="Name of an emotion clip that was given when the voice was made: the voice speaks in its "
        "manner. Unset by default: in the manner of the voice's own clip.",
    )
    emotion_alpha: float = Field(
        1.0,
        ge=0.0,
        le=1.0,
        description="How far towards the emotion clip: 0 is the voice's own manner, 1 the clip's.",
    )
