"""How well pocketsphinx with a closed grammar hears strangers: `python -m bench.sphinx_accuracy`.

Voices and recordings come from Debian packages (bench/sphinx_voices.py). Everything in asr/ that was
chosen by measuring was chosen on the *tuning* side: voices rms, slt and kal, gcin speaker 5, every
other sentence, every other recorded prompt. Reported are other voices (awb, ked, gcin speaker 3) saying
the other sentences, and the other prompts. Mandarin here is isolated syllables of a human, glued: not a
customer's continuous speech.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from asr.confidence import Calibration, Evidence
from asr.config import SphinxConfig
from asr.sphinx import Heard, SphinxRecognizer
from bench import sphinx_voices as voices
from core.audio import Waveform
from core.text import Language, script_of

KNOWLEDGE = Path("models/demo/knowledge/hall.toml")
REPORT = Path("out/bench/sphinx_accuracy.json")
BARS = {"en": 0.95, "zh": 0.90, "language": 0.95}
ALARMS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
COMMANDS = ("stop", "repeat that", "help", "never mind", "停", "再说一遍", "帮助", "算了")

Spoken = tuple[str, Waveform]
"""What was said, and how it sounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """One row of the table: a voice against a grammar."""

    voice: str
    said: int
    grammar: int
    """Sentences to choose among."""
    exact: float
    """Share whose best sentence is the one said, thresholds aside."""
    answered: float
    """Share returned with the right text, accepted or to be confirmed."""
    confirmed: float
    """Share returned with the right text but with the question "did you mean …?"."""
    wrong: float
    """Share returned with another sentence's text."""
    language: float
    real_time_factor: float
    """Processor seconds over seconds of sound."""
    milliseconds: float
    """Median processor time an utterance: the wait after its end."""
    milliseconds_p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """How a voice's in-grammar and out-of-grammar speech part company."""

    voice: str
    inside: int
    outside: int
    false_accept: float
    """Share of out-of-grammar utterances accepted without a question."""
    false_confirm: float
    """Share of out-of-grammar utterances answered with "did you mean …?"."""
    false_reject: float
    """Share of in-grammar utterances dropped."""
    false_question: float
    """Share of in-grammar utterances asked back."""
    curve: dict[str, float]
    """False accept rate → false reject rate, at one threshold."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sphinx_accuracy", description=__doc__)
    parser.add_argument(
        "--every", type=int, default=1, metavar="N", help="say only every Nth sentence (default 1)"
    )
    parser.add_argument(
        "--tuning", action="store_true", help="measure the tuning voices instead of the reported ones"
    )
    parser.add_argument(
        "--fit", action="store_true", help="fit asr/confidence.py's calibration on the tuning voices"
    )
    parser.add_argument("--only", choices=("en", "zh", "human"), help="measure one kind of voice")
    parser.add_argument("--no-stretch", action="store_true", help="decode once, at the voice's own pitch")
    parser.add_argument("--knowledge", type=Path, default=KNOWLEDGE, help="knowledge base (TOML)")
    parser.add_argument(
        "--out", type=Path, default=REPORT, help="JSON report (default out/bench/sphinx_accuracy.json)"
    )
    options = parser.parse_args(arguments)
    bench = _Bench(options)
    if options.fit:
        return bench.fit()
    accuracy, rejection = bench.accuracy(), bench.rejection()
    report = {
        "side": bench.side,
        "machine": f"{platform.processor() or platform.machine()}, Python {platform.python_version()}",
        "config": bench.config.model_dump(),
        "accuracy": [asdict(row) for row in accuracy],
        "rejection": [asdict(row) for row in rejection],
        "skipped": bench.skipped,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report, indent=1, ensure_ascii=False), "utf-8")
    _print_accuracy(accuracy, bench.side)
    _print_rejection(rejection)
    for skipped in bench.skipped:
        print("skipped:", skipped)
    return 0


class _Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        entries = tomllib.loads(options.knowledge.read_text("utf-8"))["entry"]
        self.entries: list[dict[Language, list[str]]] = [
            {"en": entry["en"]["questions"], "zh": entry["zh"]["questions"]} for entry in entries
        ]
        self.options = options
        self.tuning = options.tuning or options.fit
        self.side = "tuning" if self.tuning else "reported"
        self.config = SphinxConfig(stretches=(1.0,)) if options.no_stretch else SphinxConfig()
        self.skipped: list[str] = []

    def accuracy(self) -> list[Accuracy]:
        everything = [q for entry in self.entries for language in ("en", "zh") for q in entry[language]]
        recognizer = SphinxRecognizer([*everything, *COMMANDS], self.config)
        rows: list[Accuracy] = []
        for language in self._languages():
            # Sentences alternate between the two sides; voices differ as well.
            said = [q for entry in self.entries for q in entry[language]][self.tuning is False :: 2]
            for voice, spoken in self._speak(language, said[:: self.options.every]):
                rows.append(_measure(voice, recognizer, spoken, len(everything) + len(COMMANDS)))
        if self.options.only in (None, "human"):
            rows += self._human_accuracy()
        return rows

    def _human_accuracy(self) -> list[Accuracy]:
        rows: list[Accuracy] = []
        for name, record in (("asterisk", _asterisk), ("alsa", _alsa), ("testdata", _testdata)):
            try:
                spoken = list(record())
            except voices.NotInstalled as missing:
                self.skipped.append(f"human recordings {name}: apt install {missing}")
                continue
            texts = list(dict.fromkeys(text for text, _ in spoken))
            if name == "asterisk":
                spoken = spoken[self.tuning is False :: 2]
            elif self.tuning:
                continue
            recognizer = SphinxRecognizer(texts, self.config)
            rows.append(_measure(f"human: {name}", recognizer, spoken[:: self.options.every], len(texts)))
        return rows

    def rejection(self) -> list[Rejection]:
        return [
            _part(voice, inside, outside, self.config)
            for voice, _, inside, outside in self._inside_and_outside(self.config)
        ]

    def fit(self) -> int:
        """Print a logistic calibration per language, every voice weighing the same."""
        # Never satisfied: every stretch is looked at, as for speech that is doubted.
        config = self.config.model_copy(update={"accept": 1e9, "confirm": 1e9})
        found: dict[Language, list[tuple[list[Evidence], list[Evidence]]]] = {"en": [], "zh": []}
        for _, language, inside, outside in self._inside_and_outside(config):
            right = [heard.evidence for text, heard in inside if heard is not None and heard.text == text]
            other = [
                heard.evidence for _, heard in outside if heard is not None and heard.language == language
            ]
            found[language].append((right, other))
        for language, samples in found.items():
            if samples:
                calibration = _logistic(samples)
                print(language, calibration)
                _print_trade(calibration, samples)
        return 0

    def _inside_and_outside(
        self, config: SphinxConfig
    ) -> Iterable[tuple[str, Language, list[tuple[str, Heard | None]], list[tuple[str, Heard | None]]]]:
        """Grammar: every other entry of the knowledge base. Outside it: the other entries' questions."""
        half = [q for entry in self.entries[::2] for language in ("en", "zh") for q in entry[language]]
        recognizer = SphinxRecognizer(half, config)
        for language in self._languages():
            sides = [
                [q for entry in self.entries[start::2] for q in entry[language]][self.tuning is False :: 2]
                for start in (0, 1)
            ]
            inside, outside = (side[:: self.options.every] for side in sides)
            for voice, spoken in self._speak(language, [*inside, *outside]):
                heard = [(text, recognizer.hear(sound)) for text, sound in spoken]
                yield (
                    voice,
                    language,
                    [pair for pair in heard if pair[0] in half],
                    [pair for pair in heard if pair[0] not in half],
                )
        if self.options.only in (None, "human"):
            yield from self._human_inside_and_outside(config)

    def _human_inside_and_outside(
        self, config: SphinxConfig
    ) -> Iterable[tuple[str, Language, list[tuple[str, Heard | None]], list[tuple[str, Heard | None]]]]:
        try:
            spoken = list(_asterisk())[self.tuning is False :: 2]
        except voices.NotInstalled:
            return
        inside, outside = spoken[::2], spoken[1::2]
        recognizer = SphinxRecognizer([text for text, _ in inside], config)
        heard = [[(text, recognizer.hear(sound)) for text, sound in side] for side in (inside, outside)]
        yield "human: asterisk", "en", heard[0], heard[1]

    def _languages(self) -> tuple[Language, ...]:
        match self.options.only:
            case None:
                return ("en", "zh")
            case "en" | "zh":
                return (self.options.only,)
            case _:
                return ()

    def _speak(self, language: Language, texts: Sequence[str]) -> Iterable[tuple[str, list[Spoken]]]:
        for name, speak in _voices(language, tuning=self.tuning):
            try:
                yield name, speak(texts)
            except voices.NotInstalled as missing:
                self.skipped.append(f"{name}: apt install {missing}")


