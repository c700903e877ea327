"""Configuration files for random weights, with the keys and the structure of the released ones.

`full` has the released sizes: what it costs to run is what the released model costs. `tiny` runs anywhere: it
keeps what the architecture fixes (1024-wide speech features, 80 mel bands, 256-fold upsampling).
"""

from __future__ import annotations

from typing import Any, Final, Literal

from tts.indextts2.config import (
    HALF_RATE_VERSION,
    HOP_SAMPLES,
    MEL_BANDS,
    SAMPLE_RATE,
    IndexTts2Config,
    read_config,
)

Size = Literal["tiny", "full"]
Version = Literal["2.0", "2.5"]
_HALF_RATE: Final[dict[str, Any]] = {
    "gpt": {"number_text_tokens": 60_509},
    "semantic_codec": {"downsample_scale": 2},
    "version": HALF_RATE_VERSION,
}
"""What differs in version 2.5; the vocabulary's size follows from the published tensors."""
_TINY: Final[dict[str, Any]] = {
    "gpt": {
        "model_dim": 64,
        "layers": 3,
        "heads": 4,
        "number_text_tokens": 6400,
        "number_mel_codes": 258,
        "start_mel_token": 256,
        "stop_mel_token": 257,
        "condition_module": {
            "output_size": 16,
            "linear_units": 56,
            "attention_heads": 4,
            "num_blocks": 2,
            "perceiver_mult": 2,
        },
        "emo_condition_module": {
            "output_size": 12,
            "linear_units": 40,
            "attention_heads": 2,
            "num_blocks": 2,
            "perceiver_mult": 0.03125,
        },
    },
    "semantic_codec": {
        "codebook_size": 256,
        "vocos_dim": 12,
        "vocos_intermediate_dim": 40,
        "vocos_num_layers": 3,
    },
    "s2mel": {
        "length_regulator": {"channels": 40, "content_codebook_size": 16},
        "DiT": {"hidden_dim": 48, "num_heads": 4, "depth": 5, "content_dim": 40, "content_codebook_size": 16},
        "wavenet": {"hidden_dim": 48, "num_layers": 3},
    },
    "w2v_bert": {"num_hidden_layers": 1, "intermediate_size": 64},
    "campplus": {"growth_rate": 4, "init_channels": 16},
    "bigvgan": {"upsample_initial_channel": 64},
}
"""What differs from the released sizes. A w2v-BERT layer is 1024 wide whatever its depth."""


def random_config(size: Size, version: Version = "2.0") -> IndexTts2Config:
    """The checked configuration."""
    sizes = _TINY if size == "tiny" else {}
    if version == "2.0":
        return read_config(sizes)
    # A tiny vocabulary is as large as in version 2.0.
    sections = {name: _HALF_RATE[name] | sizes.get(name, {}) for name in ("gpt", "semantic_codec")}
    return read_config(_HALF_RATE | sizes | sections)


def main_file(config: IndexTts2Config) -> dict[str, Any]:
    """What config.yaml holds, names of files included."""
    gpt, s2mel = config.gpt.model_dump(), config.s2mel.model_dump(by_alias=True)
    return {
        "dataset": {} if config.half_rate else {"bpe_model": "bpe.model", "sample_rate": 24_000},
        "gpt": gpt,
        "semantic_codec": config.semantic_codec.model_dump(exclude_none=True),
        "s2mel": {
            "preprocess_params": {
                "sr": SAMPLE_RATE,
                "spect_params": {
                    "n_fft": 1024,
                    "win_length": 1024,
                    "hop_length": HOP_SAMPLES,
                    "n_mels": MEL_BANDS,
                    "fmin": 0,
                    "fmax": "None",
                },
            },
            **s2mel,
        },
        "gpt_checkpoint": "gpt.pth",
        "w2v_stat": "wav2vec2bert_stats.pt",
        "s2mel_checkpoint": "s2mel.pth",
        "emo_matrix": "feat2.pt",
        "spk_matrix": "feat1.pt",
        "emo_num": list(config.emo_num),
        "vocoder": {"type": "bigvgan", "name": "nvidia/bigvgan_v2_22khz_80band_256x"},
        "version": config.version,
    }


def auxiliary_files(config: IndexTts2Config) -> dict[str, dict[str, Any]]:
    """JSON files beside the auxiliary models, by their place in the directory."""
    return {
        "hf_cache/w2v-bert-2.0/config.json": config.w2v_bert.model_dump(),
        "hf_cache/w2v-bert-2.0/preprocessor_config.json": config.preprocessor.model_dump(),
        "hf_cache/bigvgan/config.json": config.bigvgan.model_dump(),
    }
