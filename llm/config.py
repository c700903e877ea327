"""The settings of thinking: the language model and the knowledge base. Seconds, tokens, scores in [0, 1]."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class LlamaConfig(BaseModel):
    """How llama.cpp runs a GGUF file."""

    model_config = _FROZEN

    context_tokens: int = Field(
        default=2048,
        ge=128,
        le=131_072,
        description="Window in tokens; the model's own is used when it is smaller.",
    )
    max_tokens: int = Field(default=160, ge=1, le=4096, description="Longest reply, in tokens.")
    threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="Threads of evaluation; 0 means one fewer than the cores, because llama.cpp's threads "
        "spin: beside one busy program, two threads on two cores fell to a twentieth of the speed of one.",
    )
    prompt_batch: int = Field(
        default=64,
        ge=8,
        le=4096,
        description="Tokens of the prompt evaluated between two chances to cancel. Measured on one core: 64 "
        "runs at four fifths of the speed of 512 and can be cancelled five times sooner.",
    )
    gpu_layers: int = Field(
        default=0, ge=-1, description="Layers on the GPU; -1 means all; ignored without one."
    )
    temperature: float = Field(default=0.2, ge=0.0, le=2.0, description="0 always takes the likeliest token.")
    top_p: float = Field(
        default=0.9, gt=0.0, le=1.0, description="Share of probability kept before drawing a token."
    )
    repeat_penalty: float = Field(
        default=1.0, ge=1.0, le=2.0, description="Above 1 makes said tokens unlikelier, digits too; 1 is off."
    )
    seed: int = Field(default=0, ge=0, le=4_294_967_294, description="Same seed and prompt, same reply.")
    stop: tuple[str, ...] = Field(
        default=(),
        max_length=16,
        description="Texts that end a reply and are never said, besides the model's own.",
    )


class KnowledgeConfig(BaseModel):
    """When the knowledge base answers, when it only helps, when it keeps silent."""

    model_config = _FROZEN

    answer_at: float = Field(
        default=0.72, ge=0.0, le=1.0, description="Score from which a curated answer is spoken word for word."
    )
    ground_at: float = Field(
        default=0.42,
        ge=0.0,
        le=1.0,
        description="Score from which an entry is given to the model as reference.",
    )
    margin: float = Field(
        default=0.15,
        ge=0.0,
        le=1.0,
        description="Two entries closer than this are ambiguous: both only ground.",
    )
    references: int = Field(default=3, ge=1, le=8, description="Most entries given to the language model.")

    @model_validator(mode="after")
    def _ordered(self) -> KnowledgeConfig:
        if self.ground_at > self.answer_at:
            raise ValueError(f"ground_at {self.ground_at} is above answer_at {self.answer_at}")
        return self
