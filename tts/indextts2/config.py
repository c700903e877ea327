"""The shape of a checkpoint, as its own configuration files give it: widths, depths, vocabulary sizes.

Field names are those of the released `config.yaml` and of the auxiliary models' `config.json`; defaults are
the released values of version 2.0. Switches of the structure are checked: what is not built here is refused.
Versions 2.0 and 2.5 are built; `IndexTts2Config.half_rate` tells them apart.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ModelDamaged

Count = Annotated[int, Field(ge=1, le=1_000_000)]
SAMPLE_RATE = 22_050
"""Hz of the voice: `s2mel.preprocess_params.sr`."""
HOP_SAMPLES = 256
"""Samples per mel frame: `spect_params.hop_length`, which is also the product of the vocoder's rates."""
MEL_BANDS = 80
STYLE_SIZE = 192
"""Width of a CAMPPlus vector."""
FEATURE_SIZE = 1024
"""Width of a w2v-BERT frame and of a decoded semantic code."""
LATENTS = 32
"""Speaker latents of the perceiver; fixed in the architecture."""
HALF_RATE_VERSION = 2.5
"""From this version on a code lasts twice as long (upstream: 25 a second)."""
EMOTIONS = 8
"""Emotions of the vector, in the order of `tts.emotion_vector.ORDER`."""


class _Section(BaseModel):
    """Keys that inference does not read are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ConditionConfig(_Section):
    """One conditioning conformer and its perceiver."""

    output_size: Count
    linear_units: Count
    attention_heads: Count
    num_blocks: Count
    input_layer: Literal["conv2d2"] = "conv2d2"
    perceiver_mult: Annotated[float, Field(gt=0)] = 2
    """Of the perceiver's feed-forward: hidden width = int(width * mult * 2 / 3)."""


class GptConfig(_Section):
    """The autoregressive transformer from text to semantic codes."""

    model_dim: Count = 1280
    layers: Count = 24
    heads: Count = 20
    max_mel_tokens: Count = 1815
    max_text_tokens: Count = 600
    number_text_tokens: Count = 12_000
    number_mel_codes: Count = 8194
    start_mel_token: int = 8192
    stop_mel_token: int = 8193
    start_text_token: int = 0
    stop_text_token: int = 1
    condition_type: Literal["conformer_perceiver"] = "conformer_perceiver"
    condition_module: ConditionConfig = ConditionConfig(
        output_size=512, linear_units=2048, attention_heads=8, num_blocks=6
    )
    emo_condition_module: ConditionConfig = ConditionConfig(
        output_size=512, linear_units=1024, attention_heads=4, num_blocks=4
    )


class SemanticCodecConfig(_Section):
    """RepCodec, one quantiser; version 2.5 halves its rate."""

    codebook_size: Count = 8192
    hidden_size: Literal[1024] = 1024
    codebook_dim: Count = 8
    vocos_dim: Count = 384
    vocos_intermediate_dim: Count = 2048
    vocos_num_layers: Count = 12
    num_quantizers: Literal[1] = 1
    downsample_scale: int | None = None
    """2 in version 2.5, said or not; in version 2.0 nothing or 1."""


class LengthRegulatorConfig(_Section):
    """From semantic frames to mel frames."""

    channels: Count = 512
    in_channels: Count = 1024
    is_discrete: Literal[False] = False
    sampling_ratios: tuple[int, ...] = (1, 1, 1, 1)
    """Only its length counts: one convolution each."""
    content_codebook_size: Count = 2048
    vector_quantize: Literal[False] = False
    n_codebooks: Literal[1] = 1
    f0_condition: Literal[False] = False


class DitConfig(_Section):
    """The transformer of the flow."""

    hidden_dim: Count = 512
    num_heads: Count = 8
    depth: Count = 13
    in_channels: Literal[80] = 80
    content_dim: Count = 512
    content_codebook_size: Count = 1024
    block_size: Count = 8192
    style_condition: Literal[True] = True
    final_layer_type: Literal["wavenet"] = "wavenet"
    is_causal: Literal[False] = False
    long_skip_connection: Literal[True] = True
    uvit_skip_connection: Literal[True] = True
    zero_prompt_speech_token: Literal[False] = False
    time_as_token: Literal[False] = False
    style_as_token: Literal[False] = False


class WavenetConfig(_Section):
    """The flow's last part."""

    hidden_dim: Count = 512
    num_layers: Count = 8
    kernel_size: Count = 5
    dilation_rate: Literal[1] = 1
    style_condition: Literal[True] = True


class StyleConfig(_Section):
    """The speaker vector."""

    dim: Literal[192] = 192