def _voices(language: Language, *, tuning: bool) -> list[tuple[str, Callable[[Sequence[str]], list[Spoken]]]]:
    if language == "zh":
        speakers = ("5",) if tuning else ("3", "5")
        return [
            (f"gcin speaker {speaker}", lambda texts, s=speaker: _glued(texts, s)) for speaker in speakers
        ]
    flite = ("rms", "slt") if tuning else ("awb",)
    diphones = "kal_diphone" if tuning else "ked_diphone"
    return [
        *(
            (f"flite {voice}", lambda texts, v=voice: [(t, voices.flite(t, v)) for t in texts])
            for voice in flite
        ),
        (
            f"festival {diphones}",
            lambda texts, v=diphones: list(zip(texts, voices.festival(texts, v), strict=True)),
        ),
    ]


def _glued(texts: Sequence[str], speaker: str) -> list[Spoken]:
    spoken: list[Spoken] = []
    generator = np.random.default_rng(int(speaker))
    for text in texts:
        try:
            spoken.append((text, voices.syllables(text, speaker, generator)))
        except LookupError as unrecorded:
            print(f"left out {text}: {unrecorded}", file=sys.stderr)
    return spoken


def _asterisk() -> Iterable[Spoken]:
    """Prompts of three words and more; what is said in them is listed beside this file."""
    if not voices.ASTERISK.is_dir():
        raise voices.NotInstalled("asterisk-core-sounds-en-g722")
    for line in Path(__file__).with_name("asterisk_prompts.tsv").read_text("utf-8").splitlines():
        name, text = line.split("\t")
        if len(text.split()) >= 3:
            yield text, voices.decoded(voices.ASTERISK / f"{name}.g722")


