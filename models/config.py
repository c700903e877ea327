"""Which weights an operator wants used. Paths are only named here; `models.weights` looks at the files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class ModelsConfig(BaseModel):
    """Where your own weights lie, and who recognises speech."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    whisper: Path | None = Field(
        None,
        description="Folder of a faster-whisper model (a CTranslate2 conversion of Whisper: model.bin, "
        "tokenizer.json, vocabulary.json or .txt). Relative to the working folder; ~ is the home folder. "
        "Unset by default: see `recognizer`.",
    )
    gguf: Path | None = Field(
        None,
        description="File of a chat language model in GGUF, version 2 or 3. Relative to the working folder; "
        "~ is the home folder. Unset by default: the shipped demo model.",
    )
    recognizer: Literal["auto", "whisper", "sphinx"] = Field(
        "auto",
        description="Who recognises speech. auto (default): Whisper if its folder is set, else pocketsphinx, "
        "which understands people but only the sentences of the knowledge base. whisper: the folder, or "
        "without one the shipped demo model, which knows synthetic voices only. sphinx: pocketsphinx always.",
    )

    @field_validator("whisper", "gguf", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        """Let `--set models.gguf=` and an empty environment variable take a file's setting back."""
        return None if isinstance(value, str) and not value.strip() else value
