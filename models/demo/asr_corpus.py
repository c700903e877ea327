"""Training sound on disk: texts read by synthetic speakers, roughened, as log-mel shards.

A shard is `shard-NNNN.npy` (float16 [frames of all utterances, 80]) beside `shard-NNNN.json` (language,
text and number of frames of each). Shard N of a seed is always the same. The features are those of
faster-whisper's own extractor. May run as a background process while training reads the finished shards.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor

from models.demo import augment
from models.demo.augment import SAMPLE_RATE, Waveform
from models.demo.sentences import Language, Mix, training_texts
from models.demo.voices import Engine, Reading, is_installed, render, trained_speakers

MELS = 80
FRAMES_PER_SECOND = 100
LONGEST = 5.9  # seconds
UTTERANCES = 400  # in a shard
HALL_SHARDS = 90  # of a seed hold mostly the sentences of the hall, later ones mostly words in free order
EMPTY_SHARE = 0.05  # of utterances are noise without a text

ENGINE_WEIGHTS: dict[Language, dict[Engine, float]] = {
    "zh": {"espeak": 0.86, "gcin": 0.14},
    "en": {"espeak": 0.79, "flite": 0.15, "festival": 0.06},
}

Features = npt.NDArray[np.float16]  # [frames, MELS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One utterance of a shard."""

    language: Language
    text: str
    features: Features


def write_shards(folder: Path, seed: int, first: int, last: int) -> None:
    """Write shards `first` to `last` - 1, skipping those that exist; each appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, last):
        described = folder / f"shard-{number:04d}.json"
        if described.exists():
            continue
        examples = make_examples(seed, number)
        np.save(described.with_suffix(".npy"), np.concatenate([example.features for example in examples]))
        lines = [[example.language, example.text, len(example.features)] for example in examples]
        partial = described.with_suffix(".part")
        partial.write_text(json.dumps(lines, ensure_ascii=False), "utf-8")
        partial.rename(described)


def read_shard(described: Path) -> list[Example]:
    """The utterances of a finished shard; their features stay on disk until used."""
    lines: list[tuple[Language, str, int]] = json.loads(described.read_text("utf-8"))
    features: Features = np.load(described.with_suffix(".npy"), mmap_mode="r")
    examples: list[Example] = []
    at = 0
    for language, text, frames in lines:
        examples.append(Example(language=language, text=text, features=features[at : at + frames]))
        at += frames
    return examples


def make_examples(seed: int, number: int) -> list[Example]:
    """All utterances of one shard: rendered, roughened, and some with noise alone."""
    source = np.random.default_rng([seed, number])
    casting = random.Random(f"casting {seed} {number}")
    mix: Mix = "hall" if number < HALL_SHARDS else "free"
    texts = training_texts(seed * 100_000 + number, UTTERANCES, mix)
    readings = [_cast(language, text, casting) for language, text in texts]
    said = [
        (r, w) for r, w in zip(readings, render(readings), strict=True) if w is not None and len(w) > 1600
    ]
    crowd = [waveform for _, waveform in said]
    extract = FeatureExtractor()
    examples: list[Example] = []
    for reading, waveform in said:
        rough = augment.roughen(waveform, source, crowd)
        if len(rough) <= LONGEST * SAMPLE_RATE:
            features = log_mel(rough, extract)
            examples.append(Example(language=reading.speaker.language, text=reading.text, features=features))
    for _ in range(round(UTTERANCES * EMPTY_SHARE)):
        features = log_mel(noise_alone(source, crowd), extract)
        examples.append(Example(language="zh", text="", features=features))
    return examples


def noise_alone(source: np.random.Generator, crowd: list[Waveform], kind: str = "") -> Waveform:
    """A room in which nobody speaks to the kiosk; `kind` as in `augment.noise`."""
    samples = int(source.uniform(0.5, 4.0) * SAMPLE_RATE)
    waveform = augment.noise(samples, source, crowd, kind)
    if source.random() < 0.3:  # knocks
        for at in source.integers(0, samples, size=int(source.integers(1, 6))):
            knock = source.standard_normal(800) * np.exp(-np.arange(800) / source.uniform(20, 200))
            waveform[at : at + 800] += (knock * source.uniform(2, 15))[: samples - at]
    return augment.with_peak(waveform, float(10.0 ** source.uniform(-3.5, -0.3)))


def log_mel(waveform: Waveform, extract: FeatureExtractor) -> Features:
    """Features of the whole waveform as faster-whisper cuts them, frames first."""
    features: npt.NDArray[np.float32] = extract(waveform)[:, : len(waveform) // 160]
    return np.ascontiguousarray(features.T).astype(np.float16)


def _cast(language: Language, text: str, casting: random.Random) -> Reading:
    weights = ENGINE_WEIGHTS[language]
    engine = casting.choices(list(weights), list(weights.values()))[0]
    speaker = casting.choice(trained_speakers(language, engine))
    if not is_installed(speaker):
        speaker = casting.choice(trained_speakers(language, "espeak"))
    if speaker.engine == "espeak":
        low, high, lower, higher = 0.75, 1.45, 0.4, 1.7
    elif speaker.engine == "gcin":
        low, high, lower, higher = 0.8, 1.3, 0.6, 1.08
    else:
        low, high, lower, higher = 0.8, 1.25, 0.8, 1.3
    return Reading(
        text=text,
        speaker=speaker,
        tempo=casting.uniform(low, high),
        pitch=casting.uniform(lower, higher),
        liveliness=casting.uniform(0.4, 1.7),
    )