def _alsa() -> Iterable[Spoken]:
    if not voices.ALSA.is_dir():
        raise voices.NotInstalled("alsa-utils")
    for path in sorted(voices.ALSA.glob("*_*.wav")):
        yield path.stem.replace("_", " ").lower(), voices.decoded(path)


def _testdata() -> Iterable[Spoken]:
    if not voices.TESTDATA.is_dir():
        raise voices.NotInstalled("pocketsphinx-testdata")
    for folder, listing in (("cards", "cards.transcription"), ("librivox", "transcription")):
        for line in (voices.TESTDATA / folder / listing).read_text("utf-8").splitlines():
            text, _, name = line.replace("<s>", "").replace("</s>", "").strip().rpartition("(")
            yield " ".join(text.split()), voices.decoded(voices.TESTDATA / folder / f"{name.rstrip(')')}.wav")
    yield "go forward ten meters", voices.raw(voices.TESTDATA / "goforward.raw")


def _measure(voice: str, recognizer: SphinxRecognizer, spoken: Sequence[Spoken], grammar: int) -> Accuracy:
    took: list[float] = []
    exact = answered = confirmed = wrong = language = 0
    for text, sound in spoken:
        started = time.process_time()
        best = recognizer.hear(sound)
        took.append(time.process_time() - started)
        transcript = recognizer.judge(best)
        exact += best is not None and best.text == text
        answered += transcript.text == text
        confirmed += transcript.text == text and transcript.confirm
        wrong += transcript.text not in ("", text)
        language += transcript.language == script_of(text)
    count = len(spoken)
    return Accuracy(
        voice=voice,
        said=count,
        grammar=grammar,
        exact=exact / count,
        answered=answered / count,
        confirmed=confirmed / count,
        wrong=wrong / count,
        language=language / count,
        real_time_factor=sum(took) / sum(sound.seconds for _, sound in spoken),
        milliseconds=1000 * float(np.median(took)),
        milliseconds_p95=1000 * float(np.percentile(took, 95)),
    )


