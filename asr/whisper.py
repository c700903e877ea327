"""Hearing with Whisper, through faster-whisper: published weights and the small demo model alike.

Reads a local directory only; every file the library would otherwise fetch is checked first. Two kinds
of weights: those with Whisper's own vocabulary take prompts, hotwords and language detection; the demo
model's small vocabulary has no language or prompt tokens, so its language is read off the script of its
text.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from asr.config import WhisperConfig
from asr.guard import Evidence, is_silent, suspect
from asr.pieces import pieces
from core.audio import HEARING_RATE, Waveform
from core.errors import AsrError, ModelDamaged, ModelMissing
from core.text import Language, Transcript, Word, script_of

log = logging.getLogger(__name__)

_NEEDED: Final = ("model.bin", "tokenizer.json")
_VOCABULARIES: Final = ("vocabulary.json", "vocabulary.txt")
_OPTIONAL_JSON: Final = ("config.json", "preprocessor_config.json")
_SMALLEST_WHISPER_VOCABULARY: Final = 51_864
"""Tokens of the published English-only models; CTranslate2 knows multilingual ones by one more."""
_SHORTEST: Final = 0.1
"""Seconds: less holds no word, and less than a feature frame stops the library."""
_TOKENS_PER_SECOND: Final = 24
"""Twice the fastest Mandarin at two tokens a Hanzi: a model lost in a loop is stopped, a speaker never."""
_SPARE_TOKENS: Final = 16
_TOKENS_AT_MOST: Final = 216
"""Half of Whisper's 448 text positions, less what starts a transcript; a prompt may take the other half."""
_HINT: Final = "Run `tingshuo models` to see which weights are expected, and where."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    text: str
    logprob: float
    no_speech: float
    tokens: int
    words: tuple[Word, ...]


class _WindowedModel(WhisperModel):
    """faster-whisper with an encoder window of its own length, which encodes the same sound once."""

    window_frames: int = 3_000
    _encoded: tuple[NDArray[np.float32], Any] | None = None

    def encode(self, features: NDArray[np.float32]) -> Any:
        # faster-whisper 1.2.1 pads every window to 3 000 frames whatever the model's own length is.
        seen = features[..., : self.window_frames]
        if self._encoded is None or not np.array_equal(self._encoded[0], seen):
            self._encoded = (seen.copy(), super().encode(seen))
        return self._encoded[1]

    def forget(self) -> None:
        self._encoded = None


