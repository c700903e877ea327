"""How well pocketsphinx with a closed grammar hears strangers: `python -m bench.sphinx_accuracy`.

Voices and recordings come from Debian packages (bench/sphinx_voices.py). What was chosen by measuring was
chosen on the *tuning* side: voices rms, slt and kal, gcin speaker 5, every other sentence, every other
recorded prompt; Mandarin's confidence alone also on speaker 3 saying the tuning sentences. Reported are
other voices (awb, ked, speaker 3; speaker 5 is shown beside it) saying the other sentences, and the other
prompts. Mandarin here is isolated syllables of a human, glued: not a customer's continuous speech.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from asr.confidence import Evidence
from asr.config import SphinxConfig
from asr.sphinx import Heard, SphinxRecognizer
from bench import sphinx_voices as voices
from bench.sphinx_tables import (
    Accuracy,
    Rejection,
    logistic,
    part,
    print_accuracy,
    print_rejection,
    print_trade,
)
from core.audio import Waveform
from core.text import Language, script_of

KNOWLEDGE = Path("models/demo/knowledge/hall.toml")
REPORT = Path("out/bench/sphinx_accuracy.json")
COMMANDS = ("stop", "repeat that", "help", "never mind", "停", "再说一遍", "帮助", "算了")

Spoken = tuple[str, Waveform]
"""What was said, and how it sounded."""


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
    print_accuracy(accuracy, bench.side)
    print_rejection(rejection)
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
            part(voice, inside, outside, self.config)
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
                calibration = logistic(samples)
                print(language, calibration)
                print_trade(calibration, samples)
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
    if not any(voices.ASTERISK.glob("*.g722")):
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


if __name__ == "__main__":
    sys.exit(main())
