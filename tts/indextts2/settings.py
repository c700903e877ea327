"""The settings of the IndexTTS2 voice. Seconds where times are meant; probabilities and shares in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tts.indextts2.voice_name import Name

Precision: TypeAlias = Literal["fp32", "bf16", "fp16"]
"""How a network counts: 32 bits; 16 bits with the range of 32; 16 bits with more digits and little range."""
StagePrecision: TypeAlias = Literal["auto", "fp32", "bf16", "fp16"]
"""What `tts.indextts2.placement.precisions_of` makes of auto depends on the device."""


def _unset(value: object) -> object:
    """Let `--set tts.indextts2.voice=` and an empty environment variable take a file's setting back."""
    return None if isinstance(value, str) and not value.strip() else value


_Place: TypeAlias = Annotated[Path | None, BeforeValidator(_unset)]
_Name: TypeAlias = Annotated[Name | None, BeforeValidator(_unset)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrecisionSettings(_Section):
    """How exactly each part of IndexTTS2 counts; 16 bits halve its memory and need a GPU to be fast."""

    gpt: StagePrecision = Field(
        "auto",
        description="The transformer that writes the speech codes: auto, fp32, bf16 or fp16. It gains most "
        "from 16 bits: its speed is that of reading its weights. auto: 16 bits on a GPU, fp32 elsewhere.",
    )
    flow: StagePrecision = Field(
        "auto",
        description="The flow that turns codes into a mel spectrum: auto, fp32, bf16 or fp16. auto: as for "
        "gpt.",
    )
    vocoder: StagePrecision = Field(
        "auto",
        description="The vocoder that turns the spectrum into sound: auto, fp32, bf16 or fp16. auto: fp32, "
        "since what 16 bits lose here is heard, and there is little to gain.",
    )
    reference: Precision = Field(
        "fp32",
        description="The networks that listen to a clip when a voice is made: fp32, bf16 or fp16. They run "
        "once, so there is little to gain.",
    )


class StreamSettings(_Section):
    """How IndexTTS2 sounds before its sentence is complete: portion by portion, and how those are joined."""

    mode: Literal["continuation", "prefix", "whole"] = Field(
        "continuation",
        description="continuation: every portion goes on from the sound before it. prefix: every portion is "
        "made again from the sentence's start, which takes longer with every one of them. whole: nothing "
        "sounds before all is made, as in the original, and as with compat = upstream.",
    )
    first_codes: int = Field(
        15,
        ge=10,
        le=25,
        description="Speech codes in the first portion; 50 are a second. Fewer sound sooner, and leave less "
        "time to make what follows.",
    )
    growth: tuple[Annotated[int, Field(ge=25, le=500)], ...] = Field(
        (25, 50, 100),
        min_length=1,
        description="Speech codes in each portion after the first, about: portions end at multiples of 25. "
        "The last number holds for the rest. Larger ones are made faster as a whole and have fewer joins; on "
        "a slow GPU the sound may run out before they are ready.",
    )
    tail: int = Field(
        128,
        ge=0,
        le=512,
        description="Mel frames before a portion (86 a second), at most, that the flow goes on from.",
    )
    overlap: int = Field(
        16,
        ge=0,
        le=64,
        description="Mel frames at a portion's end that are made again with the next, when what follows is "
        "known.",
    )
    hold_back: int = Field(
        8,
        ge=4,
        le=32,
        description="Mel frames at a portion's end that do not sound before the next one is there. Less is "
        "sooner; the vocoder is unsure of what it cannot hear the end of.",
    )
    first_steps: Annotated[int | None, BeforeValidator(_unset)] = Field(
        None,
        ge=1,
        le=100,
        description="Steps of the flow in the first portion. Fewer sound sooner. Unset by default: as many "
        "as in the others.",
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
    memory: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        None,
        description="Gigabytes that this voice may take of the GPU's memory, or of the machine's where there "
        "is no GPU. If it needs more, it says so before it loads anything. Unset by default: what is free.",
    )
    precision: PrecisionSettings = PrecisionSettings.model_validate({})
    stream: StreamSettings = StreamSettings.model_validate({})
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