class S2MelConfig(_Section):
    """Everything in s2mel.pth."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    style_encoder: StyleConfig = StyleConfig()
    length_regulator: LengthRegulatorConfig = LengthRegulatorConfig()
    dit: Annotated[DitConfig, Field(alias="DiT")] = DitConfig()
    wavenet: WavenetConfig = WavenetConfig()


class W2vBertConfig(_Section):
    """w2v-BERT 2.0, of which the first 17 layers are used."""

    feature_projection_input_dim: Literal[160] = 160
    hidden_size: Count = 1024
    num_hidden_layers: Count = 24
    num_attention_heads: Count = 16
    intermediate_size: Count = 4096
    hidden_act: Literal["swish"] = "swish"
    layer_norm_eps: float = 1e-5
    position_embeddings_type: Literal["relative_key"] = "relative_key"
    left_max_position_embeddings: Count = 64
    right_max_position_embeddings: Count = 8
    conv_depthwise_kernel_size: Count = 31
    add_adapter: Literal[False] = False


class PreprocessorConfig(_Section):
    """How w2v-BERT's features are made: `preprocessor_config.json` beside it."""

    num_mel_bins: Literal[80] = 80
    stride: Literal[2] = 2
    """Frames that stand side by side in a feature."""
    sampling_rate: Literal[16_000] = 16_000
    padding_value: float = 1.0
    """What fills up an incomplete feature."""


class CampPlusConfig(_Section):
    """The speaker-vector network; the released model has no configuration file."""

    feat_dim: Literal[80] = 80
    embedding_size: Literal[192] = 192
    growth_rate: Count = 32
    bn_size: Count = 4
    init_channels: Count = 128


class BigVganConfig(_Section):
    """The vocoder."""

    resblock: Literal["1"] = "1"
    upsample_rates: tuple[int, ...] = (4, 4, 2, 2, 2, 2)
    upsample_kernel_sizes: tuple[int, ...] = (8, 8, 4, 4, 4, 4)
    upsample_initial_channel: Count = 1536
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    use_tanh_at_final: Literal[False] = False
    use_bias_at_final: Literal[False] = False
    activation: Literal["snakebeta"] = "snakebeta"
    snake_logscale: Literal[True] = True
    num_mels: Literal[80] = 80


class IndexTts2Config(_Section):
    """config.yaml, and beside it the auxiliary models' own files."""

    gpt: GptConfig = GptConfig()
    semantic_codec: SemanticCodecConfig = SemanticCodecConfig()
    s2mel: S2MelConfig = S2MelConfig()
    emo_num: tuple[int, ...] = (3, 17, 2, 8, 4, 5, 10, 24)
    """Rows of the emotion matrix that belong to each emotion."""
    version: float = 2.0
    w2v_bert: W2vBertConfig = W2vBertConfig()
    preprocessor: PreprocessorConfig = PreprocessorConfig()
    campplus: CampPlusConfig = CampPlusConfig()
    bigvgan: BigVganConfig = BigVganConfig()

    @property
    def half_rate(self) -> bool:
        """Version 2.5 and its ways: 25 codes a second, a style where 2.0 has latents, text in a language."""
        return self.version >= HALF_RATE_VERSION


def read_config(
    main: dict[str, Any],
    *,
    w2v_bert: dict[str, Any] | None = None,
    preprocessor: dict[str, Any] | None = None,
    campplus: dict[str, Any] | None = None,
    bigvgan: dict[str, Any] | None = None,
    source: str = "config.yaml",
) -> IndexTts2Config:
    """Check parsed configuration files; an auxiliary one left out means the released values.

    Raises:
        ModelDamaged: a value is of the wrong kind, or asks for a structure that is not built here.
    """
    parts = {"w2v_bert": w2v_bert, "preprocessor": preprocessor, "campplus": campplus, "bigvgan": bigvgan}
    whole = main | {name: part for name, part in parts.items() if part is not None}
    try:
        config = IndexTts2Config.model_validate(whole)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r}"
            for fault in error.errors()[:5]
        )
        raise _not_built(source, faults) from error
    scale = config.semantic_codec.downsample_scale
    if scale not in (None, 2 if config.half_rate else 1):
        raise _not_built(
            source, f"semantic_codec.downsample_scale is {scale} with version {config.version:g}"
        )
    return config


def _not_built(source: str, faults: str) -> ModelDamaged:
    return ModelDamaged(
        f"{source} describes a model that this engine does not build: {faults}",
        code="indextts2-config",
        hint="Use the configuration files that came with the IndexTTS checkpoint.",
    )
