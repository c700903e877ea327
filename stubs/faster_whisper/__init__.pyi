from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

class Word:
    start: float
    end: float
    word: str
    probability: float

class Segment:
    text: str
    start: float
    end: float
    tokens: list[int]
    avg_logprob: float
    no_speech_prob: float
    words: list[Word] | None

class TranscriptionInfo:
    language: str

class FeatureExtractor:
    chunk_length: int
    n_samples: int
    nb_max_frames: int
    def __call__(self, waveform: NDArray[np.float32]) -> NDArray[np.float32]: ...

class _Tokenizer:
    def get_vocab_size(self) -> int: ...
    def token_to_id(self, token: str) -> int | None: ...

class _Engine:
    is_multilingual: bool
    compute_type: str
    def unload_model(self) -> None: ...

class WhisperModel:
    model: _Engine
    hf_tokenizer: _Tokenizer
    feature_extractor: FeatureExtractor
    frames_per_second: int
    def __init__(
        self,
        model_size_or_path: str,
        device: str = ...,
        compute_type: str = ...,
        cpu_threads: int = ...,
        local_files_only: bool = ...,
    ) -> None: ...
    def encode(self, features: NDArray[np.float32]) -> Any: ...
    def detect_language(
        self, *, features: NDArray[np.float32]
    ) -> tuple[str, float, list[tuple[str, float]]]: ...
    def transcribe(
        self,
        audio: NDArray[np.float32],
        *,
        language: str | None = ...,
        beam_size: int = ...,
        temperature: Sequence[float] = ...,
        compression_ratio_threshold: float | None = ...,
        log_prob_threshold: float | None = ...,
        no_speech_threshold: float | None = ...,
        condition_on_previous_text: bool = ...,
        without_timestamps: bool = ...,
        initial_prompt: str | None = ...,
        hotwords: str | None = ...,
        suppress_tokens: list[int] | None = ...,
        word_timestamps: bool = ...,
        max_new_tokens: int | None = ...,
    ) -> tuple[Iterable[Segment], TranscriptionInfo]: ...
