"""Judge the demo's ears through the real faster-whisper: a table, and `evaluation.json` beside the model.

    python -m models.demo.evaluate_asr --model models/demo/whisper

Every speaker used here is held out of training (see voices.py). A synthesiser that is not installed is
skipped, and the table says so. Error rates are edits over reference length of the whole set: characters
(CER) for zh, words (WER) for en.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel

from models.demo import augment
from models.demo.asr_corpus import noise_alone
from models.demo.augment import Waveform
from models.demo.sentences import Language, domain_sentences, held_out_texts, written_held_out_texts
from models.demo.voices import Engine, Reading, Speaker, held_out_speakers, is_installed, render

SEED = 20_261
NOISE_RATIO = 10.0  # dB
MOST_TOKENS = 60  # more than six seconds of speech can hold: ends a decoder that repeats itself
BARS = {"domain": 0.08, "unseen": 0.15, "milliseconds": 50.0}

log = logging.getLogger("evaluate_asr")


class ShortWindowModel(WhisperModel):
    """faster-whisper pads features to thirty seconds whatever the model says; this one's window is six."""

    def encode(self, features: np.ndarray) -> ctranslate2.StorageView:
        """Encode the first window of the padded features."""
        return super().encode(features[..., : self.feature_extractor.nb_max_frames])


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One utterance to judge."""

    language: Language
    text: str
    waveform: Waveform


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One row of the table."""

    name: str
    language: Language | None
    measure: str  # CER | WER | false texts
    utterances: int
    error_rate: float
    exact: float  # share of utterances without an error
    language_right: float | None  # share whose script is that of the reference
    bar: float | None


class Ears:
    """The shipped model on one core, with the settings it needs."""

    def __init__(self, folder: Path) -> None:
        self._model = ShortWindowModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self.seconds: list[float] = []

    def hear(self, waveform: Waveform) -> str:
        """The text of an utterance; the time it took is noted."""
        began = time.perf_counter()
        segments, _ = self._model.transcribe(
            waveform,
            language="en",  # a small vocabulary makes the library take the model for an English one
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            suppress_tokens=[],
            max_new_tokens=MOST_TOKENS,
        )
        text = "".join(segment.text for segment in segments).strip()
        self.seconds.append(time.perf_counter() - began)
        return text


def read_aloud(
    language: Language, texts: Sequence[str], speakers: Sequence[Speaker], seed: int
) -> list[Case]:
    """Each text by the next speaker in turn, a little varied, with the silences of endpointing."""
    manner = random.Random(seed)
    readings = [
        Reading(text=text, speaker=speaker, tempo=manner.uniform(0.85, 1.2), pitch=manner.uniform(0.85, 1.15))
        for text, speaker in zip(texts, cycle(speakers), strict=False)
    ]
    cases: list[Case] = []
    for reading, said in zip(readings, render(readings), strict=True):
        if said is None:
            log.warning("not rendered: %s by %s", reading.text, reading.speaker.name)
            continue
        waveform = augment.with_silences(said, manner.uniform(0.2, 0.3), manner.uniform(0.3, 0.6))
        peaked = augment.with_peak(waveform, manner.uniform(0.2, 0.8))
        cases.append(Case(language=language, text=reading.text, waveform=peaked))
    return cases


def with_noise(cases: Sequence[Case], ratio: float, seed: int) -> list[Case]:
    """The same utterances under pink noise at `ratio` dB."""
    source = np.random.default_rng(seed)
    noises = (augment.noise(len(case.waveform), source, [], kind="pink") for case in cases)
    return [
        Case(language=case.language, text=case.text, waveform=augment.add_noise(case.waveform, noise, ratio))
        for case, noise in zip(cases, noises, strict=True)
    ]


def judge(ears: Ears, name: str, cases: Sequence[Case], bar: float | None = None) -> Result:
    """Hear every case and count the edits."""
    edits = length = exact = right = 0
    for case in cases:
        heard = ears.hear(case.waveform)
        wanted, got = _units(case.language, case.text), _units(case.language, heard)
        wrong = edit_distance(wanted, got)
        edits, length, exact = edits + wrong, length + len(wanted), exact + (wrong == 0)
        right += language_of(heard) == case.language
    language = cases[0].language
    return Result(
        name=name,
        language=language,
        measure="CER" if language == "zh" else "WER",
        utterances=len(cases),
        error_rate=round(edits / length, 4),
        exact=round(exact / len(cases), 4),
        language_right=round(right / len(cases), 4),
        bar=bar,
    )


def judge_noise(ears: Ears, name: str, waveforms: Sequence[Waveform]) -> Result:
    """How often a room without a customer yields a text."""
    false = sum(bool(ears.hear(waveform)) for waveform in waveforms) / len(waveforms)
    return Result(
        name=name,
        language=None,
        measure="false texts",
        utterances=len(waveforms),
        error_rate=round(false, 4),
        exact=round(1 - false, 4),
        language_right=None,
        bar=None,
    )


def language_of(text: str) -> Language | None:
    """The language of a transcript by its script; None when it has no letters."""
    hanzi = sum("一" <= character <= "鿿" for character in text)
    letters = sum(character.isascii() and character.isalpha() for character in text)
    if not hanzi and not letters:
        return None
    return "zh" if hanzi * 3 >= letters else "en"