class WhisperRecognizer:
    """A CTranslate2 Whisper model in a directory.

    Raises:
        ModelMissing: the directory or a file in it is absent.
        ModelDamaged: a file cannot be read as what it should be.
    """

    def __init__(self, path: Path, config: WhisperConfig | None = None) -> None:
        self._config = config or WhisperConfig()
        _check_files(path)
        self._model = _load(path, self._config)
        extractor = self._model.feature_extractor
        self._window = min(self._config.window, float(extractor.chunk_length))
        extractor.nb_max_frames = self._model.window_frames = round(
            self._window * self._model.frames_per_second
        )
        extractor.n_samples = round(self._window * HEARING_RATE)
        self._own_vocabulary = self._model.hf_tokenizer.get_vocab_size() < _SMALLEST_WHISPER_VOCABULARY
        self._knows_silence = self._model.hf_tokenizer.token_to_id("<|nospeech|>") is not None or (
            self._model.hf_tokenizer.token_to_id("<|nocaptions|>") is not None
        )
        self.name = f"Whisper {path.name} ({self._window:g} s window)"

    def warm_up(self) -> None:
        noise = np.random.default_rng(0).normal(0.0, 0.01, HEARING_RATE).astype(np.float32)
        self._hear(Waveform(noise, HEARING_RATE))

    def transcribe(self, speech: Waveform) -> Generator[Transcript, None, None]:
        """Yield one final transcript; sound longer than the window is read piece by piece."""
        if speech.rate != HEARING_RATE:
            raise AsrError(f"speech at {speech.rate} Hz, expected {HEARING_RATE}", code="rate")
        heard: list[_Piece] = []
        language: Language | None = None
        if not is_silent(speech, self._config.guard.silence):
            started = 0.0
            for piece in pieces(speech, self._window):
                if piece.seconds < _SHORTEST:
                    break
                found, detected = self._hear(piece)
                language = language or detected
                if found is not None and self._believes(found, piece):
                    heard.append(_moved(found, started))
                started += piece.seconds
        yield _joined(heard, language, self._config.languages)

    def close(self) -> None:
        self._model.forget()
        self._model.model.unload_model()

    def _believes(self, found: _Piece, piece: Waveform) -> bool:
        evidence = Evidence(
            text=found.text, seconds=piece.seconds, logprob=found.logprob, no_speech=found.no_speech
        )
        reason = suspect(evidence, self._config.guard)
        if reason is not None:
            log.info("dropped %r: %s", found.text, reason)
        return reason is None

    def _hear(self, piece: Waveform) -> tuple[_Piece | None, Language | None]:
        try:
            language = self._detect(piece)
            return self._decode(piece, language), language
        except (RuntimeError, ValueError, IndexError) as error:
            raise AsrError(
                f"Whisper failed on {piece.seconds:.1f} s of sound: {error}", code="whisper"
            ) from error
        finally:
            self._model.forget()

    def _detect(self, piece: Waveform) -> Language | None:
        """Pick the likeliest of the allowed languages; None where the model itself cannot tell."""
        allowed = self._config.languages
        if self._own_vocabulary:
            return None
        if not self._model.model.is_multilingual:
            return "en"
        if len(allowed) == 1:
            return allowed[0]
        # The last frame is padding that decoding drops; dropping it here too lets both share one encoding.
        features = self._model.feature_extractor(piece.samples)[..., :-1]
        _, _, probabilities = self._model.detect_language(features=features)
        likelihood = dict(probabilities)
        return max(allowed, key=lambda language: likelihood.get(language, 0.0))

    def _decode(self, piece: Waveform, language: Language | None) -> _Piece | None:
        config = self._config
        prompted = not self._own_vocabulary
        segments, _ = self._model.transcribe(
            piece.samples,
            language=language or "en",
            beam_size=config.beam_size,
            temperature=list(config.temperatures),
            compression_ratio_threshold=config.guard.compression,
            log_prob_threshold=config.guard.logprob,
            no_speech_threshold=config.guard.no_speech if self._knows_silence else None,
            condition_on_previous_text=False,
            without_timestamps=True,
            initial_prompt=(config.initial_prompt or None) if prompted else None,
            hotwords=(config.hotwords or None) if prompted else None,
            # The default list of "non-speech" symbols covers a small vocabulary's bare space.
            suppress_tokens=[-1] if prompted else [],
            word_timestamps=config.word_timestamps,
            max_new_tokens=min(_TOKENS_AT_MOST, _SPARE_TOKENS + int(_TOKENS_PER_SECOND * piece.seconds)),
        )
        found = list(segments)
        if not found:
            return None
        tokens = sum(len(segment.tokens) for segment in found)
        return _Piece(
            text="".join(segment.text for segment in found).strip(),
            logprob=sum(segment.avg_logprob * len(segment.tokens) for segment in found) / max(1, tokens),
            no_speech=min(segment.no_speech_prob for segment in found) if self._knows_silence else 0.0,
            tokens=tokens,
            words=tuple(
                Word(text=word.word.strip(), start=float(word.start), end=float(word.end))
                for segment in found
                for word in segment.words or ()
            ),
        )


def _check_files(path: Path) -> None:
    missing = [name for name in _NEEDED if not (path / name).is_file()]
    if not any((path / name).is_file() for name in _VOCABULARIES):
        missing.append(_VOCABULARIES[0])
    if not path.is_dir():
        raise ModelMissing(f"no such directory of Whisper weights: {path}", code="whisper", hint=_HINT)
    if missing:
        raise ModelMissing(f"{path} lacks {', '.join(missing)}", code="whisper", hint=_HINT)
    for name in ("tokenizer.json", *_OPTIONAL_JSON):
        try:
            if (path / name).is_file():
                json.loads((path / name).read_text("utf-8"))
        except ValueError as error:
            raise ModelDamaged(
                f"{path / name} is not valid JSON: {error}", code="whisper", hint=_HINT
            ) from error


def _load(path: Path, config: WhisperConfig) -> _WindowedModel:
    try:
        return _WindowedModel(
            str(path),
            device=config.device,
            compute_type=config.compute_type,
            cpu_threads=config.cpu_threads or max(1, len(os.sched_getaffinity(0)) - 1),
            local_files_only=True,
        )
    # The tokenizer library raises plain Exception for a file it cannot use.
    except Exception as error:
        message = f"{path} cannot be loaded as Whisper weights: {error}"
        raise ModelDamaged(message, code="whisper", hint=_HINT) from error


def _moved(found: _Piece, by: float) -> _Piece:
    words = (replace(word, start=word.start + by, end=word.end + by) for word in found.words)
    return replace(found, words=tuple(words))


def _joined(heard: list[_Piece], language: Language | None, allowed: tuple[Language, ...]) -> Transcript:
    text = ""
    for piece in heard:
        text = piece.text if not text else text + _glue(text, piece.text) + piece.text
    tokens = sum(piece.tokens for piece in heard)
    read = language or script_of(text)
    return Transcript(
        text=text,
        final=True,
        language=read if read in allowed else allowed[0],
        words=tuple(word for piece in heard for word in piece.words),
        logprob=min(0.0, sum(piece.logprob * piece.tokens for piece in heard) / max(1, tokens)),
        no_speech=min((piece.no_speech for piece in heard), default=1.0),
    )


def _glue(before: str, after: str) -> str:
    return " " if before[-1].isascii() and after[:1].isascii() else ""