def _part(
    voice: str,
    inside: Sequence[tuple[str, Heard | None]],
    outside: Sequence[tuple[str, Heard | None]],
    config: SphinxConfig,
) -> Rejection:
    def confidences(pairs: Sequence[tuple[str, Heard | None]]) -> np.ndarray:
        return np.array([-np.inf if heard is None else heard.confidence for _, heard in pairs])

    said, unsaid = confidences(inside), confidences(outside)
    curve: dict[str, float] = {}
    for alarm in ALARMS:
        threshold = np.sort(unsaid)[::-1][int(alarm * len(unsaid))]
        curve[f"{alarm:g}"] = float((said <= threshold).mean())
    return Rejection(
        voice=voice,
        inside=len(said),
        outside=len(unsaid),
        false_accept=float((unsaid >= config.accept).mean()),
        false_confirm=float(((unsaid >= config.confirm) & (unsaid < config.accept)).mean()),
        false_reject=float((said < config.confirm).mean()),
        false_question=float(((said >= config.confirm) & (said < config.accept)).mean()),
        curve=curve,
    )


def _print_trade(calibration: Calibration, samples: Sequence[tuple[list[Evidence], list[Evidence]]]) -> None:
    """What each threshold would cost on the voices it is fitted to."""
    for threshold in (2.0, 1.0, 0.5, 0.0, -0.5, -1.0, -2.0, -3.0):
        lost = [np.mean([calibration.confidence(e) < threshold for e in inside]) for inside, _ in samples]
        let_in = [
            np.mean([calibration.confidence(e) >= threshold for e in outside]) for _, outside in samples
        ]
        print(
            f"  at {threshold:4.1f}: {np.mean(lost):6.1%} of right lost, {np.mean(let_in):6.1%} of others let in"
        )


def _logistic(samples: Sequence[tuple[list[Evidence], list[Evidence]]]) -> Calibration:
    rows, right, weights = [], [], []
    for inside, outside in samples:
        for evidences, label in ((inside, 1.0), (outside, 0.0)):
            rows += [[evidence.overall, evidence.spread] for evidence in evidences]
            right += [label] * len(evidences)
            weights += [1.0 / len(evidences)] * len(evidences)
    features, labels, weight = np.array(rows), np.array(right), np.array(weights) / sum(weights)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    design = np.column_stack([(features - mean) / deviation, np.ones(len(features))])
    coefficients = np.zeros(3)
    for _ in range(5000):
        odds = 1 / (1 + np.exp(-design @ coefficients))
        # A ridge of 0.01 on the slopes: voices that part perfectly would have no finite fit.
        slope = design.T @ ((odds - labels) * weight) + 0.01 * np.array([*coefficients[:2], 0.0])
        coefficients -= 0.5 * slope
    slopes = coefficients[:2] / deviation
    bias = coefficients[2] - float(slopes @ mean)
    return Calibration(
        overall=round(float(slopes[0]), 3), spread=round(float(slopes[1]), 3), bias=round(float(bias), 2)
    )


def _print_accuracy(rows: Sequence[Accuracy], side: str) -> None:
    print(f"\nClosed domain, {side} voices and sentences (bars: en ≥ 95 %, zh ≥ 90 %, language ≥ 95 %)")
    print(
        f"{'voice':24}{'said':>5}{'of':>5}{'exact':>8}{'right':>8}{'asked':>8}{'wrong':>8}{'lang':>7}", end=""
    )
    print(f"{'RTF':>7}{'ms p50':>8}{'p95':>6}")
    for row in rows:
        print(
            f"{row.voice:24}{row.said:5}{row.grammar:5}{row.exact:8.1%}{row.answered:8.1%}{row.confirmed:8.1%}"
            f"{row.wrong:8.1%}{row.language:7.0%}{row.real_time_factor:7.3f}{row.milliseconds:8.0f}"
            f"{row.milliseconds_p95:6.0f}"
        )


def _print_rejection(rows: Sequence[Rejection]) -> None:
    print("\nRejection: speech inside and outside the grammar, same voice (half the knowledge base each)")
    print("as configured: FA accepted, FQ asked back; FR dropped, Q asked back. Curve: FR at an FA of …")
    print(f"{'voice':24}{'in':>5}{'out':>5}{'FA':>7}{'FQ':>7}{'FR':>7}{'Q':>7}  |", end="")
    print("".join(f"{alarm:7.0%}" for alarm in ALARMS))
    for row in rows:
        print(
            f"{row.voice:24}{row.inside:5}{row.outside:5}{row.false_accept:7.1%}{row.false_confirm:7.1%}",
            end="",
        )
        print(f"{row.false_reject:7.1%}{row.false_question:7.1%}  |", end="")
        print("".join(f"{missed:7.1%}" for missed in row.curve.values()))


if __name__ == "__main__":
    sys.exit(main())
