"""What an operator may set about hearing. Values are checked here; files are checked by the engines."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.text import Language

Seconds = Annotated[float, Field(ge=0.0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GuardConfig(_Frozen):
    """When a transcript of Whisper is taken for a hallucination and dropped."""

    no_speech: float = Field(
        default=0.6,
        ge=0.0,
        le=1.0,
        description="Drop when the no-speech probability exceeds this (0-1) and `logprob` agrees.",
    )
    logprob: float = Field(
        default=-1.0,
        le=0.0,
        description="Mean log-probability per token below which no-speech is believed (≤ 0).",
    )
    hopeless_logprob: float = Field(
        default=-2.0, le=0.0, description="Drop below this mean log-probability whatever else is said (≤ 0)."
    )
    compression: float = Field(
        default=2.4,
        ge=1.0,
        description="Drop when the text's zlib compression ratio exceeds this: it repeats itself.",
    )
    repeats: int = Field(
        default=6,
        ge=2,
        description="Drop when one word, Hanzi or phrase stands this many times in a row (count). "
        "People do say 谢谢谢谢.",
    )
    characters_per_second: float = Field(
        default=25.0,
        gt=0.0,
        description="Drop when text outruns speech: Latin characters per second of sound.",
    )
    hanzi_per_second: float = Field(
        default=12.0, gt=0.0, description="Drop when text outruns speech: Hanzi per second of sound."
    )
    silence: float = Field(
        default=-60.0,
        le=0.0,
        description="Level in dB full scale of the loudest 0.1 s below which nothing was said.",
    )


SMALL_MODEL_GUARD = GuardConfig(no_speech=0.3, logprob=-0.4, hopeless_logprob=-0.65)
"""For the demo model. Measured on its half-trained export: sentences it knows score -0.1 to -0.5 a token,
voices it does not know, tones and noise -0.65 to -0.9."""


class WhisperConfig(_Frozen):
    """faster-whisper and how it decodes."""

    languages: tuple[Language, ...] = Field(
        default=("zh", "en"),
        min_length=1,
        description="Languages a customer may speak; others are never detected.",
    )
    window: float = Field(
        default=30.0,
        gt=0.0,
        le=30.0,
        description="Seconds the encoder sees at once. 30 is what published weights were trained on; 10 is "
        "several times faster, and must be proved on your own recordings. At most the model's own window.",
    )
    beam_size: int = Field(
        default=5, ge=1, le=20, description="Hypotheses kept while decoding (count); 1 is greedy."
    )
    temperatures: tuple[float, ...] = Field(
        default=(0.0, 0.2, 0.4),
        min_length=1,
        description="Sampling temperatures (0-1) tried in turn while the result looks bad.",
    )
    hotwords: str = Field(
        default="", description="Words to expect, separated by spaces. Ignored by models that know no prompt."
    )
    initial_prompt: str = Field(
        default="", description="A sentence in the expected style. Ignored like `hotwords`."
    )
    word_timestamps: bool = Field(
        default=False, description="Find each word's place in the utterance; costs a second pass."
    )
    device: Literal["cpu", "cuda", "auto"] = Field(default="cpu", description="Where the model runs.")
    compute_type: str = Field(
        default="default", description="Arithmetic, as CTranslate2 names it: default, int8, float16 …"
    )
    cpu_threads: int = Field(
        default=0, ge=0, le=64, description="Threads (count); 0 means all cores but one."
    )
    guard: GuardConfig = GuardConfig()


class SphinxConfig(_Frozen):
    """pocketsphinx with a closed grammar, and when it believes itself."""

    stretches: tuple[float, ...] = Field(
        default=(1.0, 1.25),
        min_length=1,
        description="Factors the sound is slowed and lowered by before decoding (0.5-2), in turn until "
        "one is accepted. A second factor helps high voices and costs a second decoding where in doubt.",
    )
    accept: float = Field(
        default=0.5, description="Confidence (log odds) from which a sentence is taken as heard."
    )
    confirm: float = Field(
        default=-1.0,
        description='Confidence (log odds) from which the agent asks "did you mean …?"; below, '
        "nothing was heard.",
    )
    beam: float = Field(
        default=1e-90,
        gt=0.0,
        lt=1.0,
        description="Decoder beam, also for phones; smaller is wider and slower.",
    )
    word_beam: float = Field(default=1e-70, gt=0.0, lt=1.0, description="Decoder beam at word ends.")
    silence_probability: float = Field(
        default=0.1, gt=0.0, lt=1.0, description="Probability of a pause between two words (0-1)."
    )
    silence: float = Field(
        default=-60.0,
        le=0.0,
        description="Level in dB full scale of the loudest 0.1 s below which nothing was said.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.confirm > self.accept:
            raise ValueError(f"confirm ({self.confirm}) must not exceed accept ({self.accept})")
        if not all(0.5 <= stretch <= 2.0 for stretch in self.stretches):
            raise ValueError(f"stretches {self.stretches} must lie in 0.5-2")
        return self