def edit_distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Insertions, deletions and substitutions between two sequences."""
    row = list(range(len(got) + 1))
    for at, one in enumerate(wanted, 1):
        before, row[0] = row[0], at
        for place, other in enumerate(got, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (one != other))
    return row[-1]


def evaluate(folder: Path, limit: int) -> dict[str, object]:
    """Every set, in the order of the table."""
    ears = Ears(folder)
    results: list[Result] = []
    skipped: list[str] = []
    for language in ("zh", "en"):
        results += _espeak_results(ears, language, limit)
    for language, engine, speaker in _other_speakers():
        if not is_installed(speaker):
            skipped.append(f"{engine} {speaker.name}: not installed")
            continue
        for kind, texts in (("domain sentences", domain_sentences(language)), ("unseen sentences", None)):
            chosen = _some(texts or held_out_texts(language), limit // 2)
            cases = read_aloud(language, chosen, [speaker], SEED)
            results.append(judge(ears, f"{kind}, unseen synthesiser {engine} {speaker.name}", cases))
    results += _noise_results(ears, limit // 2)
    return {
        "results": [asdict(result) for result in results],
        "skipped": skipped,
        "milliseconds_median": round(1000 * statistics.median(ears.seconds), 1),
        "milliseconds_95th": round(1000 * statistics.quantiles(ears.seconds, n=20)[-1], 1),
        "model_bytes": sum(
            path.stat().st_size
            for path in folder.iterdir()
            if path.suffix in {".bin", ".json"} and path.name != "evaluation.json"
        ),
        "bars": BARS,
        "seed": SEED,
    }


def _espeak_results(ears: Ears, language: Language, limit: int) -> Iterator[Result]:
    speakers = _held(language, "espeak")
    random.Random(SEED).shuffle(speakers)
    known = read_aloud(language, _some(domain_sentences(language), limit), speakers, SEED)
    yield judge(ears, "domain sentences, unseen espeak variants", known, BARS["domain"])
    unseen = read_aloud(language, _some(held_out_texts(language), limit), speakers, SEED + 1)
    yield judge(ears, "unseen sentences, unseen espeak variants", unseen, BARS["unseen"])
    written = read_aloud(language, written_held_out_texts(language), speakers, SEED + 2)
    yield judge(ears, "unseen sentences that follow no template, unseen espeak variants", written)
    noisy = with_noise(known, NOISE_RATIO, SEED)
    yield judge(ears, f"domain sentences, unseen espeak variants, {NOISE_RATIO:.0f} dB pink noise", noisy)


def _noise_results(ears: Ears, count: int) -> Iterator[Result]:
    source = np.random.default_rng(SEED)
    steady = [noise_alone(source, []) for _ in range(count)]
    yield judge_noise(ears, "no speech: white, pink, low noise, hum, knocks", steady)
    texts = [*domain_sentences("zh")[:12], *held_out_texts("zh")[:12]]
    crowd = [case.waveform for case in read_aloud("zh", texts, _held("zh", "espeak"), SEED)]
    murmur = [noise_alone(source, crowd, "babble") for _ in range(count)]
    yield judge_noise(ears, "nobody speaks to the kiosk: babble of 3 to 7 voices", murmur)


def _other_speakers() -> Iterator[tuple[Language, Engine, Speaker]]:
    pairs: tuple[tuple[Language, Engine], ...] = (("en", "flite"), ("en", "festival"), ("zh", "gcin"))
    for language, engine in pairs:
        for speaker in held_out_speakers(language, engine):
            yield language, engine, speaker


def _held(language: Language, engine: Engine) -> list[Speaker]:
    return list(held_out_speakers(language, engine))


def _some(texts: Sequence[str], limit: int) -> list[str]:
    """A fixed choice of at most `limit` texts."""
    return random.Random(SEED).sample(list(texts), min(limit, len(texts)))


def _units(language: Language, text: str) -> list[str]:
    return list(text.replace(" ", "")) if language == "zh" else text.lower().split()


def _table(report: dict[str, object]) -> str:
    lines = [
        "| set | language | utterances | measure | error | exact | language right | bar |",
        "|---|---|---|---|---|---|---|---|",
    ]
    results = report["results"]
    assert isinstance(results, list)
    for one in results:
        bar = "" if one["bar"] is None else f"≤ {one['bar']:.0%}"
        right = "" if one["language_right"] is None else f"{one['language_right']:.1%}"
        lines.append(
            f"| {one['name']} | {one['language'] or ''} | {one['utterances']} | {one['measure']} "
            f"| {one['error_rate']:.1%} | {one['exact']:.1%} | {right} | {bar} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Parse, judge, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--model", type=Path, default=Path(__file__).parent / "whisper", help="folder of the model"
    )
    parser.add_argument("--limit", type=int, default=300, help="utterances of a set at most (default 300)")
    parser.add_argument("--no-write", action="store_true", help="print only")
    arguments = parser.parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    report = evaluate(arguments.model, arguments.limit)
    sys.stdout.write(_table(report) + "\n")
    for line in (
        f"one utterance on one core: median {report['milliseconds_median']} ms, "
        f"95 % below {report['milliseconds_95th']} ms",
        f"model {report['model_bytes']} bytes",
        f"skipped: {report['skipped'] or 'nothing'}",
    ):
        sys.stdout.write(line + "\n")
    if not arguments.no_write:
        written = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
        (arguments.model / "evaluation.json").write_text(written, "utf-8")


if __name__ == "__main__":
    main()
